"""What of a second is used up."""

from __future__ import annotations

import asyncio

from bot.pace import LOOK, SECOND, Pace


def test_a_full_second_is_waited_for() -> None:
    now = [100.0]
    pace = Pace(lambda: now[0])
    for _ in range(3):
        with pace.call("a"):
            pass
        now[0] += 0.1
    assert pace.wait("a", 4) == 0.0
    assert pace.wait("b", 1) == 0.0, "each channel has its own"
    assert abs(pace.wait("a", 3) - (100.0 + SECOND - now[0])) < 1e-9
    assert abs(pace.wait("a", 2) - (100.1 + SECOND - now[0])) < 1e-9
    now[0] = 100.0 + SECOND
    assert pace.wait("a", 3) == 0.0
    now[0] += SECOND
    assert pace.wait("a", 1) == 0.0


def test_a_message_counts_from_its_leaving_until_a_second_after_its_answer() -> None:
    now = [100.0]
    pace = Pace(lambda: now[0])
    with pace.call("a"):
        now[0] += 5 * SECOND
        assert pace.wait("a", 1) == LOOK, "on its way: counted at any moment"
    assert pace.wait("a", 1) == SECOND
    now[0] += SECOND
    assert pace.wait("a", 1) == 0.0


def test_a_call_that_fails_is_over_too() -> None:
    now = [100.0]
    pace = Pace(lambda: now[0])
    try:
        with pace.call("a"):
            raise TimeoutError
    except TimeoutError:
        now[0] += SECOND
    assert pace.wait("a", 1) == 0.0


def test_an_answer_waits_only_beside_a_campaign() -> None:
    now = [100.0]
    pace = Pace(lambda: now[0])
    with pace.call("a"):
        assert not pace.beside_bulk("a")
    with pace.call("a", bulk=True):
        assert pace.beside_bulk("a")
    now[0] += SECOND
    assert not pace.beside_bulk("a")


def test_answers_that_nobody_waits_beside_are_forgotten() -> None:
    now = [100.0]
    pace = Pace(lambda: now[0])
    for _ in range(1000):
        with pace.call("a"):
            now[0] += 0.1
    assert len(pace._ended["a"]) <= 11


async def test_no_second_of_the_platform_holds_more_however_slow_the_way() -> None:
    pace, counted, most = Pace(), [], 5
    loop = asyncio.get_running_loop()

    async def send(number: int) -> None:
        assert await pace.turn("a", most, 30.0)
        with pace.call("a"):
            await asyncio.sleep(0.02 * (number % 7))  # the way there
            counted.append(loop.time())
            await asyncio.sleep(0.01 * (number % 5))  # and back

    await asyncio.gather(*(send(number) for number in range(15)))
    for moment in counted:
        assert sum(1 for other in counted if moment - SECOND < other <= moment) <= most


async def test_patience_ends() -> None:
    pace = Pace()
    with pace.call("a"):
        assert not await pace.turn("a", 1, 0.05)
