"""What passes between a channel and the conversation: two closed unions of plain values.

A channel turns its own pushes into `Heard` and lowers what it cannot show of `Saying` by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# ---- what a citizen did ----


@dataclass(frozen=True, slots=True)
class Words:
    """Text that was typed, spoken (recognised by WeChat) or sent by tapping an option.

    `option` is the id of the tapped option (WeChat's bizmsgmenuid), None otherwise.
    """

    text: str
    via: Literal["typed", "voice", "tapped"] = "typed"
    option: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture or sticker; it can be fetched by `media_id` for three days."""

    media_id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """A voice message that WeChat did not put into words, a video or a short video."""

    kind: Literal["voice", "video", "shortvideo"]
    media_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """A location that the citizen sent on purpose (not the reported one)."""

    latitude: float
    longitude: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class SharedLink:
    """A link card."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Followed:
    """The account was followed; `scene` is the parameter of the scanned code, if there was one."""

    scene: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """The account was unfollowed: nothing can be sent any more."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A follower scanned a code of ours."""

    scene: str


@dataclass(frozen=True, slots=True)
class MenuTapped:
    """A CLICK button of the menu, by its key."""

    key: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Any other event (views, job results, privacy events, unknown ones): recorded, seldom answered."""

    event: str
    detail: str = ""


Act = Words | Picture | Recording | Place | SharedLink | Followed | Left | Scanned | MenuTapped | Notice


def label(act: Act) -> str:
    """What stands in the thread for a push without words."""
    match act:
        case MenuTapped(key):
            return key
        case Scanned(scene) | Followed(str(scene)):
            return scene
        case Recording(kind):
            return kind
        case Notice(event):
            return event
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class Heard:
    """One push from one citizen. The same `key` means the same push, however often it arrives."""

    key: str
    openid: str
    at: datetime
    act: Act


# ---- what we say ----


@dataclass(frozen=True, slots=True)
class Option:
    """Something to tap; it comes back as Words(via="tapped", option=id, text=label)."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Text:
    """Words, with options to tap below them. A link in the words is written [label](https://…)."""

    words: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A picture-and-link card."""

    title: str
    words: str
    url: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its WeChat media id."""

    media_id: str


@dataclass(frozen=True, slots=True)
class Illustration:
    """A picture of the content by its name; the channel brings it there when the message leaves."""

    name: str


@dataclass(frozen=True, slots=True)
class PassToWeChatAgents:
    """Hand this citizen to WeChat's own agent system (only as the answer to a message)."""

    account: str = ""


Saying = Text | Card | Image | Illustration | PassToWeChatAgents
