"""The documents tell the truth where a machine can see it."""

from __future__ import annotations

import re

from bot.settings import PROJECT_ROOT, Settings


def test_every_setting_is_documented_with_its_help() -> None:
    page = (PROJECT_ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert f"| `ANTAM_{name.upper()}` |" in page
        assert str(field.description) in page


def test_no_setting_is_documented_that_is_not_there() -> None:
    page = (PROJECT_ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    known = {f"ANTAM_{n.upper()}" for n in Settings.model_fields}
    assert set(re.findall(r"^\| `(ANTAM_\w+)`", page, re.MULTILINE)) == known


def test_links_of_the_readme_lead_somewhere() -> None:
    page = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", page):
        assert (PROJECT_ROOT / target).exists(), target


def test_files_stay_small() -> None:
    for folder in ("bot", "content", "locations", "nlu/components", "nlu/vietnamese", "tests"):
        for path in (PROJECT_ROOT / folder).rglob("*.py"):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= 400, f"{path.name}: {lines} lines"


def test_lock_files_name_no_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "nlu/requirements.lock"):
        lock = (PROJECT_ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in lock
        assert "://" not in lock
