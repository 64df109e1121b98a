"""What goes out on which day: for the terminal, and as a file that office calendars open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from content.campaign import Campaign, Campaigns, Message, at, clock, on_day


@dataclass(frozen=True)
class Moment:
    """One message at its day and hour (Asia/Ho_Chi_Minh)."""

    campaign: Campaign
    message: Message
    begins: datetime

    @property
    def ends(self) -> datetime:
        """When the last of it should have gone out, by the spread of the campaign."""
        return self.begins + timedelta(minutes=max(15, self.campaign.spread))


def moments(campaigns: Campaigns, year: int, month: int | None = None) -> list[Moment]:
    """Every message of a year (or of one month in it), in order of time.

    Campaigns of the year are taken as they are; templates that have none are shown in its place,
    so that a plan can be looked at before it is made.
    """
    found = []
    for campaign in _of_year(campaigns, year):
        for message in campaign.messages:
            try:
                day = on_day(year, message.day)
            except ValueError:  # 29/2 in a year without it
                continue
            if month is None or day.month == month:
                found.append(Moment(campaign, message, at(day, clock(message.hour))))
    return sorted(found, key=lambda m: (m.begins, m.campaign.id))


def as_ics(moments: Iterable[Moment], campaigns: Campaigns, now: datetime) -> bytes:
    """The moments as an iCalendar file (RFC 5545), one event each, times in UTC."""
    calendar = Calendar()
    calendar.add("prodid", "-//An Tam//campaigns//VI")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "An Tâm: lịch gửi tin")
    for moment in moments:
        campaign, message = moment.campaign, moment.message
        event = Event()
        event.add("uid", f"{campaign.id}-{moment.begins:%Y}-{message.key}@antam")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", moment.begins.astimezone(UTC))
        event.add("dtend", moment.ends.astimezone(UTC))
        event.add("summary", f"An Tâm: {first_words(message.text)}")
        event.add("description", campaign.text_of(message, campaigns.theme(campaign)))
        event.add("categories", [campaign.title])
        if campaign.year is None:
            event.add("status", "TENTATIVE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def first_words(text: str, most: int = 60) -> str:
    """The beginning of a text on one line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0] + "…"


def _of_year(campaigns: Campaigns, year: int) -> list[Campaign]:
    made = [c for c in campaigns.by_id.values() if c.year == year]
    names = {c.id for c in made}
    plans = [
        c for c in campaigns.by_id.values() if c.year is None and f"{c.id}-{year}" not in names
    ]
    return made + plans
