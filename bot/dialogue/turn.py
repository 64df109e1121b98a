"""One turn of the conversation, and the shape of a flow that answers it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.dialogue.speak import Speaker
from bot.dialogue.state import State
from bot.dialogue.subscribing import Nowhere, Subscribing
from bot.dialogue.understanding import Understanding
from bot.messages import Command, Inbound, Reply
from locations.finder import Finder
from locations.shipped import shipped_finder

CountUseful = Callable[[str, bool], Awaitable[None]]
CountTap = Callable[[str, str, str], Awaitable[None]]


async def _nowhere(card: str, useful: bool) -> None:
    """Counts nothing: without a database, and in tests."""


async def _untold(campaign: str, message: str, what: str) -> None:
    """Counts nothing: without a database, and in tests."""


def _unheard(error: Exception) -> None:
    """Tells nobody: in tests."""


@dataclass(slots=True)
class Turn:
    """Everything a flow may look at. `text` is normalised; `understood` is None for a tap."""

    inbound: Inbound
    text: str
    state: State
    speak: Speaker
    understood: Understanding | None = None
    argument: str = ""
    was_cut: bool = False
    hints: frozenset[str] = frozenset()
    count_useful: CountUseful = _nowhere
    count_tap: CountTap = _untold
    failed: Callable[[Exception], None] = _unheard  # called with what broke beside the reply
    subscriptions: Subscribing = field(default_factory=Nowhere)
    finder: Finder = field(default_factory=shipped_finder)

    @property
    def topic(self) -> str | None:
        """The topic of this turn, from the words or from the tap."""
        return self.understood.topic if self.understood else None


Respond = Callable[[Turn], Awaitable[Reply]]


@dataclass(frozen=True)
class Flow:
    """A way to answer: for which topics, taps (``name`` or ``name:argument``) and commands.

    A flow that `hears` something in the words answers them whatever their topic.
    """

    respond: Respond
    topics: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    commands: frozenset[Command] = frozenset()
    hears: Callable[[Turn], bool] | None = None


class Flows:
    """All flows found under `bot.dialogue.flows`; adding a module there is all it takes."""

    def __init__(self, flows: list[Flow], default: Flow) -> None:
        self._default = default
        self._topics = {t: f for f in flows for t in f.topics}
        self._actions = {a: f for f in flows for a in f.actions}
        self._commands = {c: f for f in flows for c in f.commands}
        self._hearing = [f for f in flows if f.hears is not None]

    @classmethod
    def discover(cls) -> Flows:
        """Import every module of the flows package that offers a `FLOW`.

        Raises `ValueError` when two flows claim the same topic, action or command.
        """
        package = importlib.import_module("bot.dialogue.flows")
        flows: dict[str, Flow] = {}
        for found in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            if isinstance(getattr(module, "FLOW", None), Flow):
                flows[found.name] = module.FLOW
        _claimed_once(flows)
        return cls(list(flows.values()), flows["answer"])

    def for_topic(self, topic: str) -> Flow:
        """The flow of a topic; topics that no flow claims are answered from their cards."""
        return self._topics.get(topic, self._default)

    def for_words(self, turn: Turn) -> Flow | None:
        """The flow that hears something of its own in the words, or None."""
        return next((f for f in self._hearing if f.hears and f.hears(turn)), None)

    def for_action(self, name: str) -> Flow | None:
        """The flow behind a tap, or None when nobody knows it (an old or forged button)."""
        return self._actions.get(name)

    def for_command(self, command: Command) -> Flow:
        """The flow of a command. Raises `KeyError` when no flow claims it."""
        return self._commands[command]


def _claimed_once(flows: dict[str, Flow]) -> None:
    claims: dict[object, str] = {}
    for name, flow in flows.items():
        for claim in [
            *flow.topics,
            *(("tap", a) for a in flow.actions),
            *(("command", c) for c in flow.commands),
        ]:
            if claim in claims:
                raise ValueError(f"flows {claims[claim]} and {name} both claim {claim}")
            claims[claim] = name
