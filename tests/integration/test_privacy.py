"""Promises 5 and 7: marked words, a marked point and marked ids go through every path, errors
included; then every byte written anywhere is searched for them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from bot.settings import PROJECT_ROOT
from tests.fakes.bot_api import TOKEN, BotApi, Fault
from tests.integration.conftest import Live, serve

WORD = "zkxqvw"  # no word of any language, so that it is found only where it leaked
SENTENCE = f"chồng em giấu {WORD} dưới gốc xoài"
CRY = f"nó đang cầm dao đòi giết em vì {WORD}"
LAT, LON = 10.4839271, 105.1927364
CHAT = 918273645
PAGE = "feedfacecafebeef"
# A house that may only be told of by phone: it stands in the table and nowhere else.
KEPT, KEPT_POINT = "hẻm xoài cát 7391", "10.4851773"
SHEET = (
    'Tên,Loại,Địa chỉ,"Xã, phường",Toạ độ,Điện thoại,Cách công bố,Ngày kiểm tra\n'
    f'Nhà kín thử,Nhà tạm lánh,{KEPT},phường Long Xuyên,"{KEPT_POINT}, 105.1927",0912345678,'
    "Chỉ qua điện thoại,01/11/2026\n"
)
MARKS = [WORD, "10.4839", "105.1927", str(CHAT), PAGE, TOKEN.split(":")[1], "gốc xoài"]


@pytest.mark.rasa
def test_nothing_of_a_person_is_written_anywhere(
    tmp_path: Path, trained: Path, telegram_api: BotApi, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sheets = tmp_path_factory.mktemp("sheets")
    before = _tree()
    settings = {
        "ANTAM_TELEGRAM_TOKEN": TOKEN,
        "ANTAM_TELEGRAM_BASE_URL": telegram_api.url,
        "ANTAM_LOG_LEVEL": "DEBUG",
    }
    (sheets / "in.csv").write_text(SHEET, encoding="utf-8")
    _antam(tmp_path, "locations", "import", str(sheets / "in.csv"))
    with serve(tmp_path, trained, **settings) as live:
        near = live.chat(person=PAGE[::-1], point={"lat": LAT, "lon": LON})
        _web(live)
        _telegram(telegram_api)
        live.until_nlu("ready")
        _web(live)
        _telegram(telegram_api)
        exposed = httpx.get(f"{live.url}/metrics", timeout=60).text
    (tmp_path / "metrics.txt").write_text(exposed, encoding="utf-8")
    _terminal(tmp_path)
    written = [p for p in tmp_path.rglob("*") if p.is_file() and "models" not in p.parts]
    written += [Path(p) for p in _tree() - before]
    assert any(p.suffix == ".sqlite3" for p in written)
    leaks = [(str(p), mark) for p in written for mark in MARKS if mark.encode() in p.read_bytes()]
    assert leaks == []
    # The table alone holds the kept address.
    told = [(str(p), p.read_bytes()) for p in written if ".sqlite3" not in p.name]
    told += [("web", str(near).encode()), ("telegram", str(telegram_api.calls).encode())]
    assert [n for n, data in told if KEPT.encode() in data or KEPT_POINT.encode() in data] == []
    assert "Nhà kín thử" in str(near)
    assert "antam_replies_total" in exposed


@pytest.mark.parametrize("form", ["xlsx", "csv", "geojson", "json"])
def test_a_kept_address_leaves_the_table_only_for_staff(tmp_path: Path, form: str) -> None:
    sheet = tmp_path / "in.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    said = [
        _antam(tmp_path, "locations", "import", str(sheet)),
        _antam(tmp_path, "locations", "check"),
        _antam(tmp_path, "locations", "export", str(out / f"public.{form}")),
        _antam(tmp_path, "nearest", "--lat", "10.4851", "--lon", "105.1927", "--json"),
        _antam(tmp_path, "ask", "--no-nlu", "em ở long xuyên chỗ nào tạm lánh"),
    ]
    assert "1 were created" in said[0]
    assert "Nhà kín thử" in said[3]
    written = [(str(p), p.read_bytes()) for p in out.iterdir()]
    if form == "xlsx":
        with zipfile.ZipFile(out / "public.xlsx") as book:
            written = [(n, book.read(n)) for n in book.namelist()]
    written += [("output", text.encode()) for text in said]
    written += [(p.name, p.read_bytes()) for p in (tmp_path / "data").rglob("*.log")]
    marks = (KEPT, KEPT_POINT[:7])
    assert [(n, m) for n, data in written for m in marks if m.encode() in data] == []
    _antam(tmp_path, "locations", "export", "--internal", str(tmp_path / "inner.csv"))
    assert KEPT in (tmp_path / "inner.csv").read_text("utf-8-sig")


def _antam(folder: Path, *arguments: str) -> str:
    """Run the command line; what it printed, to both streams."""
    environment = {"ANTAM_DATA_DIR": str(folder / "data"), "ANTAM_LOG_LEVEL": "DEBUG"}
    environment |= {"PATH": "/usr/bin:/bin", "COLUMNS": "300"}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments], capture_output=True, cwd=PROJECT_ROOT,
        env=environment, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return (done.stdout + done.stderr).decode()


def _tree() -> set[str]:
    """Files of the project a run might write to (caches of Python and pytest left out)."""
    skipped = {".git", ".venv", "__pycache__", ".pytest_cache", ".hypothesis", "models"}
    found = set()
    for path in PROJECT_ROOT.rglob("*"):
        if not skipped & set(path.relative_to(PROJECT_ROOT).parts) and path.is_file():
            stat = path.stat()
            found.add(str(path) if stat.st_mtime > time.time() - 3600 else "")
    return found - {""}


def _web(live: Live) -> None:
    for text in (
        SENTENCE,
        CRY,
        f"{WORD} " * 2_000,
        f"\x00{WORD}\ud83d",
        f"luật {WORD} điều 3",
        f"/{WORD}",
    ):
        live.chat(person=PAGE, text=text.encode("utf-8", "replace").decode())
    live.chat(person=PAGE, point={"lat": LAT, "lon": LON})
    live.chat(person=PAGE, choice=f"card:{WORD}")
    live.chat(person=PAGE, choice=WORD)
    live.chat(person=PAGE, command="erase")
    url, typed = f"{live.url}/chat", {"content-type": "application/json"}
    with httpx.Client(timeout=60) as http:
        http.post(url, content=f'{{"text": "{WORD}'.encode(), headers=typed)
        http.post(url, json={"person": f"{PAGE}!", "text": SENTENCE})
        http.post(url, json={"person": PAGE, "text": WORD * 20_000})
        http.post(url, json={"person": PAGE, "point": {"lat": LAT, "lon": LON * 10}})
        http.get(f"{live.url}/{WORD}", params={"text": SENTENCE})
        http.delete(url, params={"person": PAGE})


def _telegram(api: BotApi) -> None:
    api.plan("sendMessage", Fault(429, WORD, retry_after=0), Fault(500, WORD), Fault(400, WORD))
    for text in (SENTENCE, CRY, "/diachi", "/xoa", f"/{WORD}"):
        api.says(CHAT, text)
    api.shares(CHAT, LAT, LON)
    api.sends_voice(CHAT)
    api.taps(CHAT, api._message(CHAT, text=SENTENCE), f"card:{WORD}")
    edited = api.says(CHAT, SENTENCE)
    edited["edited_message"] = edited.pop("message")
    broken = api.says(CHAT, SENTENCE)
    broken["message"]["location"] = {"latitude": LAT * 100, "longitude": LON}
    del broken["message"]["text"]
    api.plan("sendMessage", Fault(403, WORD))
    deadline = time.monotonic() + 60
    while api.updates and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.5)
    api.faults.clear()


def _terminal(folder: Path) -> None:
    """`antam ask` and `antam chat`, bad input included; their logs, not their replies, are kept."""
    lines = "\n".join(
        [json.dumps({"id": 1, "text": SENTENCE}), f'{{"text": "{WORD}', f'{{"id": "{WORD}"}}']
    )
    for name, arguments, typed in (
        ("ask", ["ask", "--jsonl", "--no-nlu"], lines),
        ("one", ["ask", "--no-nlu", SENTENCE], ""),
        ("chat", ["chat"], f"{SENTENCE}\n{CRY}\n/xoa\n/thoat\n"),
    ):
        environment = {"ANTAM_DATA_DIR": str(folder / name), "ANTAM_LOG_LEVEL": "DEBUG"}
        environment |= {"ANTAM_NLU_ENABLED": "false", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            input=typed.encode(), capture_output=True, cwd=PROJECT_ROOT, env=environment,
            timeout=300, check=False,
        )  # fmt: skip
        (folder / f"{name}.stderr").write_bytes(done.stderr)
        (folder / f"{name}.stdout").write_bytes(done.stdout)


def test_an_error_does_not_carry_its_message(quiet_logs: Path) -> None:
    """Foreign libraries quote their input in errors and log lines; ours never passes it on."""
    import logging

    from bot import logs

    try:
        int(SENTENCE)
    except ValueError as error:
        logs.get("test").error("a turn broke", text=SENTENCE, person=PAGE, **logs.describe(error))
        logging.getLogger("somebody").exception("failed on %s", SENTENCE)
        logging.getLogger("somebody").error(f"failed on {SENTENCE}")
    said = quiet_logs.read_text(encoding="utf-8")
    assert "ValueError" in said
    assert WORD not in said
    assert PAGE not in said
