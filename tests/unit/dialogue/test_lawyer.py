"""Questions of law find their article; everyday messages are left alone."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.dialogue.lawyer import articles_for, asks_law, by_article_alone
from bot.messages import Inbound


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("ai có quyền ra quyết định cấm tiếp xúc và trong bao lâu", "13/2022/QH15 25"),
        ("ép vợ quan hệ tình dục trái ý muốn bị phạt bao nhiêu tiền", "282/2025/NĐ-CP 41"),
        ("con dưới 36 tháng tuổi khi ly hôn giao cho ai nuôi theo luật", "52/2014/QH13 81"),
        ("đi khám thai được nghỉ mấy lần mỗi lần mấy ngày", "41/2024/QH15 51"),
        ("nội quy công ty có bắt buộc quy định về quấy rối tình dục không", "45/2019/QH14 118"),
    ],
)
def test_the_article_of_a_question(antam: App, text: str, article: str) -> None:
    hits = articles_for(antam.conversation.speak, text)
    assert article in [f"{h.law} {h.article}" for h in hits[:3]]


@pytest.mark.parametrize("text", ["xin chào bạn", "em buồn quá", "chồng em hay la mắng em lắm", ""])
def test_messages_that_ask_no_law(text: str) -> None:
    assert not asks_law(text)


async def test_danger_with_a_question_of_law_starts_with_the_numbers(antam: App) -> None:
    text = "chồng đang cầm dao doạ giết em, đe doạ như vậy bị phạt bao nhiêu tiền"
    reply = (await antam.reply(Inbound("test", "a", text=text))).reply
    assert reply.danger
    assert reply.texts[0].startswith("Gọi ngay:")
    assert [c.law for c in reply.citations] == ["282/2025/NĐ-CP"]
    assert "282/2025" in reply.texts[-1]


def test_without_a_close_article_nothing_is_answered(antam: App) -> None:
    speak = antam.conversation.speak
    assert by_article_alone(speak, "xe máy của tôi bị hư thì sửa ở đâu được không bạn") is None
