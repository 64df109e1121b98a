"""The chat page in a real browser: talk, tap, call, leave without a trace."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ANTAM_SCREENSHOTS")


def write(page: Page, text: str) -> None:
    turns = page.locator(".turn").count()
    page.locator("#box").fill(text)
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator(".turn")).to_have_count(turns + 1)


def shot(page: Page, name: str) -> None:
    """Keep a picture when asked to (ANTAM_SCREENSHOTS=folder)."""
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png")


def test_a_question_is_answered_with_its_article(phone: Page) -> None:
    write(phone, "đánh vợ bị phạt bao nhiêu tiền")
    expect(phone.locator(".turn").last).to_contain_text("282/2025/NĐ-CP")
    shot(phone, "question")


def test_a_choice_leads_on(phone: Page) -> None:
    write(phone, "đánh vợ bị phạt bao nhiêu tiền")
    button = phone.locator(".turn").last.locator(".choices button").first
    label = button.inner_text()
    button.click()
    expect(phone.locator(".mine").last).to_have_text(label)
    expect(phone.locator(".turn")).to_have_count(3)


def test_danger_comes_with_numbers_to_tap(phone: Page) -> None:
    write(phone, "ck e quynh e hoai gio e fai lam sao")
    turn = phone.locator(".turn.danger")
    expect(turn.locator(".say").first).to_contain_text("Gọi ngay: 113")
    expect(turn.locator('a[href="tel:113"]')).to_be_visible()
    expect(turn.locator('a[href="tel:18008077"]')).to_be_visible()
    expect(turn.get_by_role("button", name="Không phải chuyện đó")).to_be_visible()
    shot(phone, "danger")


@pytest.mark.parametrize("way", ["button", "escape", "choice"])
def test_quick_exit_leaves_no_way_back(browser: Browser, site: Site, way: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.goto("about:blank")
    page.goto(site.url)
    page.get_by_text("mình là An Tâm").wait_for()
    write(page, "nó đang đánh em cứu em")
    if way == "button":
        page.get_by_role("button", name="Thoát nhanh").click()
    elif way == "escape":
        page.locator("#box").press("Escape")
    else:
        page.get_by_role("button", name="Giấu cuộc trò chuyện").click()
    page.wait_for_url("**/")
    expect(page).to_have_title("Thời tiết")
    page.go_back()
    assert page.url == "about:blank"
    context.close()


def test_erasing_empties_the_page_and_the_memory(phone: Page, site: Site) -> None:
    write(phone, "luật bình đẳng giới là gì")
    with phone.expect_request(lambda r: r.method == "DELETE"):
        phone.get_by_role("button", name="Xoá cuộc trò chuyện").click()
    expect(phone.locator(".mine")).to_have_count(0)
    expect(phone.locator("#talk")).not_to_contain_text("bình đẳng")


def test_nothing_is_stored_in_the_browser(phone: Page) -> None:
    write(phone, "chồng em giữ hết tiền")
    kept = phone.evaluate(
        "async () => JSON.stringify([localStorage.length, sessionStorage.length, document.cookie,"
        " (await indexedDB.databases()).length, (await caches.keys()).length, history.length])"
    )
    stored = json.loads(kept)
    assert stored[:5] == [0, 0, "", 0, 0]
    assert phone.context.cookies() == []


def test_it_fits_320_pixels(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 568})
    page = context.new_page()
    page.goto(site.url)
    page.get_by_text("mình là An Tâm").wait_for()
    write(page, "ck e quynh e hoai gio e fai lam sao")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    shot(page, "small")
    context.close()


def test_it_can_be_read_in_the_dark(browser: Browser, site: Site) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 700}, color_scheme="dark", locale="vi-VN"
    )
    page = context.new_page()
    page.goto(site.url)
    page.get_by_text("mình là An Tâm").wait_for()
    write(page, "bị sếp quấy rối tình dục thì làm sao")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(x) for x in ground[4:-1].split(",")) < 200
    shot(page, "dark")
    context.close()


def test_a_screen_reader_finds_its_way(phone: Page) -> None:
    expect(phone.get_by_role("log", name="Cuộc trò chuyện")).to_be_attached()
    expect(phone.get_by_role("textbox", name="Bạn viết ở đây")).to_be_visible()
    expect(phone.get_by_role("heading", name="An Tâm")).to_be_visible()
    expect(phone.get_by_role("link", name="Gọi 113, Công an (khẩn cấp)")).to_be_visible()
    assert phone.locator("html").get_attribute("lang") == "vi"
    unnamed = phone.evaluate(
        "[...document.querySelectorAll('button,a,textarea')].filter(e =>"
        " !(e.innerText || e.ariaLabel || e.labels?.length)).length"
    )
    assert unnamed == 0


def test_a_place_can_be_shared(browser: Browser, site: Site) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 700},
        geolocation={"latitude": 10.386123, "longitude": 105.435456},
        permissions=["geolocation"],
    )
    page = context.new_page()
    page.goto(site.url)
    page.get_by_text("mình là An Tâm").wait_for()
    write(page, "gần đây có chỗ nào tạm lánh không")
    page.get_by_role("button", name="Dùng vị trí của tôi").click()
    expect(page.locator(".turn").last).to_contain_text("Mình dùng xong rồi, không giữ lại")
    assert "10.386" not in page.content()
    context.close()


def test_a_lost_connection_keeps_the_numbers_and_the_message(phone: Page) -> None:
    def drop(route: Route) -> None:
        route.abort()

    phone.route("**/chat", drop)
    phone.locator("#box").fill("cấm tiếp xúc là gì")
    phone.get_by_role("button", name="Gửi", exact=True).click()
    expect(phone.get_by_text("Mất kết nối")).to_be_visible()
    expect(phone.locator(".urgent a").first).to_be_visible()
    phone.unroute("**/chat", drop)
    phone.get_by_role("button", name="Gửi lại").click()
    expect(phone.locator(".turn").last).to_contain_text("Căn cứ")


def test_markup_stays_text(phone: Page) -> None:
    write(phone, "<img src=x onerror=document.title='hỏng'>")
    expect(phone.locator(".mine").last).to_contain_text("<img")
    assert phone.title() == "An Tâm"


def test_the_page_stays_light(site: Site, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    sizes: list[int] = []
    page.on(
        "response", lambda r: sizes.append(len(r.body())) if r.request.method == "GET" else None
    )
    page.goto(site.url)
    page.get_by_text("mình là An Tâm").wait_for()
    assert sum(sizes) < 60_000
    assert len(sizes) == 3
    context.close()
