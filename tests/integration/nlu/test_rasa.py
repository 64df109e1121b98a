"""The real Rasa: our components in its environment, its server as our child."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from bot.settings import PROJECT_ROOT
from tests.integration.conftest import RASA, Live, serve

pytestmark = pytest.mark.rasa

CONTRACT = """
import json, sys
from rasa.shared.nlu.training_data.message import Message
from nlu.components.tokenizer import VietnameseTokenizer
tokenizer = VietnameseTokenizer(VietnameseTokenizer.get_default_config())
out = []
for text in json.load(sys.stdin):
    message = Message({"text": text})
    tokens = tokenizer.tokenize(message, "text")
    out.append([[t.text, t.start, t.end] for t in tokens])
print("@" + json.dumps(out))
"""
FEATURES = """
import json, sys, tarfile, tempfile
from pathlib import Path
import joblib, numpy
from nlu.components.topic_model import read_words
texts, model = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as folder:
    with tarfile.open(model) as archive:
        archive.extractall(folder)
    model = joblib.load(next(Path(folder).rglob("topic_model.joblib")))
worst = 0.0
for typed in map(read_words, texts):
    at, values = model._row(typed)
    row = numpy.zeros(len(model._weights))
    row[at] = values
    worst = max(worst, abs(model._features([typed]).toarray()[0] - row).max())
print("@" + json.dumps(float(worst)))
"""
TEXTS = [
    "hoà giải ở phường Mỹ Hoà",
    "thuỷ",
    "hoa\u0300 gia\u0309i \u01a1\u0309 ph\u01b0\u01a1\u0300ng My\u0303 Hoa\u0300",
    "TP.Long Xuyên 😭",
    "",
    "😭😭",
    "ck e quýnh e",
    "a" * 5000,
    "\u0000\u202e\ud83d",
]


def in_rasa(code: str, typed: str) -> Any:
    """Run code in the Rasa environment; its answer is the line that starts with @."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [str(RASA), "-c", code], input=typed, capture_output=True, text=True, timeout=120,
        cwd=PROJECT_ROOT, env=environment, check=True,
    )  # fmt: skip
    return json.loads(next(x for x in done.stdout.splitlines() if x.startswith("@"))[1:])


def test_the_tokenizer_loses_no_word(trained: Path) -> None:
    found = in_rasa(CONTRACT, json.dumps(TEXTS))
    words = [[t[0] for t in tokens] for tokens in found]
    assert words[0] == words[2]  # composed and decomposed are one
    assert " ".join(words[0]) == "hòa giải ở phường mỹ hòa"
    assert words[1] == ["thủy"]
    assert "long xuyên" in " ".join(words[3])
    assert words[4] == words[5] == words[8] == []
    assert " ".join(words[6]) == "chồng em đánh em"
    for tokens in found:
        ends = [0, *(t[2] for t in tokens)]
        assert all(t[2] - t[1] == len(t[0]) for t in tokens)
        assert all(t[1] >= end for t, end in zip(tokens, ends, strict=False))


