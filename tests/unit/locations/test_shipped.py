"""What we ship reaches the tables that nobody edited."""

from __future__ import annotations

from datetime import timedelta

import pytest

from locations import shipped
from locations.place import Place, Visibility
from locations.shipped import corrections, fingerprint, institutions, versions

WRONG = ["+84900000000"]


def shipped_before(monkeypatch: pytest.MonkeyPatch) -> Place:
    """The first institution as an earlier version had it: with a wrong number."""
    old = next(institutions())
    old.phones = WRONG
    rows = shipped._rows()
    rows[0]["versions"].insert(0, fingerprint(old))
    monkeypatch.setattr(shipped, "_rows", lambda: rows)
    return old


def test_every_version_that_is_shipped_is_in_the_file() -> None:
    told = versions()
    for place in institutions():
        mark = fingerprint(place)
        assert told[place.id][-1] == mark, f"add {mark!r} to the versions of {place.id}"


def test_a_corrected_number_replaces_a_row_nobody_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    old = shipped_before(monkeypatch)
    fresh, kept = corrections([old])
    assert [p.phones for p in fresh] == [next(institutions()).phones]
    assert kept == []
    assert corrections(fresh) == ([], [])


def test_a_row_that_staff_edited_stays_and_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    old = shipped_before(monkeypatch)
    old.cost = "hỏi khi gọi"
    fresh, kept = corrections([old])
    assert fresh == []
    assert "phones" in str(kept[0])
    assert "gọi lại" in str(kept[0])


def test_a_row_checked_later_or_hidden_is_the_better_knowledge() -> None:
    later, hidden = next(institutions()), next(institutions())
    assert later.assured_date is not None
    later.phones, later.assured_date = WRONG, later.assured_date + timedelta(days=1)
    hidden.visibility = Visibility.HIDDEN.value
    assert corrections([later]) == corrections([hidden]) == ([], [])


def test_a_field_that_comes_later_changes_no_mark() -> None:
    plain = Place(id="a", name="b", kind="shelter")
    assert fingerprint(plain) == fingerprint(Place(id="a", name="b", kind="shelter", holidays=""))
    assert fingerprint(plain) != fingerprint(Place(id="a", name="b", kind="shelter", holidays="x"))
