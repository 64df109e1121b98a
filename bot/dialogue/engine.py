"""The conversation: danger → understanding → flow → reply, for one message at a time per person."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Protocol

from bot.dialogue.flows.sos import alarm
from bot.dialogue.follow import follows
from bot.dialogue.intake import Intake, read
from bot.dialogue.once import Once
from bot.dialogue.quiet import keep_quiet
from bot.dialogue.speak import Speaker
from bot.dialogue.state import State, States
from bot.dialogue.subscribing import Nowhere, Subscribing
from bot.dialogue.turn import CountTap, CountUseful, Flows, Turn
from bot.dialogue.understanding import Heard, Understander, Understanding
from bot.messages import Inbound, Reply
from locations.shipped import shipped_finder


@dataclass(frozen=True, slots=True)
class Alarm:
    """What the danger check found: a kind that sounds the siren, or a story that asks for care."""

    kind: str | None
    care: bool = False
    certain: bool = False  # a cry or the safe word: no model's doubt counts
    doubted: bool = False  # told beside an old story: the model must believe it more
    named: bool = False  # the safe word, or nothing but a cry: no model names its kind better


class DangerCheck(Protocol):
    """Rules and model together: either raises the alarm, a model that is sure takes it back."""

    def by_rules(self, text: str) -> Alarm:
        """From the words alone."""

    def by_model(self, text: str, heard: Heard, *, settled: bool = False) -> Alarm:
        """From the model's belief, unless the words or its topic tell it is harmless."""

    def confirmed(self, alarm: Alarm, heard: Heard) -> Alarm:
        """What is left of the rules' alarm beside the model's belief, of the kind it names."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply, and whether this delivery had been answered before."""

    reply: Reply
    again: bool = False


