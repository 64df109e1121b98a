"""The danger rules: what must sound, what must not, and what a faulty table says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.dialogue.danger import DangerRules
from bot.dialogue.engine import Alarm
from bot.dialogue.understanding import Heard
from bot.settings import PROJECT_ROOT
from content.danger_rules import load_danger_rules
from content.library import CONTENT_DIR
from content.source import ContentError


@pytest.fixture(scope="module")
def rules() -> DangerRules:
    return DangerRules.load()


SOUNDS = {
    "ck e quynh e hoai gio e fai lam sao": "violence_now",
    "chồng em đang đánh em": "violence_now",
    "chong em dang danh em": "violence_now",
    "ổng quýnh em nữa rồi chị ơi": "violence_now",
    "cứu em với": "violence_now",
    "cíu e vs": "violence_now",
    "nó đang cầm dao rượt em": "weapon",
    "ổng tưới xăng đòi đốt nhà": "weapon",
    "nó dọa giết em": "threat_to_kill",
    "no noi se giet ca nha em": "threat_to_kill",
    "em bị hiếp rồi": "sexual_assault",
    "em muốn chết": "self_harm",
    "em khong muon song nua": "self_harm",
    "dượng đang đánh em nhỏ": "child_danger",
    "chồng nhốt em trong phòng": "held",
    "10 năm trước ba hay đánh má, giờ ổng đang cầm dao ngoài cửa": "weapon",
    "an tâm ơi": "safe_word",
    "an tam oi": "safe_word",
    "AN TÂM ƠIIII": "safe_word",
}
SILENT = [
    "đánh giá sản phẩm này giúp em",
    "danh gia san pham",
    "chết cười với con mèo",
    "giết thời gian bằng gì",
    "đánh vợ bị phạt bao nhiêu",
    "danh vo bi phat bao nhieu tien",
    "10 năm trước ba tui hay đánh má tui",
    "chồng em không đánh em",
    "đánh răng cho con mấy lần một ngày",
    "doạ giết người bị tội gì",
    "buồn ngủ muốn chết",
    "trận đánh Điện Biên Phủ năm nào",
    "hôm nay trời đẹp",
    "luật phòng chống bạo lực gia đình có mấy điều",
    "",
]


@pytest.mark.parametrize(("text", "kind"), SOUNDS.items())
def test_it_sounds(rules: DangerRules, text: str, kind: str) -> None:
    assert rules.by_rules(text).kind == kind


@pytest.mark.parametrize("text", SILENT)
def test_it_is_silent(rules: DangerRules, text: str) -> None:
    assert rules.by_rules(text).kind is None


def test_an_old_story_asks_for_care(rules: DangerRules) -> None:
    assert rules.by_rules("hồi nhỏ ba hay đánh tui").care


def test_the_model_alone_is_enough(rules: DangerRules) -> None:
    assert rules.by_model("ổng mài dao ngoài sau nhà từ chiều", Heard(0.9)).kind == "weapon"
    assert rules.by_model("tiếng chân nó ngoài cửa kìa", Heard(0.9)).kind == "violence_now"
    assert rules.by_model("tiếng chân nó ngoài cửa kìa", Heard(0.05)).kind is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("nuốt hết vỉ thuốc ngủ rồi, chào mọi người", "self_harm"),
        ("nuot het vi thuoc ngu roi, chao moi nguoi", "self_harm"),
        ("con Út ngồi trên lan can khóc nãy giờ", "self_harm"),
        ("ông thầy vừa cởi đồ con nhỏ", "sexual_assault"),
        ("bên đó thu điện thoại, chích điện tụi em", "held"),
    ],
)
def test_the_model_hears_and_the_words_tell_of_what(
    rules: DangerRules, text: str, kind: str
) -> None:
    assert rules.by_model(text, Heard(0.9)).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("cứu tôi với, họ nhốt tôi trong kho", "held"),
        ("nó đang đánh em, xé áo em rồi", "sexual_assault"),
        # Who is being beaten needs the police in front, whatever she says of herself.
        ("nó đang đánh em, em leo ra lan can rồi", "violence_now"),
    ],
)
def test_a_cry_of_violence_is_named_after_what_else_it_tells(
    rules: DangerRules, text: str, kind: str
) -> None:
    assert rules.by_rules(text).kind == kind


def test_the_model_names_the_kind_better_than_words(rules: DangerRules) -> None:
    goodbye = "mình ra bến đò đây, gửi con cho ngoại rồi"
    assert rules.by_model(goodbye, Heard(0.9)).kind == "violence_now"
    assert rules.by_model(goodbye, Heard(0.9, kind="self_harm")).kind == "self_harm"
    assert rules.by_model(goodbye, Heard(0.9, kind="a kind of tomorrow")).kind == "violence_now"
    veiled = "má em khoá trong buồng, nói đừng gọi, mùi than"
    assert rules.by_model(veiled, Heard(0.9, kind="self_harm")).kind == "self_harm", (
        "words only guess"
    )
    heard = rules.by_rules("nó đang đánh em, con nhỏ tím hết mình")
    assert rules.confirmed(heard, Heard(0.9, kind="child_danger")).kind == "child_danger"
    assert rules.confirmed(heard, Heard(0.1, kind="child_danger")).kind == heard.kind, (
        "it hears none"
    )
    assert rules.confirmed(heard, Heard()).kind == heard.kind, "it is away"


def test_a_model_puts_nobody_else_before_the_police(rules: DangerRules) -> None:
    for text, kind in (
        ("em vừa bị hiếp, em muốn chết", "sexual_assault"),
        ("chồng em doạ giết em", "threat_to_kill"),
    ):
        heard = rules.by_rules(text)
        assert heard.kind == kind
        assert rules.confirmed(heard, Heard(0.9, kind="self_harm")).kind == kind
    # A word that is heard everywhere does not stand against the model.
    unsure = rules.by_rules("ai cứu em với, em uống 20 viên thuốc rồi")
    assert (unsure.kind, unsure.certain) == ("violence_now", False)
    assert rules.confirmed(unsure, Heard(0.9, kind="self_harm")).kind == "self_harm"


@pytest.mark.parametrize("cry", ["cứu em với", "an tâm ơi"])
def test_a_bare_cry_keeps_its_kind(rules: DangerRules, cry: str) -> None:
    heard = rules.by_rules(cry)
    assert rules.confirmed(heard, Heard(0.9, kind="held")).kind == heard.kind


def test_every_kind_that_is_learnt_has_a_reply() -> None:
    learnt = {path.stem for path in (PROJECT_ROOT / "nlu" / "danger" / "kinds").glob("*.txt")}
    assert learnt == load_danger_rules().all_kinds


def test_words_against_it_ask_for_more_belief(rules: DangerRules) -> None:
    assert rules.by_model("đánh vợ bị phạt bao nhiêu", Heard(0.4)).kind is None
    assert rules.by_model("nó đang đánh em, đánh vậy bị phạt bao nhiêu", Heard(0.95)).kind
    assert rules.by_model("đói muốn chết", Heard(0.5)).kind is None
    assert rules.by_model("hồi nhỏ ba hay đánh tui", Heard(0.6)) == Alarm(None, care=True)
    # «chẳng ai cản được» is no «he does not hit»: a belief this high is heard all the same.
    assert rules.by_model("chú đang đánh ông nội, không cản được", Heard(0.99)).kind


def test_a_calm_topic_asks_for_more_belief(rules: DangerRules) -> None:
    custody = "con 2 tuổi thì ai được nuôi, em sợ mất con"
    assert rules.by_model(custody, Heard(0.4)).kind
    assert rules.by_model(custody, Heard(0.4), settled=True) == Alarm(None, care=True), (
        "numbers still come"
    )
    assert rules.by_model(custody, Heard(0.01), settled=True) == Alarm(None)
    assert rules.by_model(custody, Heard(0.9), settled=True).kind


def test_a_model_that_is_certain_takes_a_rule_back(rules: DangerRules) -> None:
    heard = rules.by_rules("ổng vác rựa đi đốn tre")
    assert heard.kind == "weapon"
    assert rules.confirmed(heard, Heard(0.0)) == Alarm(None, care=True)
    assert rules.confirmed(heard, Heard(0.4)) == heard
    assert rules.confirmed(heard, Heard()) == heard, "without the model the rules decide"
    for cry in ("cứu em với", "an tâm ơi", "Tôi vừa bị hãm hiếp, tôi có nên đi tắm không"):
        assert rules.confirmed(rules.by_rules(cry), Heard(0.0)).kind


def test_what_is_likely_the_kitchen_or_a_film_asks_for_more_belief(rules: DangerRules) -> None:
    kitchen = "má đang chặt gà dưới bếp, máu me đầy thau"
    assert rules.by_model(kitchen, Heard(0.5, 0.9)) == Alarm(None, care=True), (
        "the numbers still come"
    )
    assert rules.by_model(kitchen, Heard(0.5, 0.5)).kind
    assert rules.by_model(kitchen, Heard(0.95, 0.9)).kind
    assert rules.by_model(kitchen, Heard(0.05, 0.9)) == Alarm(None)
    heard = rules.by_rules("chồng em cầm dao")
    assert rules.confirmed(heard, Heard(0.5, 0.9)) == Alarm(None, care=True)
    assert rules.confirmed(heard, Heard(0.5, 0.5)) == heard
    assert rules.confirmed(rules.by_rules("cứu em với"), Heard(0.0, 1.0)).kind, "never a cry"


@pytest.mark.parametrize(
    "text",
    [
        "hồi trước ổng hiền, giờ ổng cầm dao rượt em",
        "trước đây không vậy mà bây giờ ổng kề dao vô cổ em",
        "điện thoại em mất rồi, ổng cầm dao ngoài cửa",
        "ổng đánh em lâu lắm rồi, giờ ổng đứng ngoài cửa cầm dao",
    ],
)
def test_an_old_story_beside_it_silences_no_firm_rule(rules: DangerRules, text: str) -> None:
    heard = rules.by_rules(text)
    assert heard.kind == "weapon"
    assert rules.confirmed(heard, Heard()).kind, "without the model the rules decide"
    assert rules.confirmed(heard, Heard(0.85)).kind
    assert rules.confirmed(heard, Heard(0.5)) == Alarm(None, care=True), "a model that doubts it"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<they> đang <hit>", "<nobody> đang <hit>", "no word list <nobody>"),
        ("safe_words:", "safe_word:", "field required"),
        ("firm: true", "firm: perhaps", "valid boolean"),
    ],
)
def test_a_faulty_table_names_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    shutil.copy(CONTENT_DIR / "danger_rules.yml", tmp_path)
    path = tmp_path / "danger_rules.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        DangerRules.load(tmp_path)
    assert any(said in f.what and f.line >= 1 for f in caught.value.faults)
