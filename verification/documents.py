"""The seven documents a citizen may prove themselves with: how a number is read, and why it is not taken.

What was typed is first brought into one form (full-width digits, spaces, dashes), so that nobody is refused
for a keyboard. Names are read in names.py. A refusal is a key; its words (what is wrong, how to mend it) are
in words.yml.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from stdnum import numdb
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

OLDEST_YEARS = 130
_BETWEEN = {"Cf", "Pd", "Ps", "Pe"}  # invisible marks, dashes, brackets


class DocumentKind(StrEnum):
    RESIDENT_ID = "resident_id"  # 居民身份证
    OVERSEAS_PASSPORT = "overseas_passport"  # 华侨所持中国护照
    HKMT = "hkmt"  # 港澳居民来往内地通行证
    TAIWAN = "taiwan"  # 台湾居民来往大陆通行证
    GAT_RESIDENCE = "gat_residence"  # 港澳台居民居住证
    FOREIGN_PERMANENT = "foreign_permanent"  # 外国人永久居留身份证
    FOREIGN_PASSPORT = "foreign_passport"  # 外国护照


class Refusal(StrEnum):
    """Why a number or a name was not taken."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    OLD_15_DIGITS = "old_15_digits"
    NOT_DIGITS = "not_digits"
    BAD_CHECK_DIGIT = "bad_check_digit"
    IMPOSSIBLE_BIRTH_DATE = "impossible_birth_date"
    UNKNOWN_REGION = "unknown_region"
    IS_GAT_RESIDENCE = "is_gat_residence"
    IS_RESIDENT_ID = "is_resident_id"
    IS_FOREIGN_PERMANENT = "is_foreign_permanent"
    NOT_A_CHINESE_PASSPORT = "not_a_chinese_passport"
    NOT_H_OR_M = "not_h_or_m"
    OLD_TAIWAN_PERMIT = "old_taiwan_permit"
    NOT_A_FOREIGN_PERMANENT = "not_a_foreign_permanent"
    NOT_A_PASSPORT = "not_a_passport"
    NAME_EMPTY = "name_empty"
    NAME_TOO_SHORT = "name_too_short"
    NAME_TOO_LONG = "name_too_long"
    NAME_WITH_DIGITS = "name_with_digits"
    NAME_NOT_CHINESE = "name_not_chinese"
    NAME_MIXED = "name_mixed"
    NAME_ODD_CHARACTER = "name_odd_character"
    NAME_DOT_MISPLACED = "name_dot_misplaced"


@dataclass(frozen=True, slots=True)
class Document:
    """A number in the one form it is stored and looked up in, with the birth date if it tells one."""

    kind: DocumentKind
    number: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)


def read_number(kind: DocumentKind, typed: str, today: date) -> Document | Refusal:
    """The document that was meant, or why it cannot be one. `today` is the Beijing date."""
    number = _compact(typed)
    if not number:
        return Refusal.EMPTY
    return _READERS[kind](number, today)


def _resident_id(number: str, today: date) -> Document | Refusal:
    if _is(r"\d{15}", number):
        return Refusal.OLD_15_DIGITS
    if number.startswith(("81", "82", "83")):
        return Refusal.IS_GAT_RESIDENCE
    if number.startswith("9") and len(number) == 18:
        return Refusal.IS_FOREIGN_PERMANENT
    return _eighteen(DocumentKind.RESIDENT_ID, number, today)


def _gat_residence(number: str, today: date) -> Document | Refusal:
    read = _eighteen(DocumentKind.GAT_RESIDENCE, number, today)
    if isinstance(read, Document) and not number.startswith(("810000", "820000", "830000")):
        return Refusal.IS_RESIDENT_ID
    return read


def _foreign_permanent(number: str, today: date) -> Document | Refusal:
    # The card of 2017 bears three letters and twelve digits; the card of December 2023 bears eighteen digits
    # that begin with 9 and end with the check digit of GB 11643 (National Immigration Administration, 2023).
    if _is(r"[A-Z]{3}\d{12}", number):
        return Document(DocumentKind.FOREIGN_PERMANENT, number)
    if number[0].isalpha() or (len(number) == 18 and number[0] != "9"):
        return Refusal.NOT_A_FOREIGN_PERMANENT
    return _eighteen(DocumentKind.FOREIGN_PERMANENT, number, today)


