"""Figures as cards and laws write them, brought to one form so that they can be compared.

"5 đến 10 triệu" and "từ 5.000.000 đồng đến 10.000.000 đồng" hold the same figures, as do "06 tháng"
and "6 tháng", "hai lần" and "2 lần".
"""

from __future__ import annotations

import re
import unicodedata

_LAW_NAMES = re.compile(
    r"\d+/\d{4}(?:/[\w-]+)?(?!\d)|\d+[-/](?:QĐ|NQ|CT|KH|TT|TU|TW|UBND|CP|TTg|ĐA)[\w/-]*|\b[A-ZĐ]{2,}-\d+\b"
)
_REFERENCES = re.compile(
    r"\b(?:điều|khoản|mục|chương|chỉ thị|nghị quyết|đề án|kế hoạch|quyết định)\s+\d+[a-zđ]?"
    r"(?:\s*(?:,|và|đến|–|-)\s*\d+[a-zđ]?)*",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:\bngày\s+)?\b(\d{1,2})(?:/|\s+tháng\s+)(\d{1,2})(?:(?:/|\s+năm\s+)(\d{4}))?(?![\d/])",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d[\d.,]*)\s*(?:đến|tới|–|-)\s*(\d[\d.,]*)\s*(triệu|tỷ|nghìn|ngàn)")
_SCALED = re.compile(r"(\d[\d.,]*)\s*(triệu|tỷ|nghìn|ngàn)\b")
_PLAIN = re.compile(r"\d+(?:\.\d{3})+(?!\d)|\d+(?:,\d+)?")
_SCALES = {"triệu": 1_000_000, "tỷ": 1_000_000_000, "nghìn": 1_000, "ngàn": 1_000}
_UNITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SPOKEN = re.compile(
    r"\b(?:(?:(hai|ba|bốn|năm|sáu|bảy|tám|chín)\s+mươi|(mười))\s*)?"
    r"(một|mốt|hai|ba|bốn|tư|lăm|năm|sáu|bảy|tám|chín)?\b"
)


def figures(text: str) -> set[float]:
    """The figures written in digits, without law numbers and references to articles.

    A date is one figure, year, month, day: 17/12/1999 is 19991217, 8/3 is 308.
    Example: ``figures("phạt 5 đến 10 triệu, Điều 37")`` is ``{5_000_000.0, 10_000_000.0}``.
    """
    rest = unicodedata.normalize("NFC", text)
    found = {
        int(year or 0) * 10_000.0 + int(month) * 100 + int(day)
        for day, month, year in _DATE.findall(rest)
    }
    rest = _REFERENCES.sub(" ", _LAW_NAMES.sub(" ", _DATE.sub(" ", rest)))
    for low, high, unit in _RANGE.findall(rest):
        found |= {_value(low) * _SCALES[unit], _value(high) * _SCALES[unit]}
    rest = _RANGE.sub(" ", rest)
    for number, unit in _SCALED.findall(rest):
        found.add(_value(number) * _SCALES[unit])
    rest = _SCALED.sub(" ", rest)
    return found | {_value(number) for number in _PLAIN.findall(rest)}


def all_figures(text: str) -> set[float]:
    """Every figure a law text may stand for: digits everywhere, and numbers spelled out."""
    plain = unicodedata.normalize("NFC", text)
    found = figures(plain) | {_value(number) for number in _PLAIN.findall(plain)}
    found |= {day % 10_000 for day in found if 19000000 < day < 21000000}
    for tens, ten, unit in _SPOKEN.findall(plain.lower()):
        if tens or ten or unit:
            found.add(float(_spoken(tens, ten, unit)))
    return found


def _spoken(tens: str, ten: str, unit: str) -> int:
    value = 10 * _UNITS.index(tens) if tens else (10 if ten else 0)
    odd = {"mốt": 1, "tư": 4, "lăm": 5}
    return value + (odd.get(unit) or _UNITS.index(unit) if unit else 0)


def _value(number: str) -> float:
    number = number.rstrip(".,")
    if re.fullmatch(r"\d+(?:\.\d{3})+", number):
        return float(number.replace(".", ""))
    return float(number.replace(",", ".").replace("..", "."))
