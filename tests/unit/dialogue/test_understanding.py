"""Several needs, follow-ups, hints, article look-up and usefulness, with a model that is told."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.app import App
from bot.dialogue.needs import parts
from bot.dialogue.understanding import Understander
from bot.messages import Inbound, Reply


@dataclass(frozen=True)
class Said:
    topic: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    danger: float | None = 0.0
    outside: float | None = 0.0
    danger_kind: str | None = None


class Always:
    """Says the same of every message."""

    def __init__(self, confidence: float, outside: float, topic: str = "penalties") -> None:
        rest = ("legal_aid", 1 - confidence)
        ranking = ((topic, confidence), rest)
        self._said = Said(topic, confidence, ranking, 0.0, outside)

    async def read(self, text: str) -> Said:
        return self._said


class ToldModel:
    """Knows the topic of the texts it was told, and is unsure of all else."""

    def __init__(self, told: dict[str, str], danger: float = 0.0) -> None:
        self._told, self._danger = told, danger

    async def read(self, text: str) -> Said:
        topic = self._told.get(text)
        if topic is None:
            return Said("unclear", 0.2, (("unclear", 0.2),), self._danger)
        return Said(topic, 0.9, ((topic, 0.9), ("unclear", 0.05)), self._danger)


def tell(antam: App, told: dict[str, str], danger: float = 0.0) -> None:
    antam.conversation._understander = Understander(
        ToldModel(told, danger), antam.conversation.speak.search, antam.library.topics
    )


async def say(antam: App, text: str = "", **more: object) -> Reply:
    inbound = Inbound("test", "a", text=text, **more)  # type: ignore[arg-type]
    return (await antam.reply(inbound)).reply


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("muốn ly hôn, không có tiền", ["muốn ly hôn", "không có tiền"]),
        ("bị đuổi khỏi nhà rồi còn mất giấy tờ", ["bị đuổi khỏi nhà", "mất giấy tờ"]),
        ("chỉ một chuyện thôi", []),
        ("ừ, đánh vợ bị phạt bao nhiêu", []),
        ("", []),
    ],
)
def test_a_message_falls_into_its_parts(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


async def test_two_needs_the_more_urgent_first(antam: App) -> None:
    whole = "em muốn ly hôn, tối nay mẹ con em không có chỗ ở"
    parts_told = {"em muốn ly hôn": "divorce_custody"}
    told = parts_told | {"tối nay mẹ con em không có chỗ ở": "find_shelter"}
    tell(antam, told | {whole: "divorce_custody"})
    reply = await say(antam, whole)
    assert reply.topic == "find_shelter"


async def test_the_other_need_is_offered_as_a_choice(antam: App) -> None:
    whole = "em muốn ly hôn, em không có tiền thuê luật sư"
    told = {"em muốn ly hôn": "divorce_custody", "em không có tiền thuê luật sư": "legal_aid"}
    tell(antam, told | {whole: "divorce_custody"})
    reply = await say(antam, whole)
    assert reply.topic == "divorce_custody"
    assert "topic:legal_aid" in [c.action for c in reply.choices]


async def test_the_numbers_are_said_once_when_it_is_unsure_of_a_grave_story(antam: App) -> None:
    tell(antam, {})
    said = await say(antam, "hồi xưa nó bóp cổ")
    assert (said.danger, said.topic) == (None, "unclear")
    assert "Nếu lúc này bạn thấy không an toàn" in said.texts[-1]
    assert sum("113" in text for text in said.texts) == 1


@pytest.mark.parametrize(
    ("confidence", "outside", "answered"),
    [
        (0.5, 0.05, True),
        (0.5, 0.15, False),  # perhaps nothing for An Tâm
        (0.7, 0.15, True),
        (0.7, 0.5, False),  # likely nothing for An Tâm
        (0.9, 0.5, True),
        (0.95, 0.9, False),  # most likely
    ],
)
async def test_what_may_be_nothing_for_it_must_be_surer_to_be_answered(
    antam: App, confidence: float, outside: float, answered: bool
) -> None:
    search = antam.conversation.speak.search
    understander = Understander(Always(confidence, outside), search, antam.library.topics)
    found = await understander.understand("số đề thì công an phạt bao nhiêu")
    assert (found.sure and found.topic == "penalties") is answered


@pytest.mark.parametrize(
    ("topic", "danger", "alarm"),
    [
        ("divorce_custody", 0.4, False),  # surely a calm topic
        ("divorce_custody", 0.8, True),  # the belief in danger is stronger
        ("find_shelter", 0.4, True),  # who looks for shelter may be in danger now
        ("", 0.4, True),  # nothing is sure
    ],
)
async def test_a_calm_topic_that_is_sure_is_answered_with_the_numbers_at_the_end(
    antam: App, topic: str, danger: float, alarm: bool
) -> None:
    told = {"mai mốt hai đứa nhỏ theo ai": topic} if topic else {}
    tell(antam, told, danger)
    reply = await say(antam, "mai mốt hai đứa nhỏ theo ai")
    assert bool(reply.danger) is alarm
    if not alarm:
        assert reply.topic == "divorce_custody"
        assert "Nếu lúc này bạn thấy không an toàn" in reply.texts[-1]


async def test_a_follow_up_goes_on_with_the_topic(antam: App) -> None:
    tell(antam, {"cấm tiếp xúc là gì": "protection_order"})
    await say(antam, "cấm tiếp xúc là gì")
    reply = await say(antam, "nếu vi phạm thì sao")
    assert reply.topic == "protection_order"
    assert reply.card == "protection-broken"


async def test_a_clear_new_question_is_no_follow_up(antam: App) -> None:
    told = {"cấm tiếp xúc là gì": "protection_order", "còn luật sư miễn phí thì sao": "legal_aid"}
    tell(antam, told)
    await say(antam, "cấm tiếp xúc là gì")
    assert (await say(antam, "còn luật sư miễn phí thì sao")).topic == "legal_aid"


async def test_without_a_topic_there_is_nothing_to_follow(antam: App) -> None:
    tell(antam, {})
    assert (await say(antam, "ở đâu")).topic == "unclear"


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("con em 5 tuổi bị cha nó đánh", "child"),
        ("con hoc lop 6 bi ba danh", "child"),
        ("tôi 68 tuổi bị con đuổi", "elder"),
        ("em có bầu 7 tháng", "pregnant"),
        ("tôi là đàn ông bị vợ đánh", "man"),
        ("sếp em không trả lương", "worker"),
    ],
)
def test_hints_tell_who_it_is_about(antam: App, text: str, audience: str) -> None:
    assert audience in antam.library.hints.of(text)


def test_no_hint_without_a_sign(antam: App) -> None:
    assert antam.library.hints.of("luật bình đẳng giới là gì") == frozenset()
    assert "elder" not in antam.library.hints.of("em 25 tuổi")


async def test_a_child_gets_the_childrens_number_first(antam: App) -> None:
    text = "con học lớp 5, ai đánh con thì bị phạt"
    tell(antam, {text: "report_violence"})
    reply = await say(antam, text)
    assert reply.calls[0].number == "111"


async def test_an_article_is_answered_with_its_summary(antam: App) -> None:
    tell(antam, {})
    reply = await say(antam, "khoản 1 điều 25 luật phòng chống bạo lực gia đình")
    assert reply.citations[0].as_json() == {"law": "13/2022/QH15", "article": 25, "clause": 1}
    assert "12 giờ" in reply.texts[0]
    assert "13/2022/QH15" in reply.texts[1]
    assert any(c.card == "protection-commune" for c in reply.choices)


async def test_an_article_without_a_law_asks_which_then_remembers(antam: App) -> None:
    tell(antam, {})
    asked = await say(antam, "điều 3 nói gì")
    chosen = next(c for c in asked.choices if "Bình đẳng" in c.label)
    reply = await say(antam, choice=chosen.action)
    assert reply.citations[0].law == "73/2006/QH11"
    assert (await say(antam, "còn điều 4")).citations[0].law == "73/2006/QH11"


async def test_a_replaced_law_is_never_cited(antam: App) -> None:
    tell(antam, {})
    reply = await say(antam, "điều 42 nghị định 144/2021 phạt đánh vợ")
    assert reply.citations == ()
    assert "282/2025/NĐ-CP" in reply.texts[0]


async def test_an_article_that_does_not_exist(antam: App) -> None:
    tell(antam, {})
    reply = await say(antam, "điều 99 luật bình đẳng giới")
    assert "44 điều" in reply.texts[0]
    assert reply.citations == ()


async def test_usefulness_is_counted_without_a_person(antam: App) -> None:
    counted: list[tuple[str, bool]] = []

    async def count(card: str, useful: bool) -> None:
        counted.append((card, useful))

    antam.conversation.count_useful = count
    await say(antam, choice="useful:yes:penalties-beating")
    reply = await say(antam, choice="useful:no:penalties-beating")
    await say(antam, choice="useful:yes:no-such-card")
    assert counted == [("penalties-beating", True), ("penalties-beating", False)]
    assert reply.calls


class Doubting:
    """Takes every message for one topic, and believes so much that it lies outside."""

    def __init__(self, confidence: float, outside: float) -> None:
        self._said = confidence, outside

    async def read(self, text: str) -> Said:
        confidence, outside = self._said
        ranking = (("penalties", confidence), ("abuse_spam", 0.01), ("out_of_scope", 0.02))
        return Said("penalties", confidence, ranking, 0.0, outside)


@pytest.mark.parametrize(
    ("confidence", "outside", "topic", "law"),
    [
        (0.6, 0.1, "penalties", True),
        (0.6, 0.5, "penalties", False),  # it asks: the topic is offered, no law is shown
        (0.88, 0.5, "penalties", True),
        (0.6, 0.95, "out_of_scope", False),  # it says that this is not for it, and offers the topic
        (0.95, 0.95, "penalties", False),  # one is as good as certain against the other: it asks
    ],
)
async def test_what_is_not_ours_is_not_answered_with_law(
    antam: App, confidence: float, outside: float, topic: str, law: bool
) -> None:
    antam.conversation._understander = Understander(
        Doubting(confidence, outside), antam.conversation.speak.search, antam.library.topics
    )
    reply = await say(antam, "đánh vợ bị phạt bao nhiêu tiền")
    assert reply.topic == topic
    assert bool(reply.citations) is law
    assert law or "topic:penalties" in [c.action for c in reply.choices]


async def test_words_without_an_answer_of_ours_bring_no_article(antam: App) -> None:
    text = "người sử dụng lao động phải thông báo trước bao nhiêu ngày khi lao động nữ mang thai"
    for outside, law in ((0.0, True), (0.5, False)):
        antam.conversation._understander = Understander(
            Doubting(0.2, outside), antam.conversation.speak.search, antam.library.topics
        )
        assert bool((await say(antam, text)).citations) is law