def _eighteen(kind: DocumentKind, number: str, today: date) -> Document | Refusal:
    """Eighteen characters after GB 11643: a region, the birth date, an order, a check digit."""
    if len(number) != 18:
        return Refusal.TOO_SHORT if len(number) < 18 else Refusal.TOO_LONG
    if not _is(r"[0-9]{17}[0-9X]", number):
        return Refusal.NOT_DIGITS
    born = _birth_date(number, today)
    if born is None:
        return Refusal.IMPOSSIBLE_BIRTH_DATE
    if kind == DocumentKind.RESIDENT_ID and not _is_province(number[:2]):
        return Refusal.UNKNOWN_REGION
    if number[-1] != ric.calc_check_digit(number):
        return Refusal.BAD_CHECK_DIGIT
    return Document(kind, number, born)


def _overseas_passport(number: str, _: date) -> Document | Refusal:
    # Ordinary passports bear E and eight digits, or E, a letter and seven digits; before them G and eight
    # digits. The others are for public affairs.
    if _is(r"[EG]\d{8}|E[A-HJ-NP-Z]\d{7}|[DSP]\d{7,8}|[DSP]E\d{7}", number):
        return Document(DocumentKind.OVERSEAS_PASSPORT, number)
    return _length(number, 9) or Refusal.NOT_A_CHINESE_PASSPORT


def _hkmt(number: str, _: date) -> Document | Refusal:
    # Nine characters are the holder's for life; two more on old cards count renewals (Ministry of Public
    # Security, 2010), so they are not part of who somebody is. HA and MA stand on the cards of permanent
    # residents of another nationality (National Immigration Administration, July 2024).
    if _is(r"[HM](\d{8}(\d{2})?|A\d{7})", number):
        return Document(DocumentKind.HKMT, number[:9])
    if number[0] not in "HM":
        return Refusal.NOT_H_OR_M
    return _length(number, 9) or Refusal.NOT_DIGITS


def _taiwan(number: str, _: date) -> Document | Refusal:
    if _is(r"\d{8}", number):
        return Document(DocumentKind.TAIWAN, number)
    if _is(r"\d{10}[A-Z]?", number):
        return Refusal.OLD_TAIWAN_PERMIT
    return _length(number, 8) or Refusal.NOT_DIGITS


def _foreign_passport(number: str, _: date) -> Document | Refusal:
    if _is(r"(?=.*\d)[A-Z0-9]{5,15}", number):
        return Document(DocumentKind.FOREIGN_PASSPORT, number)
    if len(number) < 5:
        return Refusal.TOO_SHORT
    return Refusal.TOO_LONG if len(number) > 15 else Refusal.NOT_A_PASSPORT


_READERS: dict[DocumentKind, Callable[[str, date], Document | Refusal]] = {
    DocumentKind.RESIDENT_ID: _resident_id,
    DocumentKind.OVERSEAS_PASSPORT: _overseas_passport,
    DocumentKind.HKMT: _hkmt,
    DocumentKind.TAIWAN: _taiwan,
    DocumentKind.GAT_RESIDENCE: _gat_residence,
    DocumentKind.FOREIGN_PERMANENT: _foreign_permanent,
    DocumentKind.FOREIGN_PASSPORT: _foreign_passport,
}


def _compact(typed: str) -> str:
    """Without spaces, dashes and brackets, in half-width capitals; what looks like a final X is one."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    kept = "".join(
        c for c in plain if not (c.isspace() or unicodedata.category(c) in {"Cf", "Pd", "Ps", "Pe"})
    )
    return re.sub("[×✕✖ХΧ]$", "X", kept)


def _is(pattern: str, number: str) -> bool:
    # Without ASCII, \d would take digits of every script.
    return re.fullmatch(pattern, number, re.ASCII) is not None


def _length(number: str, right: int) -> Refusal | None:
    if len(number) == right:
        return None
    return Refusal.TOO_SHORT if len(number) < right else Refusal.TOO_LONG


def _birth_date(number: str, today: date) -> date | None:
    try:
        born = ric.get_birth_date(number)
    except ValidationError:
        return None
    return born if born <= today and today.year - born.year <= OLDEST_YEARS else None


def _is_province(code: str) -> bool:
    """Whether GB/T 2260 knows the first two digits.

    The county is not asked: whoever registered late bears the code of a county younger than themselves, and
    no table holds every code that ever was. Whether the number exists is the registry's to say.
    """
    found: list[tuple[str, dict[str, str]]] = numdb.get("cn/loc").info(code + "0000")
    return any("province" in properties for _, properties in found)
