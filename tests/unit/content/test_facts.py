"""Numbers and dates against the fact sheet they came from, where it lies beside the project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.settings import PROJECT_ROOT
from content.library import Library

LEGAL = PROJECT_ROOT.parent / "shared" / "legal"
needs_facts = pytest.mark.skipif(
    not (LEGAL / "facts.json").exists(), reason="the fact sheet is not beside the project"
)


@needs_facts
def test_every_number_to_call_is_on_the_fact_sheet(library: Library) -> None:
    sheet = json.loads((LEGAL / "facts.json").read_text(encoding="utf-8"))
    known = {c["id"]: c["number"] for c in sheet["contacts"]}
    assert {c.id: c.number for c in library.contacts.values()}.items() <= known.items()


@needs_facts
def test_the_law_register_agrees_with_the_texts(library: Library) -> None:
    for path in sorted(Path(LEGAL).glob("*-*.json")):
        text = json.loads(path.read_text(encoding="utf-8"))
        law = library.laws[text["id"]]
        assert law.title == text["title"]
        assert str(law.effective or None) == str(text["effective"])
        assert all(law.has_article(a["number"]) for a in text["articles"])


def test_no_number_to_call_stands_anywhere_else(library: Library) -> None:
    texts = [t for k in library.words.danger.values() for t in (k.calm, k.now)]
    texts += library.words.texts.values()
    allowed = {"113", "115"}  # named inside a sentence, and both are on the list of contacts
    for contact in library.contacts.values():
        if contact.number not in allowed:
            assert not any(contact.number in t for t in texts), contact.id
