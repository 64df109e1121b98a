"""Telegram end to end over HTTP: start, question, choice, location, deletion, order."""

from __future__ import annotations

from tests.integration.telegram.conftest import Line

ME = 4242


async def test_start_greets_and_publishes_the_commands(line: Line) -> None:
    line.api.says(ME, "/start")
    await line.until(lambda: bool(line.api.sent(ME)))
    assert "An Tâm" in line.api.texts(ME)[0]
    commands = next(p["commands"] for m, p in line.api.calls if m == "setMyCommands")
    names = [c["command"] for c in commands]
    assert names == ["start", "help", "diachi", "sos", "xoa", "thoat", "dangky", "huy"]


async def test_a_question_is_answered_with_its_article(line: Line) -> None:
    line.api.says(ME, "đánh vợ bị phạt bao nhiêu tiền")
    await line.until(lambda: bool(line.api.sent(ME)))
    assert "Căn cứ:" in line.api.texts(ME)[0]
    assert "282/2025/NĐ-CP" in line.api.texts(ME)[0]


async def test_a_choice_leads_on(line: Line) -> None:
    line.api.says(ME, "đánh vợ bị phạt bao nhiêu tiền")
    await line.until(lambda: bool(line.api.sent(ME)))
    first = line.api.sent(ME)[0]
    data = first["board"]["inline_keyboard"][0][0]["callback_data"]
    line.api.taps(ME, {k: v for k, v in first.items() if k != "board"}, data)
    await line.until(lambda: len(line.api.sent(ME)) > 1)
    await line.until(lambda: line.api.count("answerCallbackQuery") == 1)
    assert line.api.texts(ME)[1] != line.api.texts(ME)[0]


async def test_danger_starts_with_the_numbers_and_comes_with_contacts(line: Line) -> None:
    line.api.says(ME, "chồng em đang cầm dao ngoài cửa")
    await line.until(lambda: len(line.api.sent(ME)) >= 3)
    assert line.api.texts(ME)[0].startswith("Gọi ngay: 113")
    contacts = [m["contact"]["phone_number"] for m in line.api.sent(ME) if "contact" in m]
    assert "113" in map(str, contacts)
    actions = [
        b["callback_data"] for row in line.api.sent(ME)[0]["board"]["inline_keyboard"] for b in row
    ]
    assert "place:danger" in actions
    assert "danger:no" in actions


async def test_a_place_is_asked_for_and_a_point_is_dropped(line: Line) -> None:
    line.api.says(ME, "/diachi")
    await line.until(lambda: len(line.api.sent(ME)) >= 2)
    board = line.api.sent(ME)[-1]["board"]
    assert board["keyboard"][0][0]["request_location"] is True
    before = len(line.api.sent(ME))
    line.api.shares(ME, 10.386123, 105.435456)
    await line.until(lambda: len(line.api.sent(ME)) > before)
    await line.settled()
    said = line.api.sent(ME)[before:]
    assert said[0]["board"]["remove_keyboard"] is True
    assert "1800 8077" in said[0]["text"]
    assert "10.386" not in str(line.api.calls[-5:])


async def test_erasing_deletes_both_sides_and_says_what(line: Line) -> None:
    line.api.says(ME, "luật bình đẳng giới là gì")
    await line.until(lambda: bool(line.api.sent(ME)))
    await line.settled()
    mine = {m["message_id"] for m in line.api.sent(ME)}
    line.api.says(ME, "/xoa")
    await line.until(lambda: "xoá" in line.api.texts(ME)[-1])
    deleted = {number for chat, number in line.api.deleted if chat == ME}
    assert mine <= deleted
    assert len(deleted) == len(mine) + 2  # the question and /xoa itself
    assert f"{len(deleted)} tin nhắn" in line.api.texts(ME)[-1]
    assert "48 giờ" in line.api.texts(ME)[-1]


async def test_erasing_goes_on_one_by_one_past_what_is_too_old(line: Line) -> None:
    line.api.says(ME, "xin chào")
    await line.until(lambda: bool(line.api.sent(ME)))
    await line.settled()
    old = line.api.sent(ME)[0]["message_id"]
    line.api.too_old.add(old)
    line.api.says(ME, "/xoa")
    await line.until(lambda: "xoá" in line.api.texts(ME)[-1])
    assert (ME, old) not in line.api.deleted
    assert "2 tin nhắn" in line.api.texts(ME)[-1]


async def test_messages_of_one_person_are_answered_in_order(line: Line) -> None:
    asked = ["xin chào", "cảm ơn nhiều nha", "tạm biệt", "thời tiết hôm nay"] * 3
    for text in asked:
        line.api.says(ME, text)
    for other in range(1, 30):
        line.api.says(ME + other, "cấm tiếp xúc là gì")
    await line.until(lambda: len(line.api.sent(ME)) >= len(asked))
    await line.settled()
    replies = line.api.texts(ME)
    assert len(replies) == len(asked)
    for start in (4, 8):  # the first round greets differently
        assert replies[start + 1 : start + 4] == replies[1:4]
    assert all(len(line.api.sent(ME + n)) == 1 for n in range(1, 30))


async def test_a_cry_behind_a_command_is_heard(line: Line) -> None:
    for number, command in enumerate(["/help", "/start", "/diachi", "/xoa", "/thoat", "/huy"]):
        line.api.says(ME + number, f"{command} ck e dang cam dao ruot e")
        await line.until(lambda n=number: bool(line.api.texts(ME + n)))  # type: ignore[misc]
        assert line.api.texts(ME + number)[0].startswith("Gọi ngay: 113"), command
    assert not line.api.deleted


async def test_words_behind_a_command_do_not_stop_it(line: Line) -> None:
    line.api.says(ME, "xin chào")
    await line.until(lambda: bool(line.api.sent(ME)))
    line.api.says(ME, "/xoa hết giùm em nha")
    await line.until(lambda: "xoá" in line.api.texts(ME)[-1])
    assert len(line.api.deleted) == 3


async def test_a_place_behind_its_command_is_used(line: Line) -> None:
    line.api.says(ME, "/diachi em ở long xuyên")
    await line.until(lambda: bool(line.api.sent(ME)))
    assert "Mình tìm quanh" in line.api.texts(ME)[0]


async def test_what_it_cannot_read_gets_the_numbers(line: Line) -> None:
    line.api.sends_voice(ME)
    await line.until(lambda: bool(line.api.sent(ME)))
    assert "113" in line.api.texts(ME)[0]
    assert "tin thoại" in line.api.texts(ME)[0]


async def test_groups_are_not_answered(line: Line) -> None:
    update = line.api.says(ME, "chồng em đang đánh em")
    update["message"]["chat"] = {"id": -100200, "type": "supergroup", "title": "xóm"}
    line.api.says(ME + 1, "xin chào")
    await line.until(lambda: bool(line.api.sent(ME + 1)))
    await line.settled()
    assert not line.api.sent(-100200)
