"""Which day it is where An Tâm is read. A server's own clock may stand in another zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def today() -> date:
    """The day in Viet Nam: it decides which law is in force and under which day is counted."""
    return datetime.now(ZONE).date()
