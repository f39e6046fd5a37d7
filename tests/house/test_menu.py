"""The menu marks the place where somebody is, and never two."""

import pytest

from bot.forms import Forms
from bot.pages import MenuEntry, Pages
from bot.rights import Right, Role
from bot.sessions import Session
from bot.staff import Staff

MENU = [
    MenuEntry("客服台", "/desk", Right.ANSWER),
    MenuEntry("看板", "/desk/board", Right.SEE_REPORTS),
    MenuEntry("内容", "/content", Right.READ_CONTENT),
]


@pytest.fixture
def pages():
    return Pages(Forms(b"k" * 32, secure=False), menu=MENU)


@pytest.fixture
def somebody(clock):
    def of(role: Role) -> Session:
        return Session(1, Staff(1, "某某", role, False, None), clock(), clock(), clock(), "", "")

    return of


class TestThePlaceInTheMenu:
    @pytest.mark.parametrize(
        ("path", "title"),
        [
            ("/desk", "客服台"),
            ("/desk/case/7", "客服台"),
            ("/desk/board", "看板"),
            ("/desk/board/older", "看板"),
            ("/desk/boards", "客服台"),
            ("/content/topic", "内容"),
            ("/desktop", None),
            ("/", None),
        ],
    )
    def test_is_the_longest_path_that_leads_there(self, pages, somebody, path, title):
        place = pages.place_of(path, somebody(Role.SUPERVISOR))
        assert (place.title if place else None) == title

    def test_is_one_that_the_person_sees(self, pages, somebody):
        agent = somebody(Role.AGENT)
        assert [entry.title for entry in pages.menu_for(agent)] == ["客服台", "内容"]
        assert pages.place_of("/desk/board", agent) == MENU[0]

    def test_is_none_for_strangers(self, pages):
        assert pages.place_of("/desk", None) is None
