"""Safe places in a real browser: position, words, call buttons, and a map only after a tap."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from locations.finder import Finder
from tests.browser.conftest import Site
from tests.browser.test_page import shot, write
from tests.places import HERE_POINT, SECRET, finder

pytestmark = pytest.mark.browser


@pytest.fixture
def near(browser: Browser, site: Site) -> Iterator[Page]:
    """A phone with a position, and three made-up places around it; the world answers nothing."""
    before: Finder = site.app.conversation.finder
    site.app.conversation.finder = finder()
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        geolocation={"latitude": HERE_POINT[0], "longitude": HERE_POINT[1]},
        permissions=["geolocation"],
    )
    page = context.new_page()
    page.goto(site.url)
    page.get_by_text("mình là An Tâm").wait_for()
    yield page
    context.close()
    site.app.conversation.finder = before


def watch(page: Page) -> list[str]:
    """Addresses asked of other machines; they are answered with an empty page."""
    asked: list[str] = []

    def other(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=200, content_type="text/html", body="<p>bản đồ</p>")

    page.route("https://**/*", other)
    return asked


def test_the_position_brings_places_to_call_and_a_map_after_a_tap(near: Page) -> None:
    asked = watch(near)
    write(near, "gần đây có chỗ nào tạm lánh không")
    near.get_by_role("button", name="Dùng vị trí của tôi").click()
    turn = near.locator(".turn").last
    expect(turn).to_contain_text("Nhà thử công khai")
    expect(turn).to_contain_text("Cách khoảng 0,4 km")
    expect(turn).to_contain_text("gọi trước khi đi")
    expect(turn.locator('a[href="tel:0912345678"]')).to_be_visible()
    shot(near, "places")
    assert asked == []
    assert "10.386" not in near.content()
    # One map button: the other two places may not be shown on a map.
    expect(turn.get_by_role("button", name="Xem bản đồ")).to_have_count(1)
    turn.get_by_role("button", name="Xem bản đồ").click()
    expect(turn.locator("iframe")).to_be_visible()
    expect(turn).to_contain_text("openstreetmap.org")
    near.wait_for_timeout(300)
    assert len(asked) == 1
    assert asked[0].startswith("https://www.openstreetmap.org/export/embed.html?")
    shot(near, "places-map")
    expect(turn.locator("a", has_text="Mở bản đồ lớn")).to_have_attribute(
        "rel", "noopener noreferrer"
    )


def test_a_kept_address_is_nowhere_on_the_page(near: Page) -> None:
    write(near, "em ở long xuyên, chỗ nào tạm lánh")
    expect(near.locator(".turn").last).to_contain_text("Nhà thử giữ kín")
    expect(near.locator(".turn").last).to_contain_text("chỉ cho biết qua điện thoại")
    assert SECRET not in near.content()
    assert "10.388" not in near.content()


def test_a_name_of_several_places_becomes_choices(near: Page) -> None:
    write(near, "nhà tạm lánh gần an phú")
    turn = near.locator(".turn").last
    expect(turn).to_contain_text("ở nơi nào")
    turn.get_by_role("button", name="Tịnh Biên").click()
    expect(near.locator(".turn").last).to_contain_text("Mình tìm quanh")
    shot(near, "places-choice")


def test_the_list_works_when_the_map_cannot_be_reached(near: Page) -> None:
    near.route("https://**/*", lambda route: route.abort())
    write(near, "em ở long xuyên, chỗ nào tạm lánh")
    turn = near.locator(".turn").last
    turn.get_by_role("button", name="Xem bản đồ").click()
    expect(turn.locator("iframe")).to_be_visible()
    expect(turn).to_contain_text("Nhà thử công khai")
    expect(turn.locator('a[href="tel:0912345678"]')).to_be_visible()
