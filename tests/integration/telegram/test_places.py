"""A safe place on Telegram: the location button, words, a pin, and what is never sent."""

from __future__ import annotations

from tests.integration.telegram.conftest import Line
from tests.places import HERE_POINT, SECRET, finder

ME = 5151


async def test_a_shared_point_brings_places_and_a_pin(line: Line) -> None:
    line.talk.finder = finder()
    line.api.says(ME, "/diachi")
    await line.until(lambda: len(line.api.sent(ME)) >= 2)
    before = len(line.api.sent(ME))
    line.api.shares(ME, *HERE_POINT)
    await line.until(lambda: any("venue" in m for m in line.api.sent(ME)))
    await line.settled()
    said = line.api.sent(ME)[before:]
    words = "\n".join(m.get("text", "") for m in said)
    assert "Nhà thử công khai" in words
    assert "0912 345 678" in words
    assert "Cách khoảng" in words
    assert "gọi trước khi đi" in words
    assert "Kiểm tra ngày" in words
    pins = [m["venue"] for m in said if "venue" in m]
    # By phone only, or only an area: no pin.
    assert [p["title"] for p in pins] == ["Nhà thử công khai"]
    assert pins[0]["address"] == "12 đường thử"


async def test_a_place_in_words_brings_the_same(line: Line) -> None:
    line.talk.finder = finder()
    line.api.says(ME, "em ở tp long xuyên, gần đây có chỗ nào tạm lánh không")
    await line.until(lambda: any("venue" in m for m in line.api.sent(ME)))
    assert "Mình tìm quanh" in line.api.texts(ME)[0]


async def test_a_name_of_several_places_is_asked_about_and_tapped(line: Line) -> None:
    line.talk.finder = finder()
    line.api.says(ME, "/diachi")
    await line.until(lambda: len(line.api.sent(ME)) >= 2)
    line.api.says(ME, "an phú")
    await line.until(lambda: "ở nơi nào" in line.api.texts(ME)[-1])
    asked = line.api.sent(ME)[-1]
    buttons = [b for row in asked["board"]["inline_keyboard"] for b in row]
    tinh_bien = next(b for b in buttons if "Tịnh Biên" in b["text"])
    assert len(buttons) >= 2
    line.api.taps(ME, {k: v for k, v in asked.items() if k != "board"}, tinh_bien["callback_data"])
    await line.until(lambda: "Mình tìm quanh" in line.api.texts(ME)[-1])
    assert "Tịnh Biên" in line.api.texts(ME)[-1]


async def test_a_place_in_a_cry_is_used_at_once(line: Line) -> None:
    line.talk.finder = finder()
    line.api.says(ME, "chong dang cam dao duoi danh em o my hoa hung")
    await line.until(lambda: any("venue" in m for m in line.api.sent(ME)))
    assert line.api.texts(ME)[0].startswith("Gọi ngay: 113")
    assert any("Nhà thử công khai" in t for t in line.api.texts(ME))


async def test_a_kept_address_is_never_sent(line: Line) -> None:
    line.talk.finder = finder()
    line.api.shares(ME, *HERE_POINT)
    line.api.says(ME, "nhà tạm lánh ở long xuyên địa chỉ cụ thể ở đâu")
    line.api.says(ME, "nó đang đánh em, em ở long xuyên")
    await line.until(lambda: line.api.count("sendVenue") >= 2)
    await line.settled()
    everything = str(line.api.calls)
    assert "Nhà thử giữ kín" in everything
    assert "chỉ cho biết qua điện thoại" in everything
    assert SECRET not in everything
    assert "10.3883" not in everything


async def test_outside_the_province_the_national_numbers_come(line: Line) -> None:
    line.api.says(ME, "/diachi")
    await line.until(lambda: len(line.api.sent(ME)) >= 2)
    line.api.says(ME, "em đang ở cà mau")
    await line.until(lambda: "nằm ngoài An Giang" in line.api.texts(ME)[-1])
    assert "113" in line.api.texts(ME)[-1]
