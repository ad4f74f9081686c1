"""What every response of the page's server says about itself, and which connections it takes."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def policy(index: str) -> str:
    """The Content-Security-Policy of a page: nothing but its own origin, and the scripts that stand in `index`.

    Streamlit makes its styles at run time and loads a component's script from a `blob:`.
    """
    digests = (b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in _INLINE.findall(index))
    scripts = " ".join(["'self'", "blob:", *(f"'sha256-{digest}'" for digest in digests)])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; object-src 'none'; frame-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'none'"
    )


def headers() -> Mapping[str, str]:
    """Response header → value."""
    index = Path(st.__file__).parent / "static" / "index.html"
    return {
        "content-security-policy": policy(index.read_text(encoding="utf-8")),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
    }


class Shield:
    """ASGI middleware: adds `headers` to each response, and turns away what a page of another origin opens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = [(name.encode(), value.encode()) for name, value in headers().items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def said(message: Message) -> None:
            if message["type"] == "http.response.start":
                mine = {name for name, _ in self.headers}
                others = [(name, value) for name, value in message["headers"] if name.lower() not in mine]
                message = {**message, "headers": [*others, *self.headers]}
            await send(message)

        if scope["type"] == "websocket" and _is_foreign(dict(scope["headers"])):
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self.app(scope, receive, said)


def _is_foreign(given: Mapping[bytes, Any]) -> bool:
    """Whether a browser opens this for another page; Streamlit would let in any port of this machine."""
    origin = given.get(b"origin")
    return origin is not None and urlsplit(origin.decode("latin-1")).netloc.encode() != given.get(b"host")
