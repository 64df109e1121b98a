"""The danger check: editable rules over normalised words, together with the model's belief.

Rules live in `content/danger_rules.yml`; this module only knows how to read and apply them.
A pattern is written in plain Vietnamese: ``<name>`` stands for any phrase of that word list,
``...`` for up to five words of the same sentence. Every word also matches as people type it
without accents ("đánh", "danh", "đanh").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from bot.dialogue.engine import Alarm
from bot.dialogue.understanding import OUTSIDE, Heard
from content.danger_rules import DangerTable, load_danger_rules
from nlu.vietnamese import expand_teencode, normalise, unaccent

# From which belief on the model raises the alarm, by what the words say; chosen on the development
# sets (docs/decisions/008): nothing against it, a question of law or an idiom of the house in the
# same message, a story long over or a rule that was calmed, nothing but an idiom.
MODEL_ALARM, MODEL_CALM, MODEL_PAST, MODEL_IDIOM = 0.15, 0.5, 0.8, 0.6
# Who surely asks about a calm matter (custody, maternity, privacy) gets the numbers at the end of
# the answer, unless the belief in danger is as high as this.
MODEL_SETTLED = 0.7
# Below this belief a rule alone does not raise it: the numbers come at the end of the answer.
MODEL_VETO = 0.07
# Who most likely tells of the kitchen, a game or a film (belief that it is nothing for An Tâm) gets
# the numbers at the end of the answer, unless the belief in danger is as high as this.
MODEL_FOREIGN = 0.8
# Kinds that take the place of plain violence when the words name them too.
CLOSER = frozenset({"sexual_assault", "held"})
# An old story with this word in it is not only old.
NOW = re.compile(r"(?<= )(?:đang|dang|đag|dag|tối nay|hôm nay|bữa nay)(?= )")
GAP = r"(?: [^ |]+){0,5}?"
TONES = str.maketrans(
    "áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ",
    "aaaaaăăăăăâââââeeeeeêêêêêiiiiioooooôôôôôơơơơơuuuuuưưưưưyyyyy",
)
# What stands around a cry without changing it.
PARTICLES = [
    *("ơi", "với", "giúp", "em", "tôi", "con", "chị", "anh", "ạ", "nha", "đi", "quá", "luôn"),
    *("rồi", "trời", "hu", "là", "mọi", "người", "ai", "đó", "bạn", "an", "tâm", "cô", "chú"),
    *("bác", "lẹ", "liền", "gấp", "xin", "làm", "ơn"),
]
BREAKS = re.compile(r"[.!?;:…\n]+")
JUNK = re.compile(r"[^\w|]+")


@dataclass(frozen=True)
class _Rule:
    kind: str
    pattern: re.Pattern[str]
    firm: bool
    sure: bool


@dataclass(frozen=True)
class _Said:
    """What was found in a message: rules, and what speaks against them."""

    words: str
    idioms: bool
    found: list[_Rule]
    calm: bool  # a question of law
    mute: bool  # it says that nothing of the kind happens
    past: bool  # it is long over


class _Patterns:
    """The lines of the table as regular expressions over prepared words."""

    def __init__(self, table: DangerTable) -> None:
        lists = {name: _either(phrases) for name, phrases in table.words.items()}
        self.safe = re.compile(_bounded(_either(table.safe_words)))
        around = _either(PARTICLES)
        self.cry = re.compile(f"(?: {around})*? {_either(table.cries)}(?: {around})* ")
        self.harmless = re.compile(_bounded(_either(table.harmless)))
        self.rules = [
            _Rule(rule.kind, _compile(say, lists), rule.firm, rule.sure)
            for rule in table.rules
            for say in rule.say
        ]
        self.calm = [_compile(say, lists) for say in table.calm]
        self.mute = [_compile(say, lists) for say in table.mute]
        self.past = [_compile(say, lists) for say in table.past]
        self.kinds = [(k, re.compile(_bounded(_either(w)))) for k, w in table.kinds.items()]


class DangerRules:
    """Both halves of the danger check. Immutable; safe to share."""

    def __init__(self, table: DangerTable) -> None:
        self._table = table
        # A model of another day may name kinds that have no reply here.
        self._known = table.all_kinds

    @cached_property
    def _patterns(self) -> _Patterns:
        return _Patterns(self._table)

    def warm(self) -> None:
        """Make the patterns now, in half a second or so, and not at the first message."""
        _ = self._patterns

    @classmethod
    def load(cls, root: Path | None = None) -> DangerRules:
        """From the content folder. Raises `content.source.ContentError`."""
        return cls(load_danger_rules(root) if root else load_danger_rules())

    def by_rules(self, text: str) -> Alarm:
        """What the words alone say. Linear in the text's length for all practical input."""
        words = prepare(text)
        if self._patterns.safe.search(words):
            return Alarm("safe_word", certain=True, named=True)
        bare = " ".join(words.replace("|", " ").split())
        if self._patterns.cry.fullmatch(f" {bare} "):
            return Alarm(self._kind(words), certain=True, named=True)
        said = self._read(words)
        heard = [r for r in said.found if r.firm] if said.calm or said.past else said.found
        if heard and not said.mute:
            sure = any(rule.sure for rule in heard) and not said.past
            return Alarm(self._closer(heard[0].kind, said.words), certain=sure, doubted=said.past)
        return Alarm(None, care=said.past or (bool(said.found) and not said.mute))

    def by_model(self, text: str, heard: Heard, *, settled: bool = False) -> Alarm:
        """What the model's belief says, held against what the words tell and what else it is.

        `settled`: the message is surely about a calm topic.
        """
        emergency, outside = heard.emergency or 0.0, heard.outside
        said = self._read(prepare(text))
        needed = [MODEL_ALARM]
        if settled:
            needed.append(MODEL_SETTLED)
        if outside >= OUTSIDE:
            needed.append(MODEL_FOREIGN)
        if said.past or said.found:
            needed.append(MODEL_PAST)
        if said.calm or said.mute:
            needed.append(MODEL_CALM)
        if said.idioms and not any(
            pattern.search(said.words) for _, pattern in self._patterns.kinds
        ):
            needed.append(MODEL_IDIOM)  # the model heard the idiom; nothing else is left to hear
        if emergency >= max(needed):
            found = said.found
            told = self._closer(found[0].kind, said.words) if found else self._kind(said.words)
            return Alarm(self._named(heard.kind, Alarm(told if found else None)) or told)
        doubtful = said.past or settled or outside >= OUTSIDE
        return Alarm(None, care=doubtful and emergency >= MODEL_ALARM)

    def confirmed(self, alarm: Alarm, heard: Heard) -> Alarm:
        """An alarm of the rules beside what the model hears.

        A model that hears danger as well names its kind better than words do.
        """
        emergency = heard.emergency
        if emergency is not None and emergency >= MODEL_ALARM and alarm.kind and not alarm.named:
            alarm = replace(alarm, kind=self._named(heard.kind, alarm))
        needed = MODEL_PAST if alarm.doubted else MODEL_VETO
        if heard.outside >= OUTSIDE:
            needed = max(needed, MODEL_FOREIGN)
        if alarm.certain or emergency is None or emergency >= needed:
            return alarm
        return Alarm(None, care=True)

    def _named(self, kind: str | None, alarm: Alarm) -> str | None:
        """The kind that the model names, or that of the words where it names none.

        Where words tell surely, or of a threat or a child, that somebody else does it, the police
        stay in front, whatever the person says of herself.
        """
        others = alarm.certain or alarm.kind in {"child_danger", "threat_to_kill"}
        if kind not in self._known or (others and kind == "self_harm"):
            return alarm.kind
        return kind

    def _read(self, words: str) -> _Said:
        """What the words tell, idioms taken out."""
        words, idioms = self._patterns.harmless.subn(" ~ ", words)
        return _Said(
            words,
            idioms > 0,
            [r for r in self._patterns.rules if r.pattern.search(words)],
            calm=any(p.search(words) for p in self._patterns.calm),
            mute=any(p.search(words) for p in self._patterns.mute),
            past=any(p.search(words) for p in self._patterns.past) and not NOW.search(words),
        )

    def _closer(self, kind: str, words: str) -> str:
        """A cry that a rule heard says little of its kind: what else is told may say more.

        Only kinds whose reply keeps the police in front: somebody else does this.
        """
        said = self._kind(words)
        return said if kind == "violence_now" and said in CLOSER else kind

    def _kind(self, words: str) -> str:
        """The kind of an alarm that no pattern named."""
        kinds = (kind for kind, pattern in self._patterns.kinds if pattern.search(words))
        return next(kinds, "violence_now")


