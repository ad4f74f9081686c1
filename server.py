"""The page behind its shield: what `python -m qa_bot serve` runs, and `streamlit run server.py`."""

import asyncio
import json
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from qa_bot.ui.shield import Shield


@asynccontextmanager
async def shown(_: st.App) -> AsyncIterator[None]:
    """While the server runs; its page is opened in the browser unless `server.headless` says otherwise."""
    if not st.get_option("server.headless"):
        place = f"http://{st.get_option('server.address')}:{st.get_option('server.port')}"
        asyncio.get_running_loop().call_later(0.5, webbrowser.open, place)
    yield


app = st.App(Path(__file__).with_name("app.py"), lifespan=shown, middleware=[Middleware(Shield)])

if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        app.run(config=json.loads(sys.argv[1]) if sys.argv[1:] else None)
