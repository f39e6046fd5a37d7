"""To-dos: chosen, confirmed, called wrong, signed."""

from tests.verification.journey.harness import (
    PASSPORT,
    Citizen,
    World,
)
from verification import matters


class TestTheBusiness:
    async def test_can_be_called_wrong(self, world: World, citizen: Citizen) -> None:
        one = await world.push()
        await citizen.walks_to("business")
        await citizen.presses("wrong")
        await citizen.presses("refuse", why=" ")
        assert "哪里不对" in citizen.wrong[0]
        await citizen.presses("refuse", why="公司名称\x00写错了\u202e")
        assert citizen.step == "returned"

        refused = await world.read(lambda tx: matters.by_ref(tx, one.ref))
        assert (refused.state, refused.refusal) == ("refused", "公司名称写错了")

    async def test_of_somebody_else_cannot_be_chosen(self, world: World, citizen: Citizen) -> None:
        foreign = await world.push("别人的", PASSPORT)
        await world.push()
        await citizen.walks_to("todos")
        assert "别人的" not in citizen.html
        await citizen.presses(matter=foreign.ref)
        assert "已经办完、过期或被撤回" in citizen.wrong[0]
        await citizen.presses(matter=citizen.matter)
        assert citizen.step == "business"

    async def test_that_expired_meanwhile_is_gone(self, world: World, citizen: Citizen) -> None:
        one = await world.push()
        await citizen.walks_to("sign")

        await world.store.write(lambda tx: matters.refuse(tx, one.ref, "撤回", world.house))
        await citizen.signs()
        assert citizen.step == "todos"
        assert "已经办完、过期或被撤回" in citizen.wrong[0]

    async def test_needs_a_real_signature(self, world: World, citizen: Citizen) -> None:
        await world.push()
        await citizen.walks_to("sign")
        assert "张小明" in citizen.html
        for picture, strokes in [("", ""), ("data:image/png;base64,AAAA", "[]"), ("x", "{")]:
            await citizen.presses("sign", picture=picture, strokes=strokes)
            assert "写下您的名字" in citizen.wrong[0]
        await citizen.signs()
        assert citizen.step == "done"
