"""`antam nlu train | test | serve`: the work is done in the Rasa environment, shown here."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.nlu.models import model_path, newest_model, rasa_python
from bot.nlu.tables import show

KEPT = 3  # models of earlier data that stay on disk


class NluError(Exception):
    """The model cannot be made, tested or served; the message says what to do."""


def train(project_root: Path, data_dir: Path, force: bool = False) -> Path:
    """Train, unless a model of the same data is there. Returns the model's archive.

    Raises `NluError` when the environment is missing or an examples file is faulty.
    """
    wanted = model_path(project_root, data_dir)
    if wanted.exists() and not force:
        return wanted
    python = _python(project_root)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    name = wanted.name.removesuffix(".tar.gz")
    arguments = ["nlu.train", str(wanted.parent), name]
    said = {"load": "đọc ví dụ", "fit": "huấn luyện (dưới một phút)", "done": "xong"}
    with _progress() as progress:
        task = progress.add_task("khởi động Rasa", total=None)
        for line in _run(python, project_root, arguments):
            count = (
                f": {line['examples']} ví dụ, {line['topics']} chủ đề" if "topics" in line else ""
            )
            progress.update(task, description=said.get(line.get("step", ""), "…") + count)
    if not wanted.exists():
        raise NluError("training made no model; what Rasa said stands above")
    _tidy(wanted)
    return wanted


def evaluate(
    project_root: Path,
    data_dir: Path,
    folds: int = 5,
    csv: Path | None = None,
    out: Path | None = None,
) -> dict[str, Any]:
    """Cross-validate, or score a CSV file; print tables, perhaps write JSON; return the figures."""
    python = _python(project_root)
    arguments = ["nlu.evaluate", str(folds), *([str(csv.resolve())] if csv else [])]
    result: dict[str, Any] | None = None
    with _progress() as progress:
        task = progress.add_task("đọc ví dụ", total=folds if csv is None else 1)
        for line in _run(python, project_root, arguments):
            if line.get("step") == "fold":
                what = f"phần {line['number']}/{line['of']}"
                progress.update(task, description=what, completed=line["number"] - 1)
            result = line.get("result", result)
    if result is None:
        raise NluError("the test gave no figures; what it said stands above")
    show(result, Console())
    if out is not None:
        out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return result


def serve(project_root: Path, data_dir: Path, host: str, port: int, token: str) -> None:
    """Replace this process by the Rasa server. Raises `NluError` when it cannot start.

    Beyond the loopback a token is needed: whoever reaches the port can ask the model.
    """
    python, model = _python(project_root), newest_model(project_root, data_dir)
    if model is None:
        raise NluError("no trained model: run `antam nlu train`")
    if not token and host not in ("127.0.0.1", "::1", "localhost"):
        raise NluError("set ANTAM_NLU_TOKEN before serving the model beyond this machine")
    environment = _environment(project_root) | {"ANTAM_NLU_TOKEN": token}
    command = [str(python), "-m", "nlu.serve", str(model), host, str(port)]
    os.chdir(project_root)
    os.execve(command[0], command, environment)  # noqa: S606 - our own interpreter, no shell


def _python(project_root: Path) -> Path:
    python = rasa_python(project_root)
    if not python.exists():
        raise NluError("the Rasa environment is missing: run `make setup`")
    return python


def _environment(project_root: Path) -> dict[str, str]:
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "LOG_LEVEL": "ERROR"}
    return {**os.environ, **quiet, "PYTHONPATH": str(project_root), "PYTHONWARNINGS": "ignore"}


def _run(python: Path, root: Path, arguments: list[str]) -> Iterator[dict[str, Any]]:
    """The progress lines of a module run in the Rasa environment. Raises `NluError`."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        [str(python), "-m", *arguments],
        cwd=root, env=_environment(root), text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    error = ""
    with process:
        for line in process.stdout or ():
            if line.startswith("@"):
                told: dict[str, Any] = json.loads(line[1:])
                error = told.get("error", error)
                yield told
        trouble = process.stderr.read() if process.stderr else ""
    if error:
        raise NluError(error)
    if process.returncode:
        raise NluError(f"the Rasa environment failed:\n{trouble[-2000:]}")


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _tidy(wanted: Path) -> None:
    """Keep the newest models; older ones are of data that is gone."""
    found = sorted(wanted.parent.glob("antam-*.tar.gz"), key=lambda p: p.stat().st_mtime)
    for old in found[:-KEPT]:
        if old != wanted:
            old.unlink(missing_ok=True)
