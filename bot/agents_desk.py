"""The agents' desk as the floor plan builds it, and its rounds as loops."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.channels import wechat_pictures, wechat_words
from bot.channels.wechat_api import WeChatApi
from bot.covers import Covers
from bot.entrance import Entrance
from bot.loops import Loop
from bot.proof import Proof
from bot.settings import Settings
from faq.follow import Follower
from handlers.desk.desk import Desk
from handlers.desk.ports import Ports
from handlers.desk.settings import DeskSettings
from handlers.reception import Live
from verification import finding


def build(
    settings: Settings,
    staff: Entrance,
    live: Follower[Live],
    room: Proof,
    covers: Covers,
    api: WeChatApi,
    *,
    clock: Callable[[], datetime],
    wake: Callable[[], None],
    went_live: Callable[[], None],
) -> Desk:
    """The desk; `wake` starts the delivery early, `went_live` the following of a new release."""
    ports = Ports(
        store=staff.store,
        clock=clock,
        live=lambda: live.current,
        settings=desk_settings(settings),
        render=staff.pages.render,
        require=staff.door.require,
        who=staff.door.signed_in,
        still_in=staff.door.is_request_still_signed_in,
        note=staff.audit.note,
        fit=wechat_words.parts,
        wake=wake,
        public_url=settings.public_url,
        case_of=room.card_for_desk,
        link_for=room.links.link_for,
        proofs=room.house,
        find_person=partial(finding.openids_of, house=room.house),
        went_live=went_live,
        uncover=covers.open,
        fetch_picture=partial(wechat_pictures.fetch, api),
        upload_picture=partial(wechat_pictures.upload, api),
    )
    return Desk(ports)


def desk_settings(settings: Settings) -> DeskSettings:
    """The section `desk` of the settings as the desk takes it."""
    wanted = settings.desk
    plain = {name: getattr(wanted, name) for name in DeskSettings.__slots__ if name != "second_look"}
    return DeskSettings(**plain, second_look=wanted.second_look == "on")


def loops(desk: Desk) -> tuple[Loop, ...]:
    """What somebody does at the desk all day."""
    return (
        Loop("desk_screens", desk.publish_new, every_s=0.25),
        Loop("offer_next", desk.rounds.offer_next, every_s=1),
        Loop("release_idle", desk.rounds.release_idle, every_s=5),
        Loop("wake_snoozed", desk.rounds.wake_snoozed, every_s=5),
        Loop("expire_windows", desk.rounds.expire_windows, every_s=60),
    )
