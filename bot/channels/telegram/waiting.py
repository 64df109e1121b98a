"""What waits in a chat, in which order, and what is let go when it is too much. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.messages import Inbound, Reply

MOST_HEARD = 50  # of a chat, not yet looked at
MOST_SAID = 20  # replies to a chat, not yet sent
FOLDED = 16_000  # characters; what the danger check reads of one message


@dataclass(frozen=True, slots=True)
class Heard:
    """An update on its way to the dialogue; `message` is its number in the chat."""

    update: int
    inbound: Inbound
    message: int | None = None

    @property
    def words(self) -> bool:
        """Whether it is words and nothing else."""
        return bool(self.inbound.text) and self.inbound.command is None

    @property
    def harmless(self) -> bool:
        """Whether no reply to it could be a danger reply: a picture, a point."""
        inbound = self.inbound
        return not inbound.text and inbound.choice is None and inbound.command is None


@dataclass(slots=True)
class Saying:
    """A reply on its way to the chat; `out` once its first message is there."""

    update: int
    reply: Reply
    urgent: bool = False
    located: bool = False
    had_state: bool = False
    out: bool = False

    @property
    def weight(self) -> int:
        """What may be let go first: answers, then danger replies with newer ones behind them."""
        return 2 if self.reply.erases else int(self.urgent)


def line_up_heard(waiting: list[Heard], heard: Heard) -> list[Heard]:
    """Put one more update at the end. Returns those that need no answer of their own.

    No words are lost: beyond `MOST_HEARD` the oldest are joined, so that all are looked at for
    danger and the newest still by themselves.
    """
    waiting.append(heard)
    if len(waiting) <= MOST_HEARD:
        return []
    harmless = next((i for i, h in enumerate(waiting) if h.harmless), None)
    if harmless is not None:
        return [waiting.pop(harmless)]
    spoken = [i for i, h in enumerate(waiting) if h.words][:2]
    if len(spoken) < 2:
        return [waiting.pop(0)]
    first, second = waiting[spoken[0]], waiting[spoken[1]]
    joined = f"{first.inbound.text}\n{second.inbound.text}"[-FOLDED:]
    waiting[spoken[1]] = replace(second, inbound=replace(second.inbound, text=joined))
    return [waiting.pop(spoken[0])]


def line_up_saying(waiting: list[Saying], saying: Saying) -> list[Saying]:
    """Put one more reply in its place. Returns those that are not sent any more.

    A danger reply comes before the answers that wait, not before an erasure: that would delete it.
    """
    place = len(waiting)
    if saying.urgent:
        while place and waiting[place - 1].weight == 0:
            place -= 1
    waiting.insert(place, saying)
    if len(waiting) <= MOST_SAID:
        return []
    return [waiting.pop(min(range(len(waiting)), key=lambda i: waiting[i].weight))]
