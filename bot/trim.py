"""Giving memory back: what a process needed only to start is no longer counted as its own."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress


def trim() -> None:
    """Hand what was freed since the start back to the system.

    The C library of Linux keeps it otherwise, some twelve megabytes; where there is no such
    call, nothing happens.
    """
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
