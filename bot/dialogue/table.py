"""The table of all flows, states and fixed words, read from the code and the content themselves."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from dataclasses import fields
from types import ModuleType

from bot.dialogue import engine, speak
from bot.dialogue.state import State
from bot.dialogue.turn import Flow
from content.library import Library

HEAD = """# Luồng, trạng thái, lời đáp

Bảng này do máy lập từ mã nguồn và `content/`: `antam content flows --out docs/luong-tra-loi.md`.
Đừng sửa tay; một phép thử so bảng với mã. Mỗi tin nhắn đi qua:
**kiểm nguy hiểm → hiểu chủ đề → một luồng dưới đây → câu trả lời**.
"""
STATES = {
    "topic": "chủ đề đang nói tới",
    "card": "thẻ vừa đưa ra",
    "law": "luật vừa được hỏi điều",
    "groups": "nhóm người mà nơi tạm lánh phải nhận: nam giới, người cao tuổi, trẻ em",
    "awaits_place": "đang chờ người nhắn nói nơi ở",
    "awaits_unit": "đang chờ tên xã, phường cho việc nhận tin",
    "danger": "đã báo nguy hiểm trong cuộc trò chuyện này",
    "pause_unsaid": "đã ngưng tin hằng ngày mà chưa kịp báo lại",
    "greeted": "đã chào",
    "insults": "số lần bị chửi liền nhau",
    "expires": "lúc quên tất cả (30 phút sau tin cuối)",
}


def flow_table(library: Library) -> str:
    """The whole page in Markdown. Raises `KeyError` for a state nobody has described."""
    parts = [HEAD, "## Luồng\n"]
    parts.append("| luồng | chủ đề | nút | lệnh | trạng thái | lời đáp |")
    parts.append("| --- | --- | --- | --- | --- | --- |")
    for name, module in _flows():
        parts.append(_flow_row(name, module, library))
    for name, module in (("engine", engine), ("speak", speak)):
        parts.append(f"| ({name}) | | | | {_states(module)} | {_words(module, library)} |")
    parts += ["\n## Trạng thái (chỉ trong bộ nhớ, 30 phút)\n", "| tên | nhớ gì |", "| --- | --- |"]
    parts += [f"| `{f.name}` | {STATES[f.name]} |" for f in fields(State)]
    parts += ["\n## Lời đáp cố định (`content/replies.yml`)\n", "| tên | lời |", "| --- | --- |"]
    parts += [f"| `{key}` | {_cell(text)} |" for key, text in library.words.texts.items()]
    parts += [
        "\n## Báo nguy hiểm (`content/danger.yml`)\n",
        "| loại | lời | số gọi |",
        "| --- | --- | --- |",
    ]
    for kind, said in library.words.danger.items():
        numbers = ", ".join(library.contacts[c].number for c in said.contacts)
        parts.append(f"| `{kind}` | {_cell(said.calm)} {_cell(said.now)} | {numbers} |")
    return "\n".join(parts) + "\n"


def _flows() -> list[tuple[str, ModuleType]]:
    package = importlib.import_module("bot.dialogue.flows")
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__))
    return [(n, importlib.import_module(f"{package.__name__}.{n}")) for n in names]


def _flow_row(name: str, module: ModuleType, library: Library) -> str:
    flow: Flow = module.FLOW
    about = (module.__doc__ or "").strip().splitlines()[0]
    topics = [library.topics[t].label for t in library.topics if t in flow.topics]
    heard = "điều luật nêu trong tin" if flow.hears else ""
    shown = ", ".join(filter(None, [*topics, heard])) or (
        "mọi chủ đề còn lại" if name == "answer" else ""
    )
    cells = [
        f"`{name}`<br>{_cell(about)}",
        shown,
        ", ".join(f"`{a}`" for a in sorted(flow.actions)),
        ", ".join(f"`{c.value}`" for c in sorted(flow.commands)),
        _states(module),
        _words(module, library),
    ]
    return "| " + " | ".join(cells) + " |"


def _states(module: ModuleType) -> str:
    known = {f.name for f in fields(State)}
    used = {
        node.attr
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Attribute) and node.attr in known
        if isinstance(node.value, ast.Attribute) and node.value.attr == "state"
    }
    return ", ".join(f"`{name}`" for name in sorted(used))


def _words(module: ModuleType, library: Library) -> str:
    strings = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return ", ".join(f"`{key}`" for key in library.words.texts if key in strings)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")
