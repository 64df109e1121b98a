"""`antam nearest`, `antam locations import`: no kept house is located, an empty cell is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bot.settings import PROJECT_ROOT
from locations.nearest import distance_km
from locations.units import new_units

UNIT = new_units()["30307"]
HOUSE = (10.388391, 105.433917)
HEAD = 'Tên,Loại,Địa chỉ,"Xã, phường",Toạ độ,Điện thoại,Cách công bố,Ngày kiểm tra\n'
ROW = 'Nhà kín thử,Nhà tạm lánh,hẻm 7391,phường Long Xuyên,"{}, {}",0912345678,{},01/11/2026\n'


def run(tmp_path: Path, *arguments: str) -> str:
    """What a command says on both streams, in an installation of its own."""
    environment = {"ANTAM_DATA_DIR": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments], capture_output=True, text=True, check=True,
        cwd=PROJECT_ROOT, env=environment | {"COLUMNS": "300"}, timeout=60,
    )  # fmt: skip
    return done.stdout + done.stderr


def read_in(tmp_path: Path, house: tuple[float, float], shown: str) -> str:
    sheet = tmp_path / "in.csv"
    sheet.write_text(HEAD + ROW.format(*house, shown), encoding="utf-8")
    return run(tmp_path, "locations", "import", str(sheet))


def nearest(tmp_path: Path, lat: float, lon: float) -> list[dict[str, object]]:
    asked = ("--lat", str(lat), "--lon", str(lon), "--kind", "shelter", "--json")
    said = run(tmp_path, "nearest", *asked)
    found: list[dict[str, object]] = json.loads(said.splitlines()[0])["places"]
    return found


def test_a_kept_house_is_not_located_by_asking(tmp_path: Path) -> None:
    read_in(tmp_path, HOUSE, "Chỉ qua điện thoại")
    for at in (HOUSE, (HOUSE[0] + 0.1, HOUSE[1]), (HOUSE[0], HOUSE[1] - 0.2)):
        [place] = nearest(tmp_path, *at)
        km = place["distance_km"]
        assert isinstance(km, float)
        assert km % 5 == 0
        assert 0 <= km - distance_km(at, (UNIT.lat, UNIT.lon)) <= 5
        assert (place["direction"], place["address"], place["point"], place["map"]) == (
            "", "", None, None)  # fmt: skip
    said = read_in(tmp_path, HOUSE, "")
    assert "dòng 2, cột «Cách công bố»" in said
    assert "1 unchanged" in said
    assert nearest(tmp_path, *HOUSE)[0]["visibility"] == "phone_only"
    read_in(tmp_path, HOUSE, "Công khai")
    assert nearest(tmp_path, *HOUSE)[0]["distance_km"] == 0
