"""The bank card of residents: four elements, then a code to the phone reserved at the bank."""

import hmac
import re
from datetime import datetime, timedelta

from stdnum import luhn

from verification.answers import Answer, Asked, Room, refused
from verification.knocks import may_knock
from verification.ports import BankCard, SentCode, Unavailable

PHONE = re.compile(r"1[3-9]\d{9}")
CARD_DIGITS = range(13, 20)
CODE_LIFETIME = timedelta(minutes=5)


async def bankcard(room: Room, asked: Asked) -> Answer:
    """Name, number, card and phone, asked of the bank; when they match, the code is sent."""
    if asked.button == "other":
        return Answer("other")
    card, phone = digits(asked.fields.get("card", "")), digits(asked.fields.get("phone", ""))
    faults = [fault for fault in (card_fault(card), phone_fault(phone)) if fault]
    if faults:
        return refused("mistaken", *faults)
    if not await _may_try(room, asked, "bank"):
        return refused("too_many", "form:too_many")
    try:
        if await room.cards.answer_to(BankCard(asked.who, card, phone)) == "mismatch":
            return refused("mismatch", "form:card_mismatch")
    except Unavailable:
        return refused("unavailable", "form:bank_unavailable")
    try:
        sent = await room.sms.send_code(phone)
    except Unavailable:
        return refused("unavailable", "form:sms_unavailable")
    return Answer("matched", (), {"phone": phone, "card_tail": card[-4:], **_sent(room, sent)})


async def code(room: Room, asked: Asked) -> Answer:
    """The six digits that were sent."""
    match asked.button:
        case "change":
            return Answer("change")
        case "again":
            return await _send_again(room, asked)
    typed = digits(asked.fields.get("code", ""))
    if len(typed) != 6:
        return refused("mistaken", "code:code_not_six")
    if datetime.fromisoformat(asked.facts["code_until"]) <= room.house.clock():
        return refused("too_old", "code:code_too_old")
    if not hmac.compare_digest(typed, asked.facts["code"]):
        return refused("wrong", "code:code_wrong")
    return Answer("right", (), {"code": "", "has_bank_card": True})


async def _send_again(room: Room, asked: Asked) -> Answer:
    if not await _may_try(room, asked, "code"):
        return refused("too_many", "form:codes_too_many")
    try:
        sent = await room.sms.send_code(asked.facts["phone"])
    except Unavailable:
        return refused("unavailable", "form:sms_unavailable")
    return Answer("sent_again", (), _sent(room, sent))


async def _may_try(room: Room, asked: Asked, kind: str) -> bool:
    limit, now = room.rules.codes_per_hour if kind == "code" else room.rules.per_openid, room.house.clock()
    who = asked.case.openid.encode()
    return await room.house.write(lambda tx: may_knock(tx, kind, who, limit, now))


def _sent(room: Room, sent: SentCode) -> dict[str, object]:
    until = (room.house.clock() + CODE_LIFETIME).isoformat()
    return {"code": sent.code, "code_until": until, "code_is_shown": sent.is_shown}


def card_fault(card: str) -> str:
    """The reason why these digits are no card number; empty when they may be one."""
    if not card:
        return "card:card_empty"
    if len(card) not in CARD_DIGITS:
        return "card:card_length"
    return "" if luhn.is_valid(card) else "card:card_check_digit"


def phone_fault(phone: str) -> str:
    """The reason why these digits are no mobile number of the mainland; empty when they may be one."""
    if not phone:
        return "phone:phone_empty"
    return "" if PHONE.fullmatch(phone) else "phone:phone_form"


def digits(typed: str) -> str:
    """Digits in one form: full width becomes ASCII; spaces and dashes, which people put between, go."""
    return "".join(str(int(each)) for each in typed[:60] if each.isdecimal())


WORDS = {
    bankcard: {"matched", "mistaken", "mismatch", "too_many", "unavailable", "other"},
    code: {"right", "mistaken", "wrong", "too_old", "sent_again", "too_many", "unavailable", "change"},
}
