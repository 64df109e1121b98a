"""`antam chat`: a conversation in the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from rich.console import Console
from rich.text import Text

from bot.messages import COMMAND_WORDS, Choice, Command, Inbound, Reply

CHANNEL = "terminal"
PERSON = "here"


class Answer(Protocol):
    """What `Conversation.reply` gives back."""

    @property
    def reply(self) -> Reply: ...


class Talk:
    """A conversation on a console. `read` gives the next line, or None at the end."""

    def __init__(
        self,
        answer: Callable[[Inbound], Awaitable[Answer]],
        forget: Callable[[str, str], bool],
        console: Console,
        read: Callable[[], Awaitable[str | None]],
    ) -> None:
        self._answer = answer
        self._forget = forget
        self._console = console
        self._read = read
        self._choices: tuple[Choice, ...] = ()

    async def run(self) -> None:
        """Talk until the person leaves (``/thoat``, Ctrl-D, Ctrl-C)."""
        await self._say(Inbound(CHANNEL, PERSON, command=Command.START))
        while (line := await self._read()) is not None:
            reply = await self._say(self._inbound(line))
            if reply.leaves:
                self._console.clear()
                return

    def _inbound(self, line: str) -> Inbound:
        word = line.strip()
        if word.startswith("/") and word[1:] in COMMAND_WORDS:
            return Inbound(CHANNEL, PERSON, command=COMMAND_WORDS[word[1:]])
        if word.isdecimal() and len(word) < 4 and 1 <= int(word) <= len(self._choices):
            return Inbound(CHANNEL, PERSON, choice=self._choices[int(word) - 1].action)
        return Inbound(CHANNEL, PERSON, text=line)

    async def _say(self, inbound: Inbound) -> Reply:
        reply = (await self._answer(inbound)).reply
        if reply.erases:
            self._forget(CHANNEL, PERSON)
            self._console.clear()
        self._choices = reply.choices
        show(reply, self._console)
        return reply


def show(reply: Reply, console: Console) -> None:
    """Print a reply: texts, map links, numbers to call, numbered choices."""
    style = "bold" if reply.danger else ""
    console.print()
    for text in reply.texts:
        console.print(Text(text, style=style))
        console.print()
    for place in reply.places:
        if place.map_link:
            console.print(Text(f"{place.name}: {place.map_link}", style="cyan"))
    for call in reply.calls:
        extra = ", ".join(x for x in (call.hours, call.cost) if x)
        line = f"☎ {call.number}  {call.name}" + (f" ({extra})" if extra else "")
        console.print(Text(line, style="bold green"))
    for i, choice in enumerate(reply.choices, 1):
        console.print(Text(f" {i}. {choice.label}", style="dim" if choice.quiet else "cyan"))
    console.print()


async def read_line() -> str | None:
    """The next line of standard input without blocking the loop; None at its end."""
    try:
        return await asyncio.to_thread(input, "bạn> ")
    except (EOFError, KeyboardInterrupt):
        return None
