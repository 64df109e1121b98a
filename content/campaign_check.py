"""What a campaign must keep: days, hours, lengths, neutral beginnings, links that lead on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time

from content.campaign import Campaign, Message, at, clock, is_quiet, on_day
from content.library import Library
from content.source import Fault, Sheet

# The most characters one message may have on each platform, first and last line included.
LIMITS = {"zalo": 2000, "telegram": 4096}
CAPTION = 1024  # Telegram's most under a picture
AROUND = 120  # characters that the first and the last line take
# A locked phone shows about this much of a message to whoever holds it.
SHOWN_LOCKED = 90
LOUD = re.compile(
    r"bạo lực|bạo hành|xâm hại|hiếp|đánh|nạn nhân|quấy rối|ly hôn|ly dị|tạm lánh|trốn|công an"
    r"|tố cáo|hành hung|giết|tự tử|buôn bán người|mua bán người",
    re.IGNORECASE,
)
# The latest hour that people may choose (`HOURS` of bot/campaigns/clock.py).
EVENING = time(18, 30)
PICTURES = (".png", ".jpg", ".jpeg")
PICTURE_BYTES = 500_000


def _each(library: Library) -> Iterator[tuple[Campaign, Message, Sheet]]:
    for campaign in library.campaigns.by_id.values():
        sheet = library.campaigns.sheets[campaign.id]
        for i, message in enumerate(campaign.messages):
            yield campaign, message, sheet.part("messages", i)


def campaign_days(library: Library, _: date) -> Iterator[Fault]:
    """The period is in order and inside one year; a template works in leap years and others."""
    for campaign in library.campaigns.by_id.values():
        sheet = library.campaigns.sheets[campaign.id]
        try:
            first, last = (on_day(_year(campaign), d) for d in _period(campaign))
        except ValueError:
            yield sheet.fault("a day that the year does not have", "mend the day", "first_day")
            continue
        if first > last:
            do = "put the earlier day first; a campaign over New Year is two campaigns"
            yield sheet.fault("last_day is before first_day", do, "last_day")


def message_days(library: Library, _: date) -> Iterator[Fault]:
    """Each message lies inside the period and outside the quiet hours, each key stands once."""
    seen: set[tuple[str, str]] = set()
    for campaign, message, sheet in _each(library):
        if (campaign.id, message.key) in seen:
            yield sheet.fault(f"key {message.key} stands twice", "give it another", "key")
        seen.add((campaign.id, message.key))
        try:
            day = on_day(_year(campaign), message.day)
            first, last = (on_day(_year(campaign), d) for d in _period(campaign))
        except ValueError:
            yield sheet.fault("a day that the year does not have", "mend the day", "day")
            continue
        if not first <= day <= last:
            yield sheet.fault(f"{message.day} is outside the period", "mend the day", "day")
        if is_quiet(at(day, clock(message.hour))):
            what = f"{message.hour} is in the quiet hours (21:00 to 07:00)"
            yield sheet.fault(what, "choose an hour between", "hour")


def last_hours(library: Library, _: date) -> Iterator[Fault]:
    """The last hour is before the quiet hours, after every message's and everybody's hour."""
    for campaign in library.campaigns.by_id.values():
        sheet = library.campaigns.sheets[campaign.id]
        last = clock(campaign.last_hour)
        if is_quiet(at(date(2024, 1, 1), last)):
            yield sheet.fault("last_hour is in the quiet hours", "choose 20:30", "last_hour")
        if any(clock(m.hour) >= last for m in campaign.messages):
            what = "a message begins after last_hour"
            yield sheet.fault(what, "send it earlier", "last_hour")
        if last <= EVENING:
            what = f"whoever chose the evening ({EVENING:%H:%M}) would get nothing by last_hour"
            yield sheet.fault(what, "choose a later one: 20:30", "last_hour")


def message_lengths(library: Library, _: date) -> Iterator[Fault]:
    """A message fits every platform, whole, with its first and last line and its question."""
    for _campaign, message, sheet in _each(library):
        size = AROUND + len(message.text) + len(message.link or "")
        size += len(message.quiz.question) if message.quiz else 0
        limit = min(CAPTION, *LIMITS.values()) if message.picture else min(LIMITS.values())
        if size > limit:
            what = f"{size} characters with its first and last line, {limit} fit"
            yield sheet.fault(what, "shorten it", "text")


def neutral_beginning(library: Library, _: date) -> Iterator[Fault]:
    """What a locked phone shows says nothing that another hand should not read."""
    for _campaign, message, sheet in _each(library):
        found = LOUD.search(message.text[:SHOWN_LOCKED])
        if found:
            what = f"“{found.group(0)}” stands where a locked phone shows it"
            do = f"keep the first {SHOWN_LOCKED} characters neutral"
            yield sheet.fault(what, do, "text")


def message_links(library: Library, _: date) -> Iterator[Fault]:
    """Cards, topics and pictures named by a message are there."""
    for _campaign, message, sheet in _each(library):
        if message.card and message.card not in library.cards:
            yield sheet.fault(f"no card {message.card}", "mend or remove it", "card")
        for topic in message.topics:
            if topic not in library.topics:
                yield sheet.fault(f"unknown topic {topic}", "use one of topics.yml", "topics")
        if message.picture:
            yield from _picture(message.picture, sheet)


def _picture(name: str, sheet: Sheet) -> Iterator[Fault]:
    path = sheet.path.parent / "pictures" / name
    if "/" in name or not name.endswith(PICTURES):
        do = "name a .png or .jpg in campaigns/pictures/"
        yield sheet.fault(f"{name} is not a picture's name", do, "picture")
    elif not path.is_file():
        yield sheet.fault(f"no picture {name}", "put it in campaigns/pictures/", "picture")
    elif path.stat().st_size > PICTURE_BYTES:
        yield sheet.fault(f"{name} is over 500 KB", "make it smaller for slow phones", "picture")


def themes(library: Library, _: date) -> Iterator[Fault]:
    """Only a campaign that says it needs the year's theme uses it."""
    for campaign, message, sheet in _each(library):
        if "{theme}" in message.text and not campaign.needs_theme:
            yield sheet.fault("{theme} without needs_theme", "add needs_theme: true", "text")
        left = re.sub(r"\{(theme|year)\}", "", message.text)
        if "{" in left or "}" in left:
            do = "only {theme} and {year} are filled in"
            yield sheet.fault("a {part} that nothing fills in", do, "text")


def _period(campaign: Campaign) -> tuple[str, str]:
    return campaign.first_day, campaign.last_day


def _year(campaign: Campaign) -> int:
    """The campaign's year; a template is tried in a year without a leap day."""
    return campaign.year or 2027


CAMPAIGN_RULES = (
    campaign_days,
    message_days,
    last_hours,
    message_lengths,
    neutral_beginning,
    message_links,
    themes,
)
