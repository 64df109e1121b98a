"""Which model belongs to the present data, components and lock file."""

from __future__ import annotations

import hashlib
from pathlib import Path

PARTS = (
    *("nlu/data", "nlu/danger", "nlu/outside", "nlu/components", "nlu/vietnamese"),
    *("nlu/config.yml", "nlu/train.py", "nlu/examples.py", "nlu/requirements.lock"),
)
KINDS = {".yml", ".txt", ".py", ".tsv", ".lock"}


def fingerprint(project_root: Path) -> str:
    """A hash over everything a trained model depends on (16 hex digits)."""
    digest = hashlib.sha256()
    for part in PARTS:
        path = project_root / part
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and file.suffix in KINDS:
                digest.update(file.relative_to(project_root).as_posix().encode() + b"\0")
                digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def model_path(project_root: Path, data_dir: Path) -> Path:
    """Where the model of the present fingerprint is, or will be."""
    return data_dir / "models" / f"antam-{fingerprint(project_root)}.tar.gz"


def newest_model(project_root: Path, data_dir: Path) -> Path | None:
    """The model of the present fingerprint, else the newest there is, else None.

    An older model answers better than none while somebody edits the examples.
    """
    wanted = model_path(project_root, data_dir)
    if wanted.exists():
        return wanted
    found = sorted(wanted.parent.glob("antam-*.tar.gz"), key=lambda p: p.stat().st_mtime)
    return found[-1] if found else None


def rasa_python(project_root: Path) -> Path:
    """The interpreter of the Rasa environment."""
    return project_root / "nlu" / ".venv" / "bin" / "python"
