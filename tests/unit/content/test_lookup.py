"""Which article a message names."""

from __future__ import annotations

from datetime import date

import pytest

from content.library import Library, load
from content.lookup import LawNames, Reference


@pytest.fixture(scope="module")
def names() -> LawNames:
    return LawNames(load())


@pytest.mark.parametrize(
    ("text", "article", "clause", "law"),
    [
        ("điều 25 luật phòng chống bạo lực gia đình", "25", None, "13/2022/QH15"),
        ("d3 luat 13/2022", "3", None, "13/2022/QH15"),
        ("luật bình đẳng giới điều 40 nói gì", "40", None, "73/2006/QH11"),
        ("khoản 1 Điều 9 Luật PCBLGĐ quy định sao", "9", 1, "13/2022/QH15"),
        ("dieu 37 nd 282", "37", None, "282/2025/NĐ-CP"),
        ("đ.136 blld 2019", "136", None, "45/2019/QH14"),
        ("Điều 185 Bộ luật Hình sự là tội gì", "185", None, "100/2015/QH13"),
        ("điều 2 luật phòng chống bạo lực gia đình 2007", "2", None, "02/2007/QH12"),
        ("điều 84 nghị định 145/2020/NĐ-CP", "84", None, "145/2020/NĐ-CP"),
        ("điều 7 nói gì", "7", None, None),
    ],
)
def test_articles_are_found(
    names: LawNames, text: str, article: str, clause: int | None, law: str | None
) -> None:
    assert names.reference(text) == Reference(article, clause, law)


@pytest.mark.parametrize(
    "text",
    [
        "chồng đánh em phải làm sao",
        "luật bình đẳng giới là gì",
        "d3 là vitamin gì",
        "em muốn nói một điều",
        "đường d5 ở đâu",
        "8/3 là ngày gì",
        "",
    ],
)
def test_other_messages_name_no_article(names: LawNames, text: str) -> None:
    assert names.reference(text) is None


def test_taps_carry_the_law_in_ascii(names: LawNames) -> None:
    assert names.by_slug("282/2025/ND-CP") == "282/2025/NĐ-CP"
    assert names.by_slug("1/1/X") is None


def test_a_law_is_cited_until_the_day_it_ends(library: Library) -> None:
    ends = library.laws["60/2014/QH13"].expires
    assert ends == date(2027, 3, 1)
    assert library.may_cite("60/2014/QH13", date(2027, 2, 28))
    assert not library.may_cite("60/2014/QH13", ends)
    resting = [c for c in library.cards.values() if "60/2014/QH13" in {x.law for x in c.citations}]
    assert resting
    assert not any(library.may_show(card, ends) for card in resting)
