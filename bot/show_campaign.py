"""How a campaign's figures look in the terminal."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from rich.console import Console, Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bot.campaigns.clock import from_ms
from bot.campaigns.figures import Reached
from content.campaign import ZONE, Campaign

STATES = {
    "draft": "nháp", "submitted": "đã nộp", "approved": "đã duyệt", "scheduled": "chờ giờ",
    "running": "đang gửi", "paused": "tạm dừng", "done": "xong", "cancelled": "đã huỷ",
}  # fmt: skip
ENDS = {
    "sent": "đã gửi",
    "waiting": "đang chờ",
    "sending": "đang gửi",
    "unreachable": "không tới được (đã chặn, đã xoá)",
    "unknown": "không rõ đã tới chưa",
    "rejected": "nền tảng từ chối",
    "failed": "thử nhiều lần không được",
    "expired": "hết giờ trong ngày",
    "late": "trễ quá, không gửi",
    "stopped": "người nhận đã dừng",
    "withheld": "tạm ngưng cho an toàn",
    "cancelled": "đã huỷ",
}


def status_view(
    name: str, state: str, found: list[Reached], rate: float, following: datetime | None
) -> Group:
    """Progress, then channel by outcome; when the next message of any campaign is due."""
    total, left = sum(r.total for r in found), sum(r.left for r in found)
    head = Text(f"{name}: {STATES.get(state, state)}  ", style="bold")
    head.append(f"{total - left:,} / {total:,}", style="green")
    if rate > 0:
        head.append(f"  {rate:.1f} tin/giây, còn {_clock(left / rate)}")
    parts: list[Any] = [head, ProgressBar(total=max(1, total), completed=total - left, width=60)]
    if found:
        parts.append(_ends(found))
    if following is not None:
        parts.append(Text(f"Tin kế tiếp: {following:%H:%M %d/%m/%Y}", style="dim"))
    return Group(*parts)


def show_summary(
    console: Console,
    campaign: Campaign | None,
    found: list[Reached],
    taps: dict[str, dict[str, int]],
    events: list[Any],
) -> None:
    """The closing summary: messages, outcomes, reasons, taps, who approved."""
    table = Table("tin", "lúc mở", "trạng thái", "người", "đã gửi", "không tới", "mở thẻ",
                  "trả lời", "dừng", title=campaign.title if campaign else None)  # fmt: skip
    for one in found:
        tapped = taps.get(one.message, {})
        missed = one.total - one.left - one.of("sent")
        answers = sum(n for what, n in tapped.items() if what.isdecimal())
        table.add_row(
            one.message, f"{from_ms(one.opened_ms):%d/%m %H:%M}", one.state, f"{one.total:,}",
            f"{one.of('sent'):,}", f"{missed:,}", str(tapped.get("card", 0)), str(answers),
            str(tapped.get("stop", 0)),
        )  # fmt: skip
    console.print(table)
    if found:
        console.print(_ends(found))
    for one in found:
        _quiz(console, campaign, one.message, taps.get(one.message, {}))
    errors = sum((one.errors for one in found), Counter())
    if errors:
        shown = ", ".join(f"{name}: {count:,}" for name, count in errors.most_common())
        console.print(f"Lý do máy ghi: {shown}", highlight=False)
    for event in events:
        moment = event.at.astimezone(ZONE) if event.at.tzinfo else event.at
        at = moment.strftime("%d/%m/%Y %H:%M")
        console.print(f"[dim]{at}  {event.who}: {event.what}  {event.fingerprint[:12]}[/]")


def _ends(found: list[Reached]) -> Table:
    channels = sorted({channel for one in found for channel, _ in one.ends})
    table = Table("kết quả", *channels)
    for end, said in ENDS.items():
        counts = [sum(one.ends[channel, end] for one in found) for channel in channels]
        if any(counts):
            table.add_row(said, *(f"{count:,}" for count in counts))
    again = sum(one.again for one in found)
    if again:
        table.caption = f"{again:,} tin có thể đã gửi hai lần (máy tắt giữa chừng)"
    return table


def _quiz(console: Console, campaign: Campaign | None, key: str, tapped: dict[str, int]) -> None:
    try:
        quiz = campaign.message(key).quiz if campaign else None
    except KeyError:
        quiz = None
    if quiz is None:
        return
    counts = [tapped.get(str(i), 0) for i in range(1, len(quiz.options) + 1)]
    shown = " · ".join(
        f"{'✓ ' if quiz.right == i else ''}{option}: {count:,}"
        for i, (option, count) in enumerate(zip(quiz.options, counts, strict=True), 1)
    )
    console.print(f"[cyan]{key}[/] {quiz.question}\n    {shown}", highlight=False)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
