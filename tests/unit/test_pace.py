"""What of a second is used up."""

from __future__ import annotations

from bot.pace import SECOND, Pace


def test_a_full_second_is_waited_for() -> None:
    now = [100.0]
    pace = Pace(lambda: now[0])
    for _ in range(3):
        pace.sent("a")
        now[0] += 0.1
    assert pace.wait("a", 4) == 0.0
    assert pace.wait("b", 1) == 0.0, "each channel has its own"
    assert abs(pace.wait("a", 3) - (100.0 + SECOND - now[0])) < 1e-9
    assert abs(pace.wait("a", 2) - (100.1 + SECOND - now[0])) < 1e-9
    now[0] = 100.0 + SECOND
    assert pace.wait("a", 3) == 0.0
    now[0] += SECOND
    assert pace.wait("a", 1) == 0.0


def test_an_answer_waits_only_beside_a_campaign() -> None:
    now = [100.0]
    pace = Pace(lambda: now[0])
    for _ in range(3):
        pace.sent("a")
    assert pace.beside_bulk("a", 2) == 0.0
    pace.sent("a", bulk=True)
    assert pace.beside_bulk("a", 2) == SECOND
    assert pace.beside_bulk("a", 5) == 0.0
    now[0] += SECOND
    assert pace.beside_bulk("a", 1) == 0.0
