"""What the desk refuses, and with which status; the words stand in templates/desk/refusal.html.

DeskRefusal
  ├─ NoSuchCase       404
  ├─ NotYours         403
  ├─ SecondEyes       403
  ├─ Moved            409
  ├─ Full             409
  ├─ NobodyThere      409
  ├─ CitizenWrote     409
  ├─ NothingLeft      409
  ├─ TooLate          409
  ├─ NotKept          410
  ├─ NotUploaded      409
  ├─ PersonalNumber   422
  ├─ NotAPicture      422
  └─ Unusable         422
"""

from typing import ClassVar


class DeskRefusal(Exception):
    """The desk does not do this; `key` names the words for the agent."""

    key: ClassVar[str] = "refused"
    status: ClassVar[int] = 409


class NoSuchCase(DeskRefusal):
    """There is no such case."""

    key, status = "no_such_case", 404


class NotYours(DeskRefusal):
    """Only whoever holds the case may do this."""

    key, status = "not_yours", 403


class SecondEyes(DeskRefusal):
    """A decision is confirmed by somebody else than whoever proposed it."""

    key, status = "second_eyes", 403


class Moved(DeskRefusal):
    """Somebody else was faster: the case is no longer in the state that was seen."""

    key = "moved"


class Full(DeskRefusal):
    """The agent has as many conversations as they can take."""

    key = "full"


class NobodyThere(DeskRefusal):
    """The colleague is not there, or takes nothing just now."""

    key = "nobody_there"


class CitizenWrote(DeskRefusal):
    """The citizen wrote something that the agent has not seen."""

    key = "citizen_wrote"


class NothingLeft(DeskRefusal):
    """WeChat lets nothing more through: the window is closed or its five messages are used up."""

    key = "nothing_left"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class TooLate(DeskRefusal):
    """The message has already left."""

    key = "too_late"


class NotKept(DeskRefusal):
    """What is covered cannot be opened: it was never kept, is forgotten, or its key is gone."""

    key, status = "not_kept", 410

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class PersonalNumber(DeskRefusal):
    """An agent's words with an ID, card or phone number are not sent."""

    key, status = "personal_number", 422

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.why = kind


class NotAPicture(DeskRefusal):
    """The file is no picture, or a far too large one."""

    key, status = "not_a_picture", 422


class NotUploaded(DeskRefusal):
    """WeChat did not take the picture; nothing was sent."""

    key = "not_uploaded"


class Unusable(DeskRefusal):
    """Nothing was written, or far too much, or a field is missing."""

    key, status = "unusable", 422