def test_a_message_has_the_features_that_the_model_learnt_from(trained: Path) -> None:
    newest = max(trained.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    texts = [*TEXTS[:-1], "chồng đánh em, đánh hoài, em phải làm sao đây, giúp em với"]
    assert in_rasa(FEATURES, json.dumps([texts, str(newest)])) < 1e-5


@pytest.fixture(scope="module")
def live(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server with its model, for the tests of this module."""
    with serve(tmp_path_factory.mktemp("live"), trained) as running:
        yield running


def test_the_page_answers_before_the_model_does(live: Live) -> None:
    found = live.chat(text="đánh vợ bị phạt bao nhiêu tiền")
    assert found["topic"] == "penalties"
    assert found["reply"]


def test_the_model_joins(live: Live) -> None:
    live.until_nlu("ready")
    for text, topic in {
        "nghỉ thai sản được mấy tháng": "maternity",
        "nghi thai san duoc may thang": "maternity",
        "danh vo bi phat bn z": "penalties",
        "xin chào": "greeting",
        "hôm nay trời mưa không": "out_of_scope",
    }.items():
        found = live.chat(text=text)
        assert found["topic"] == topic, text
        assert found["source"] in ("nlu", "search")


def test_the_model_names_the_kind_of_a_danger(live: Live) -> None:
    live.until_nlu("ready")
    kinds = {
        "mình viết thư cho mẹ xong rồi, tối nay là xong, cảm ơn ad": "self_harm",
        "nó lôi em vô nhà trọ cởi hết đồ em, em mới chạy ra được": "sexual_assault",
        "ck e dag danh e": "violence_now",
    }
    for number, (text, kind) in enumerate(kinds.items()):
        found = live.chat(person=f"{number:016d}", text=text)
        assert found["danger"] == kind, found


def child(live: Live) -> int:
    """The process id of the model's server."""
    told = json.loads((live.data / "nlu-server.json").read_text())
    return int(told["pid"])


def test_killed_under_load_replies_go_on_and_it_comes_back(live: Live) -> None:
    live.until_nlu("ready")
    first = child(live)
    answers: list[dict[str, Any]] = []
    stop = threading.Event()

    def ask(number: int) -> None:
        deadline = time.monotonic() + 240  # bounded, whatever happens
        turn = 0
        while not stop.is_set() and time.monotonic() < deadline:
            turn += 1
            text = ("nó đang đánh em cứu em", "cấm tiếp xúc là gì")[turn % 2]
            answers.append(live.chat(person=f"{number:08d}{turn:08d}", text=text) | {"said": text})
            time.sleep(0.02)

    people = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for person in people:
        person.start()
    time.sleep(1)
    os.kill(first, signal.SIGKILL)
    time.sleep(0.5)
    while_away = len(answers)
    live.until_nlu("ready")
    time.sleep(1)
    stop.set()
    for person in people:
        person.join()
    assert child(live) != first
    assert len(answers) > while_away
    for answer in answers:
        if "đánh em" in answer["said"]:
            assert answer["danger"] == "violence_now"
            assert answer["reply"][0].startswith("Gọi ngay: 113")
        else:
            assert answer["topic"] == "protection_order", answer
    assert {a["source"] for a in answers} >= {"danger", "nlu", "search"}


def test_the_token_is_not_in_the_list_of_processes(live: Live) -> None:
    live.until_nlu("ready")
    told = json.loads((live.data / "nlu-server.json").read_text())
    line = Path(f"/proc/{told['pid']}/cmdline")
    if not line.exists():
        pytest.skip("no /proc on this system")
    assert told["token"].encode() not in line.read_bytes()


def test_another_command_uses_the_same_model(live: Live) -> None:
    live.until_nlu("ready")
    lines = "".join(
        json.dumps({"id": n, "text": f"nghỉ thai sản mấy tháng {n}"}) + "\n" for n in range(500)
    )
    environment = {**os.environ, "ANTAM_DATA_DIR": str(live.data)}
    command = [str(PROJECT_ROOT / ".venv/bin/antam"), "ask", "--jsonl"]
    done = subprocess.run(
        command, input=lines, capture_output=True, text=True, timeout=120, env=environment,
        cwd=PROJECT_ROOT, check=True,
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [f["id"] for f in found] == list(range(500))
    assert {f["source"] for f in found} == {"nlu"}


def test_it_does_not_outlive_a_killed_parent(trained: Path, tmp_path: Path) -> None:
    with serve(tmp_path, trained) as running:
        running.until_nlu("ready")
        pid = child(running)
        running.process.kill()
        for _ in range(100):
            if not Path(f"/proc/{pid}/cmdline").exists():
                return
            if not Path(f"/proc/{pid}/cmdline").read_bytes():
                return  # a zombie: ended, not yet collected
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
        pytest.fail("the model's server went on without its parent")
