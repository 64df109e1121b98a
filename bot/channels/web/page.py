"""The page's files, read once, with the numbers to call written into the page itself.

The numbers stand in the HTML so that they are there even when the script, the chat or everything
behind it fails.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from html import escape
from pathlib import Path

from bot.messages import Call

FOLDER = Path(__file__).parent / "page"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; "
    # A small map, loaded only after a tap that says where it comes from.
    "frame-src https://www.openstreetmap.org; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A page that is not stored is not shown again by the back button.
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Asset:
    """One file of the page, ready to send."""

    body: bytes
    zipped: bytes
    media_type: str
    etag: str


def load_page(numbers: tuple[Call, ...], exit_url: str) -> dict[str, Asset]:
    """The page's files by name (``index.html``, ``chat.css``, ``chat.js``)."""
    links = "\n  ".join(
        f'<a href="tel:{escape(c.dial)}" aria-label="Gọi {escape(c.number)}, {escape(c.name)}">'
        f"{escape(c.number)}</a>"
        for c in numbers
    )
    assets = {}
    for path in sorted(FOLDER.iterdir()):
        text = path.read_text(encoding="utf-8")
        if path.name == "index.html":
            text = text.replace("{{numbers}}", links).replace("{{exit_url}}", escape(exit_url))
        body = text.encode()
        etag = hashlib.sha256(body).hexdigest()[:16]
        assets[path.name] = Asset(body, gzip.compress(body, mtime=0), TYPES[path.suffix], etag)
    return assets
