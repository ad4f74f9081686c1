"""Which kind of file this is: its content tells first, its name second."""

from __future__ import annotations

import re
from pathlib import PurePath

from qa_bot.documents.source import Kind
from qa_bot.errors import DocumentError

_PAGE = re.compile(rb"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])", re.IGNORECASE)
_TAG = re.compile(rb"<(?:[a-z][a-z0-9]*[\s/>]|!--)", re.IGNORECASE)
_START = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?(?:\s|<\?xml[^>]*>|<!--.*?-->)*", re.DOTALL)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")


def kind_of(data: bytes, name: str) -> Kind:
    """The kind of a file.

    Raises:
        DocumentError: an old or a locked Word file.
    """
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "word"
    if data.startswith(_OLE):
        if _LOCKED in data:
            raise DocumentError("locked", f"{name} is locked with a password; save it without one")
        raise DocumentError("old", f"{name} is an old Office file; save it as .docx")
    ending = PurePath(name).suffix.lower()
    beginning = data[:4096].replace(b"\0", b"")
    if _PAGE.match(beginning, _end_of_start(beginning)):
        return "html"
    if ending in (".html", ".htm", ".xhtml", ".shtml") and _TAG.search(data.replace(b"\0", b"")):
        return "html"
    return "markdown" if ending in (".md", ".markdown") else "text"


def _end_of_start(beginning: bytes) -> int:
    start = _START.match(beginning)
    return start.end() if start else 0
