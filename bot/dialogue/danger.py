"""The danger check: editable rules over normalised words, together with the model's belief.

Rules live in `content/danger_rules.yml`; this module only knows how to read and apply them.
A pattern is written in plain Vietnamese: ``<name>`` stands for any phrase of that word list,
``...`` for up to five words of the same sentence. Every word also matches as people type it
without accents ("đánh", "danh", "đanh").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.dialogue.engine import Alarm
from content.danger_rules import DangerTable, load_danger_rules
from nlu.vietnamese import expand_teencode, normalise, unaccent

# The model alone raises the alarm from this belief on; chosen on the development set.
MODEL_ALARM = 0.1
# From this belief on a question of law in the same message does not calm it.
MODEL_CERTAIN = 0.9
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


class DangerRules:
    """Both halves of the danger check. Immutable; safe to share."""

    def __init__(self, table: DangerTable) -> None:
        lists = {name: _either(phrases) for name, phrases in table.words.items()}
        self._safe = re.compile(_bounded(_either(table.safe_words)))
        around = _either(PARTICLES)
        self._cry = re.compile(f"(?: {around})*? {_either(table.cries)}(?: {around})* ")
        self._harmless = re.compile(_bounded(_either(table.harmless)))
        self._rules = [
            _Rule(rule.kind, _compile(say, lists), rule.firm)
            for rule in table.rules
            for say in rule.say
        ]
        self._calm = [_compile(say, lists) for say in table.calm]
        self._mute = [_compile(say, lists) for say in table.mute]
        self._past = [_compile(say, lists) for say in table.past]
        self._kinds = [(k, re.compile(_bounded(_either(w)))) for k, w in table.kinds.items()]

    @classmethod
    def load(cls, root: Path | None = None) -> DangerRules:
        """From the content folder. Raises `content.source.ContentError`."""
        return cls(load_danger_rules(root) if root else load_danger_rules())

    def by_rules(self, text: str) -> Alarm:
        """What the words alone say. Linear in the text's length for all practical input."""
        words = prepare(text)
        if self._safe.search(words):
            return Alarm("safe_word")
        bare = " ".join(words.replace("|", " ").split())
        if self._cry.fullmatch(f" {bare} "):
            return Alarm(self._kind(words))
        words = self._harmless.sub(" ~ ", words)
        found = [r for r in self._rules if r.pattern.search(words)]
        past = any(p.search(words) for p in self._past)
        if not found:
            return Alarm(None, care=past)
        if any(p.search(words) for p in self._mute):
            return Alarm(None)
        calm = any(p.search(words) for p in self._calm)
        heard = [r for r in found if r.firm] if calm else found
        if past and not NOW.search(words):
            heard = []
        if heard:
            return Alarm(heard[0].kind)
        return Alarm(None, care=True)

    def by_model(self, text: str, emergency: float) -> Alarm:
        """What the model's belief says, unless the words tell that nobody is in danger now."""
        if emergency < MODEL_ALARM:
            return Alarm(None)
        words, idioms = self._harmless.subn(" ~ ", prepare(text))
        if any(p.search(words) for p in self._mute):
            return Alarm(None)
        if any(p.search(words) for p in self._past) and not NOW.search(words):
            return Alarm(None, care=True)
        if emergency < MODEL_CERTAIN:
            if any(p.search(words) for p in self._calm):
                return Alarm(None)
            if idioms and not any(pattern.search(words) for _, pattern in self._kinds):
                return Alarm(None)  # the model heard the idiom; nothing else is left to hear
        return Alarm(self._kind(words))

    def _kind(self, words: str) -> str:
        """The kind of an alarm that no pattern named."""
        kinds = (kind for kind, pattern in self._kinds if pattern.search(words))
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
