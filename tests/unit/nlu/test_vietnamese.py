"""Normalising, accents, chat spellings."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.vietnamese import expand_teencode, fold, normalise, to_teencode, tokens, unaccent
from nlu.vietnamese.tables import TableError, read_table

NORMAL = [
    ("hoà giải ở phường Mỹ Hoà", "hòa giải ở phường Mỹ Hòa"),
    ("thuỷ", "thủy"),
    ("quý khách", "quý khách"),
    ("hoàn toàn", "hoàn toàn"),
    ("khoẻ", "khỏe"),
    (unicodedata.normalize("NFD", "đường"), "đường"),
    ("TP.Long Xuyên 😭", "TP.Long Xuyên"),
    ("cứuuuu emmm", "cứu em"),
    ("1000000 đồng", "1000000 đồng"),
    ("a\u200bn\u200d tâm\ufeff", "an tâm"),
    ("\u202eđảo\u202c", "đảo"),
    ("c\u0335\u0321\u0489ứu", "cứu"),
    ("", ""),
    ("😭😭😭", ""),
    ("🆘", "cứu"),
    ("ba  má\t\n", "ba má"),
    ("gì???!!!", "gì?!"),
]


@pytest.mark.parametrize(("raw", "clean"), NORMAL)
def test_one_form(raw: str, clean: str) -> None:
    assert normalise(raw) == clean


EXPANDED = [
    ("ck e quynh e hoai gio e fai lam sao", "chồng em đánh em hoai gio em phải lam sao"),
    ("ổng quýnh tui", "ông ấy đánh tôi"),
    ("k bít lm s", "không biết làm sao"),
    ("500k", "500k"),
    ("50 k", "50 k"),
    ("2 h sáng", "2 h sáng"),
    ("facebook của e", "facebook của em"),
    ("bị fạt", "bị phạt"),
    ("hổng dám", "không dám"),
    ("blgđ là j", "bạo lực gia đình là gì"),
]


@pytest.mark.parametrize(("typed", "meant"), EXPANDED)
def test_chat_spellings(typed: str, meant: str) -> None:
    assert expand_teencode(typed) == meant


def test_accents_go() -> None:
    assert unaccent("Đường Trần Hưng Đạo, phường Mỹ Bình") == "Duong Tran Hung Dao, phuong My Binh"
    assert fold("Ổng QUÝNH em") == "ong ay danh em"
    assert tokens("Luật, điều 25!") == ["luat", "dieu", "25"]


@given(st.text(max_size=400))
def test_anything_is_taken_in(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert expand_teencode(once) is not None
    assert isinstance(fold(text), str)


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệ ", max_size=200))
def test_vietnamese_letters_become_ascii(text: str) -> None:
    assert unaccent(text).isascii()
    assert len(unaccent(text)) == len(unicodedata.normalize("NFC", text))


@given(st.text(max_size=100), st.integers(0, 1000))
def test_copies_are_the_same_for_the_same_seed(text: str, seed: int) -> None:
    assert to_teencode(text, seed) == to_teencode(text, seed)


@pytest.mark.parametrize("text", ["a " * 500_000, "x" * 1_000_000, "ứ\u0301" * 500_000])
def test_a_megabyte_does_not_hang(text: str) -> None:
    started = time.perf_counter()
    fold(text)
    assert time.perf_counter() - started < 5  # a guard against runaway patterns, not a benchmark


@pytest.mark.parametrize("line", ["không có tab", "a\tb\tc", "\tb", "a\t"])
def test_a_bad_table_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.tsv").write_text(f"# lời đầu\nko\tkhông\n{line}\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"bad\.tsv:3"):
        read_table("bad", tmp_path)


def test_a_doubled_form_is_named(tmp_path: Path) -> None:
    (tmp_path / "twice.tsv").write_text("ko\tkhông\nko\tkhó\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"twice\.tsv:2"):
        read_table("twice", tmp_path)


def test_the_teencode_table_is_broad() -> None:
    assert len(read_table("teencode")) >= 250
