"""What is remembered, for how long, and in what order people are served."""

from __future__ import annotations

import asyncio

from bot.dialogue.once import KEEP, Once
from bot.dialogue.state import LIFETIME, States
from bot.messages import Reply


class Clock:
    """A clock that is set by hand, in seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_state_lives_thirty_minutes_after_the_last_word() -> None:
    clock = Clock()
    states = States(clock)
    async with states.hold("web", "a") as state:
        state.topic = "penalties"
    clock.now = LIFETIME - 1
    async with states.hold("web", "a") as state:
        assert state.topic == "penalties"
    clock.now += LIFETIME + 1
    async with states.hold("web", "a") as state:
        assert state.topic is None


async def test_dead_states_leave_the_memory() -> None:
    clock = Clock()
    states = States(clock)
    for i in range(50):
        async with states.hold("web", str(i)):
            pass
    clock.now = LIFETIME + 1
    for _ in range(20):
        async with states.hold("web", "late"):
            pass
    assert len(states) == 1


async def test_one_person_is_served_in_order_and_others_meanwhile() -> None:
    states, served = States(), []

    async def speak(person: str, number: int, pause: float) -> None:
        async with states.hold("web", person):
            await asyncio.sleep(pause)
            served.append((person, number))

    await asyncio.gather(
        speak("a", 1, 0.05), speak("a", 2, 0.0), speak("a", 3, 0.0), speak("b", 1, 0.0)
    )
    assert served[0] == ("b", 1)
    assert [n for p, n in served if p == "a"] == [1, 2, 3]


async def test_forgetting_says_whether_there_was_anything() -> None:
    states = States()
    assert states.forget("web", "a") is False
    async with states.hold("web", "a") as state:
        state.card = "x"
    assert states.forget("web", "a") is True
    assert states.forget("web", "a") is False


async def test_a_delivery_is_answered_once_even_side_by_side() -> None:
    made = 0

    async def make() -> Reply:
        nonlocal made
        made += 1
        await asyncio.sleep(0.01)
        return Reply(("x",))

    once = Once()
    found = await asyncio.gather(*(once.answer(("web", "a", "1"), make) for _ in range(5)))
    assert made == 1
    assert sorted(again for _, again in found) == [False, True, True, True, True]


async def test_replies_are_not_kept_for_long() -> None:
    clock = Clock()
    once = Once(clock)

    async def make() -> Reply:
        return Reply(("x",))

    await once.answer(("web", "a", "1"), make)
    clock.now = KEEP + 1
    _, again = await once.answer(("web", "a", "1"), make)
    assert again is False


async def test_a_failure_is_not_kept() -> None:
    once = Once()

    async def fail() -> Reply:
        raise RuntimeError

    async def make() -> Reply:
        return Reply(("x",))

    for attempt in (fail, make):
        try:
            _, again = await once.answer(("web", "a", "1"), attempt)
        except RuntimeError:
            continue
        assert again is False
