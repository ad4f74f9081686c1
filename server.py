"""The page behind its shield: what `python -m qa_bot serve` runs, and `streamlit run server.py`."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from qa_bot.ui.shield import Shield

app = st.App(Path(__file__).with_name("app.py"), middleware=[Middleware(Shield)])