class Conversation:
    """The whole of what An Tâm says. Channels call `reply`; nothing else is needed."""

    def __init__(
        self, speak: Speaker, danger: DangerCheck, understander: Understander, flows: Flows
    ) -> None:
        self.speak = speak
        self._danger = danger
        self._understander = understander
        self._flows = flows
        # Seconds a danger reply may wait for the model to name the topic beside it.
        self.danger_patience = 0.5
        # Set by the composition root: where answers and taps are counted, who is subscribed, and
        # the places of today.
        self.count_useful: CountUseful | None = None
        self.count_tap: CountTap | None = None
        self.subscriptions: Subscribing = Nowhere()
        self.finder = shipped_finder()
        self._states = States()
        self._once = Once()

    async def reply(self, inbound: Inbound) -> Answered:
        """Answer one inbound message.

        Messages of one person are answered in order, those of different people side by side; a
        delivery seen before gets the same reply marked ``again``. Never raises for any input:
        when something breaks inside, the numbers to call still come (promise 8).
        """
        if inbound.delivery is None:
            return Answered(await self._guarded(inbound))
        key = (inbound.channel, inbound.person, inbound.delivery)
        reply, again = await self._once.answer(key, lambda: self._guarded(inbound))
        return Answered(reply, again)

    def forget(self, channel: str, person: str) -> bool:
        """Erase what is remembered of a person. Returns whether there was anything."""
        self._once.forget(channel, person)
        return self._states.forget(channel, person)

    async def _guarded(self, inbound: Inbound) -> Reply:
        try:
            async with self._states.hold(inbound.channel, inbound.person) as state:
                reply = await self._turn(inbound, state)
                return await keep_quiet(self.subscriptions, inbound, reply, state, self.speak.words)
        except Exception as error:
            self.failed(error)
            return self.failure()

    def failed(self, error: Exception) -> None:
        """Called with what broke inside; replaced by the composition root to log and count."""

    def failure(self, text: str = "failure.text") -> Reply:
        """The reply when something broke: the numbers to call."""
        speak = self.speak
        said = speak.words[text].format(numbers=speak.numbers())
        return Reply((said,), calls=speak.calls(speak.default))

    async def _turn(self, inbound: Inbound, state: State) -> Reply:
        intake = read(inbound.text)
        turn = Turn(
            inbound, intake.text, state, self.speak, was_cut=intake.was_cut, finder=self.finder
        )
        if self.count_useful is not None:
            turn.count_useful = self.count_useful
        if self.count_tap is not None:
            turn.count_tap = self.count_tap
        turn.subscriptions = self.subscriptions
        turn.failed = self.failed
        turn.hints = self.speak.library.hints.of(intake.text) if inbound.text else frozenset()
        if inbound.text:
            return await self._words(turn, intake)
        if inbound.command is not None:
            return await self._flows.for_command(inbound.command).respond(turn)
        if inbound.choice is not None:
            return await self._tap(turn)
        if inbound.point is not None:
            return await self._flows.for_topic("find_shelter").respond(turn)
        if inbound.media is not None:
            return self._media(turn)
        return self._odd(turn, "odd.empty")

    async def _words(self, turn: Turn, intake: Intake) -> Reply:
        alarmed = self._danger.by_rules(intake.whole)
        understood: Understanding | None = None
        if alarmed.kind:
            understood = await self._patiently(turn.text)
            # The model reads the beginning of a long message, the rules all of it.
            heard = understood.heard if understood else Heard()
            if turn.was_cut:
                heard = replace(heard, emergency=None)
            alarmed = self._danger.confirmed(alarmed, heard)
        if alarmed.kind:
            turn.understood = understood if understood and understood.sure else None
            return _found(alarm(turn, alarmed.kind), turn.understood)
        if not intake.has_words:
            return self._odd(turn, "odd.emoji" if intake.had_signs else "odd.empty")
        if understood is None:
            understood = await self._understander.understand(turn.text)
        turn.understood = understood
        if understood.emergency is not None:
            by_model = self._danger.by_model(
                intake.whole, understood.heard, settled=self._is_settled(understood)
            )
            if by_model.kind:
                return _found(alarm(turn, by_model.kind), understood)
            alarmed = Alarm(None, alarmed.care or by_model.care)
        reply = await self._answer(turn, understood)
        return self._with_care(turn, reply, alarmed.care)

    def _is_settled(self, understood: Understanding) -> bool:
        """Whether it is surely about calm topics and nothing else."""
        topics = self.speak.library.topics
        asked = (understood.topic, *understood.needs)
        return understood.is_certain and all(t in topics and topics[t].calm for t in asked)

    async def _answer(self, turn: Turn, understood: Understanding) -> Reply:
        heard = self._flows.for_words(turn)
        if heard is not None:
            return replace(_found(await heard.respond(turn), understood), source="search")
        if follows(turn, understood):
            topic = turn.state.topic or ""
            understood = replace(understood, topic=topic, sure=True, source="search", needs=())
            turn.understood = understood
        flow = self._flows.for_topic(understood.topic if understood.sure else "unclear")
        return _found(await flow.respond(turn), understood)

    async def _patiently(self, text: str) -> Understanding | None:
        """The topic beside a danger, if the model names it at once; never at the reply's cost."""
        try:
            async with asyncio.timeout(self.danger_patience):
                understood = await self._understander.understand(text)
        except Exception:  # whatever broke, the danger reply goes out
            return None
        return understood

    async def _tap(self, turn: Turn) -> Reply:
        name, _, turn.argument = (turn.inbound.choice or "").partition(":")
        if name == "topic":
            flow = self._flows.for_topic(turn.argument)
            if turn.argument in self.speak.library.topics:
                turn.understood = Understanding(turn.argument, 1.0, (), "menu", True)
                if turn.argument == "emergency":
                    return alarm(turn, "safe_word")
                return _found(await flow.respond(turn), turn.understood)
        known = self._flows.for_action(name)
        return await (known or self._flows.for_topic("unclear")).respond(turn)

    def _media(self, turn: Turn) -> Reply:
        speak, words = self.speak, self.speak.words
        numbers = words["media.numbers"].format(numbers=speak.numbers())
        said = words[f"media.{turn.inbound.media}"]
        return Reply(
            (said, numbers), calls=speak.calls(speak.default), choices=(speak.menu_choice(),)
        )

    def _odd(self, turn: Turn, text: str) -> Reply:
        speak = self.speak
        numbers = speak.words["media.numbers"].format(numbers=speak.numbers())
        return Reply(
            (speak.words[text], numbers),
            calls=speak.calls(speak.default),
            choices=(speak.topic_choice("find_shelter"), speak.menu_choice()),
            topic="unclear",
        )

    def _with_care(self, turn: Turn, reply: Reply, care: bool) -> Reply:
        """A story of past violence gets the numbers at the end; a long message a word about it."""
        texts, calls = list(reply.texts), reply.calls
        if turn.was_cut:
            texts.append(self.speak.words["odd.long"])
        if care and reply.topic not in ("human_handoff", "find_shelter"):
            words, numbers = self.speak.words, self.speak.numbers()
            # Said once: the same numbers twice, one under the other, read like a mistake.
            doubled = words["unsure.numbers"].format(numbers=numbers)
            texts = [text for text in texts if text != doubled]
            texts.append(words["danger.care"].format(numbers=numbers))
            calls = calls or self.speak.calls(self.speak.default)
        return replace(reply, texts=tuple(texts), calls=calls)


def _found(reply: Reply, understood: Understanding | None) -> Reply:
    """The reply with how its topic was found; the danger reply keeps its source."""
    if understood is None:
        return reply
    return replace(
        reply,
        topic=understood.topic,
        confidence=understood.confidence,
        alternatives=understood.alternatives,
        source="danger" if reply.danger else understood.source,
    )
