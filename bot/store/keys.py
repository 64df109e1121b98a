"""One-way keys for people and chats, so that a stolen database names nobody."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path


class KeyMissing(Exception):
    """The secret key cannot be read; the message says what to do."""


class KeyWrong(KeyMissing):
    """The secret key is not the one this database was made with; the message says what to do."""


def secret(configured: str, data_dir: Path) -> bytes:
    """The secret key: the setting, or a key file of this installation made on first use.

    Raises `KeyMissing` when the file cannot be read or made, or the setting is too short.
    """
    if configured:
        if len(configured) < 16:
            raise KeyMissing("ANTAM_SECRET_KEY is shorter than 16 characters: choose a longer one")
        return configured.encode()
    path = data_dir / "secret.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes().strip()
            if len(key) < 16:
                what = "secret.key in the data folder is damaged: restore it, or delete it"
                raise KeyMissing(what) from None
            return key
        key = secrets.token_hex(32).encode()
        with os.fdopen(handle, "wb") as file:
            file.write(key)
    except OSError as error:
        what = "cannot read or make secret.key: check the data folder, or set ANTAM_SECRET_KEY"
        raise KeyMissing(what) from error
    return key


def one_way(key: bytes, *parts: str) -> bytes:
    """A 16-byte keyed hash of the parts; the same parts always give the same hash."""
    message = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).digest()[:16]
