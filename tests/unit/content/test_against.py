"""Cards compared with the texts of the laws: faults are found, true cards pass."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from content.against import Texts, compare
from content.figures import all_figures, figures
from content.library import CONTENT_DIR, load

LAW_TEXTS = CONTENT_DIR.parent.parent / "shared" / "legal"
DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("phạt 5 đến 10 triệu đồng", {5_000_000, 10_000_000}),
        ("từ 5.000.000 đồng đến 10.000.000 đồng", {5_000_000, 10_000_000}),
        ("06 tháng, 36 tháng tuổi", {6, 36}),
        ("còn 1,4 lần vào năm 2030", {1.4, 2030}),
        ("Điều 37 Nghị định 282/2025/NĐ-CP, khoản 1 và 2", set()),
        ("ngày 17/12/1999", {19991217}),
        ("2 tỷ 300 nghìn", {2_000_000_000, 300_000}),
        ("không có số nào", set()),
    ],
)
def test_figures_in_digits(text: str, expected: set[float]) -> None:
    assert figures(text) == expected


def test_spelled_figures_count_for_the_law_text() -> None:
    assert {35, 3, 12} <= all_figures("ít nhất ba mươi lăm phần trăm; ba lần; mười hai giờ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = [
        {"number": 7, "title": "Quyền", "text": "1. Trong 12 giờ.\na) một\n2. Phạt 5.000.000 đồng"}
    ]
    law = {"id": "13/2022/QH15", "articles": articles}
    (tmp_path / "law.json").write_text(json.dumps(law), encoding="utf-8")
    return tmp_path


def test_an_article_knows_its_clauses_and_points(folder: Path) -> None:
    article = Texts.read(folder).article("13/2022/QH15", 7)
    assert article is not None
    assert article.has(1, "a")
    assert article.has(2, None)
    assert not article.has(3, None)
    assert not article.has(2, "a")
    assert not article.has(1, "b")


def test_a_card_that_the_law_does_not_bear_out_is_named(folder: Path, tmp_path: Path) -> None:
    library = load()
    card = library.cards["penalties-beating"]
    wrong = card.model_copy(
        update={
            "citations": [
                card.citations[0].model_copy(
                    update={"law": "13/2022/QH15", "article": 7, "clause": 9, "point": None}
                )
            ],
            "body": "Phạt 7 triệu đồng trong 12 giờ.",
        }
    )
    library.cards.clear()
    library.cards[card.id] = wrong
    library.summaries.clear()
    library.campaigns.by_id.clear()
    faults = [f.what for f in compare(library, Texts.read(folder), DAY)]
    assert faults == [
        "13/2022/QH15 article 7, clause 9 is not in the text",
        "7000000 stands in no cited article",
    ]


def test_a_folder_without_texts_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no law texts"):
        Texts.read(tmp_path)


def test_a_file_that_is_no_law_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"odd\.json"):
        Texts.read(tmp_path)


def test_our_cards_agree_with_the_law_texts() -> None:
    if not LAW_TEXTS.is_dir():
        pytest.skip("the law texts are not beside the project")
    faults = list(compare(load(), Texts.read(LAW_TEXTS), DAY))
    assert not faults, "\n".join(map(str, faults))
