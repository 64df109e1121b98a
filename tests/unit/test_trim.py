"""Memory that was needed only to start is given back."""

from __future__ import annotations

import ctypes

import pytest

from bot.trim import trim


def test_it_asks_the_system_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Library:
        def malloc_trim(self, pad: int) -> int:
            asked.append(pad)
            return 1

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library())
    trim()
    assert asked == [0]


@pytest.mark.parametrize("missing", [OSError("no library"), AttributeError("no such call")])
def test_a_system_without_the_call_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, missing: Exception
) -> None:
    def refuse(name: object) -> object:
        raise missing

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    trim()
