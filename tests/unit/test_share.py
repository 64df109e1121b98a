"""What replies may use of a platform's rate before campaigns give way."""

from __future__ import annotations

from bot.sending import Share


def test_only_what_goes_beyond_the_share_counts() -> None:
    share = Share(4.0)
    assert share.use(0, 0.25) == 0.0
    assert share.use(4, 0.25) == 0.0, "a second's share was there"
    assert share.use(3, 0.25) == 2.0, "one of them was free again"
    assert share.use(0, 1.0) == 0.0
    assert share.use(4, 0.0) == 0.0


def test_without_a_share_all_of_it_counts() -> None:
    share = Share(0.0)
    assert share.use(5, 1.0) == 5.0
    assert share.use(0, 1.0) == 0.0