def prepare(text: str) -> str:
    """Words as the patterns see them: lower case, chat spellings written out, ``|`` at breaks."""
    plain = expand_teencode(normalise(text)).lower()
    cut = BREAKS.sub(" | ", plain)
    return " " + " ".join(JUNK.sub(" ", cut).split()) + " "


@lru_cache(maxsize=8192)
def _word(word: str) -> str:
    """A word with the forms in which it is typed: with accents, without any, "đánh" as "đanh".

    Tones alone are not taken off other words: "tội" would become "tôi".
    """
    toneless = [word.translate(TONES)] if word.startswith("đ") else []
    forms = dict.fromkeys([word, *toneless, unaccent(word)])
    escaped = [re.escape(f) for f in forms]
    return escaped[0] if len(escaped) == 1 else f"(?:{'|'.join(escaped)})"


def _phrase(phrase: str) -> str:
    return " ".join(_word(w) for w in normalise(phrase).lower().split())


def _either(phrases: list[str]) -> str:
    ordered = sorted(set(phrases), key=lambda p: (-len(p.split()), p))
    return f"(?:{'|'.join(_phrase(p) for p in ordered)})"


def _bounded(pattern: str) -> str:
    return f"(?<= ){pattern}(?= )"


def _compile(say: str, lists: dict[str, str]) -> re.Pattern[str]:
    """A pattern line as a regular expression over prepared words."""
    out = ""
    for piece in say.split():
        if piece == "...":
            out += GAP
            continue
        name = piece[1:-1] if piece.startswith("<") and piece.endswith(">") else ""
        out += (" " if out else "") + (lists[name] if name else _word(piece.lower()))
    return re.compile(_bounded(out))
