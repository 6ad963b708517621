"""A menu leads to pages that open: nobody is shown a door that is locked for their role."""

from __future__ import annotations

import re

import pytest

from tests.http.world import World


@pytest.mark.parametrize("who", ["manager.sea", "manager.boi", "owner", "accountant"])
def test_every_page_of_a_menu_opens_for_whom_it_is_shown_to(world: World, who: str) -> None:
    browser = world.browser(who)
    page = browser.get("/manage/revenue").text
    menu = re.search(r'<nav[^>]*aria-label="Main">(.*?)</nav>', page, re.S)
    assert menu
    doors = re.findall(r'href="([^"]+)"', menu[1])
    assert len(doors) > 8
    assert {door: browser.get(door).status_code for door in doors} == dict.fromkeys(doors, 200)
    assert ("/manage/closing" in doors) is (who == "owner")
