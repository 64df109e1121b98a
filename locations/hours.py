"""Reading opening hours as offices write them. What is not understood is refused, never guessed.

A place read as open by mistake sends somebody to a closed door at night, so every word must be
known: days, hours, parts of the day, «trừ …». The rest raises `CellFault` saying what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

from locations.cells import CellFault, plain

DAY = 24 * 60
NIGHT_ENDS, NOON, EVENING = 5 * 60, 12 * 60, 17 * 60
ALWAYS = [[d, 0, DAY] for d in range(7)]
ADVICE = "ghi như: Thứ 2 - Thứ 6: 7h30-11h30, 13h30-17h; hoặc 24/7"
CLOCK_OF_24 = "ghi theo 24 giờ: 5 giờ chiều là 17h"

Span = tuple[int, int]
Token = tuple[str, list[int] | Span]

_DAYS = {
    "hai": 0, "2": 0, "ba": 1, "3": 1, "tu": 2, "4": 2, "nam": 3, "5": 3, "sau": 4, "6": 4,
    "bay": 5, "7": 5, "chu nhat": 6, "cn": 6,
}  # fmt: skip
_NAMED = r"\b(?:thu\s*(?:hai|ba|tu|nam|sau|bay|[2-7])|t[2-7]|chu\s+nhat|cn)\b"
# After a dash a day needs no «thứ»; after a comma only as a digit that begins no hour.
_DIGIT = r"[2-7]\b(?!\s*[hg]|:\d)"
_TO_DAY = rf"(?:-|den)\s*(?:{_NAMED}|(?:hai|ba|tu|nam|sau|bay)\b|{_DIGIT})"
_AND_DAY = rf"(?:,|va)\s*(?:{_NAMED}|{_DIGIT}(?!\s*(?:-|den)\s*\d))"
_LIST = rf"{_NAMED}(?:\s*(?:{_TO_DAY}|{_AND_DAY}))*"
_WHEN = r"sang|trua|chieu|toi|dem"
_CLOCK = r"(\d{1,2})(?!\d)\s*(?:(?:h|:|gio|g)(?!\w*[a-z])\s*(\d{2})?(?!\d)\s*(?:phut\b)?)?"
# A part of the day behind an hour belongs to it, unless another hour follows.
_BEHIND = rf"(?:\s*\b({_WHEN})\b(?!\s*:?\s*(?:tu\s*)?\d))?"
_SPAN = (
    rf"(?:\b({_WHEN})\s*:?\s*)?(?:tu\s+)?{_CLOCK}{_BEHIND}\s*(?:-|den)\s*"
    rf"(?:({_WHEN})\s*)?{_CLOCK}{_BEHIND}"
)
_WHOLE = (
    r"24\s*(?:h|gio)?\s*/\s*24\s*(?:h|gio)?(?:\s*/\s*7(?:\s*ngay)?)?"
    r"|24\s*(?:h|gio)?\s*/\s*7(?:\s*ngay)?|24\s*(?:h|gio)(?!\s*\d)"
    r"|(?:ca |suot )?ngay(?: lan| va)? dem|ca ngay"
)
_TOKENS = (
    ("without", re.compile(rf"(?:ngoai\s+)?\b(?:tru|nghi)\s+(?:cac\s+)?(?:ngay\s+)?({_LIST})")),
    ("without", re.compile(rf"({_LIST})\s*:?\s*(?:nghi|dong cua)\b(?!\s*(?:trua|tu|\d))")),
    ("days", re.compile(rf"({_LIST})")),
    ("daily", re.compile(r"(?:hang|moi|tat ca(?: cac)?) ngay(?: trong tuan)?\b|ca tuan\b")),
    ("span", re.compile(rf"{_SPAN}(?![\d/]|\s*(?:-|den)\s*\d)")),
    ("whole", re.compile(rf"(?:{_WHOLE})(?![\w/])")),
    # That it is open on holidays too changes nothing of the week.
    ("", re.compile(r"ke ca (?:cac )?(?:ngay )?(?:le|tet)(?:[\s,/]*(?:va )?(?:le|tet))*\b")),
    (
        "",
        re.compile(
            r"(?:cac ngay|ngay|tu(?=\s+\w)|luc|va|gio mo cua|mo cua|lam viec|gio)\b|[\s,.:()+-]"
        ),
    ),
)


def open_times(text: str) -> list[list[int]]:
    """Opening hours as ``[weekday, from, to]`` in minutes of the day; Monday is 0; empty: not said.

    Reads ``24/7``, ``7h-17h``, ``sáng 7h-11h, chiều 1h-5h``, ``24/7 trừ chủ nhật``,
    ``Thứ 2 - Thứ 6: 7h30-11h30, 13h30-17h; T7 cả ngày``. A span that ends before it begins goes
    on past midnight. Raises `CellFault` for words it does not know and hours that may be misread.
    """
    if not text.strip():
        return []
    found: list[list[int]] = []
    closed: set[int] = set()
    days = list(range(7))
    for part in re.split(r"[;\n]", text):
        tokens = list(_tokens(re.sub("[–—~]", "-", plain(part))))
        without = {d for kind, value in tokens if kind == "without" for d in value}
        groups = _groups([t for t in tokens if t[0] != "without"], days)
        if not groups:
            closed |= without  # «7h-17h; trừ chủ nhật»
        for days, spans in groups:
            found += [[d, a, b] for d in days if d not in without for a, b in spans]
    found = sorted(t for t in found if t[0] not in closed)
    if not found:
        raise CellFault(ADVICE)
    return found


def _tokens(said: str) -> Iterator[Token]:
    """Days, hours and exceptions in the order they stand."""
    at = 0
    while at < len(said):
        kind, got = next(((k, m) for k, p in _TOKENS if (m := p.match(said, at))), ("", None))
        if got is None:
            raise _unknown(said[at:])
        at = got.end()
        if kind in ("days", "without"):
            yield kind, _list(got.group(1))
        elif kind == "daily":
            yield "days", list(range(7))
        elif kind == "whole":
            yield "hours", (0, DAY)
        elif kind == "span":
            yield "hours", _span(got)


def _unknown(rest: str) -> CellFault:
    if re.match(r"(?:ngoai\s+)?(?:tru|nghi)\b", rest):
        return CellFault(
            "«trừ …» chỉ kèm thứ trong tuần, như: 7h-17h trừ chủ nhật;"
            " ngày lễ ghi ở cột «Ngày lễ», giờ nghỉ trưa thì tách làm hai khoảng"
        )
    return CellFault(f"không hiểu từ chỗ «{rest[:20].strip()}»: {ADVICE}")


def _groups(tokens: list[Token], before: list[int]) -> list[tuple[list[int], list[Span]]]:
    """Weekdays with their hours; hours without days are those of the days before them."""
    runs = [(kind, [v for _, v in run]) for kind, run in groupby(tokens, key=lambda t: t[0])]
    if not runs:
        return []
    if [kind for kind, _ in runs] == ["hours"]:
        runs.insert(0, ("days", [before]))
    if len(runs) % 2:
        raise CellFault(f"không rõ giờ nào của ngày nào: {ADVICE}")
    groups = []
    for first, second in zip(runs[::2], runs[1::2], strict=True):
        days, hours = (first, second) if first[0] == "days" else (second, first)
        groups.append((sorted({d for named in days[1] for d in named}), _in_order(hours[1])))
    return groups


def _in_order(spans: list[list[int] | Span]) -> list[Span]:
    """The spans of a day. Raises `CellFault` when one begins before the last has ended."""
    ordered = [(s[0], s[1]) for s in spans]
    for (start, end), (following, _) in pairwise(ordered):
        if following < end or end <= start:
            raise CellFault(f"các khoảng giờ chồng lên nhau hoặc đi lùi: {CLOCK_OF_24}")
    return ordered


def _list(said: str) -> list[int]:
    """Weekdays of a list such as ``thu 2 - thu 6, cn``."""
    days: list[int] = []
    for joint, name in re.findall(r"(-|den|,|va|^)\s*(?:thu\s*|t(?=\d))?(chu\s+nhat|\w+)", said):
        day = _DAYS[" ".join(name.split())]
        if joint in ("-", "den") and days:
            last = day if day >= days[-1] else day + 7
            days += [d % 7 for d in range(days[-1] + 1, last + 1)]
        else:
            days.append(day)
    return days


def _span(got: re.Match[str]) -> Span:
    """From and to in minutes of the day. Raises `CellFault` for hours that may be misread."""
    before, hour, minute, behind, middle, hour_2, minute_2, behind_2 = got.groups()
    when, when_2 = behind or before, behind_2 or middle
    start = _minute(hour, minute, when)
    end = _minute(hour_2, minute_2, when_2 or (when if when != "sang" else None))
    if when in ("toi", "dem") and not when_2 and end <= start:
        end = _minute(hour_2, minute_2, None)  # «tối 10h-2h»: until the morning after
    if not (0 <= start < DAY and 0 < end <= DAY):
        raise CellFault("giờ phải từ 0h đến 24h")
    if not _is_plain(start, end, when, when_2):
        raise CellFault(f"«{got.group().strip()}» có thể hiểu hai cách: {CLOCK_OF_24}")
    return start, end


def _is_plain(start: int, end: int, when: str | None, when_2: str | None) -> bool:
    """Whether hours can be meant in one way only.

    «7h-5h», «13h-5h» and «1h-5h» are the afternoon on a clock of twelve, and would be open at night
    if taken as said.
    """
    if end > start:
        return bool(when) or not 0 < start < NIGHT_ENDS
    if when_2:
        return start >= NOON
    return start >= EVENING and when not in ("trua", "chieu")


def _minute(hour: str, minute: str | None, when: str | None) -> int:
    """Minutes of the day of an hour said with a part of the day, or of the 24-hour clock."""
    h, m = int(hour), int(minute or 0)
    if m > 59:
        raise CellFault("phút phải từ 00 đến 59")
    if when == "sang" and h > 12:
        raise CellFault(f"«{h}h sáng» không có: {CLOCK_OF_24}")
    later = {"chieu": h < 12, "toi": h <= 12, "dem": 6 <= h <= 12, "trua": h <= 3}
    return (h + 12 if later.get(when or "", False) else h) * 60 + m
