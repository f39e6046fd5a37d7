"""Numbers that belong to a person, found by their shape and check digit in a normalised text.

A run is a row of digits, perhaps split by single spaces or dashes; a run of six digits or more that is
nothing known is still reported (`number_fragment`): it may be half of an identity number.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

_NUMERALS = "零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
_CHINESE = str.maketrans(_NUMERALS, "0012345678912123456789")
_SPOKEN = re.compile(rf"[{_NUMERALS}](?:[ \-]?[{_NUMERALS}]){{5,}}")
_RUN = re.compile(r"[0-9](?:[ \-_.·/—–]{0,3}[0-9])*(?:[ \-]?x(?![a-z0-9]))?")
_GROUP = re.compile(r"[0-9]+x?|x")
_LETTERED = (
    ("hkmt_permit", re.compile(r"(?<![a-z0-9])[hm][ \-]?(?:[0-9]{8}(?:[0-9]{2})?|a[ \-]?[0-9]{7})(?![0-9])")),
    ("exit_permit", re.compile(r"(?<![a-z0-9])(?:[cwt][ \-]?[0-9]{8}|c[a-z][0-9]{7})(?![0-9])")),
    ("foreign_permanent_id", re.compile(r"(?<![a-z0-9])[a-z]{3}[ \-]?[0-9]{12}(?![0-9])")),
    ("passport", re.compile(r"(?<![a-z0-9])(?:[egdspk][ \-]?[0-9]{8}|[ed][a-z][0-9]{7})(?![0-9])")),
    ("passport", re.compile(r"(?<=护照号码是)[a-z]{1,2}[0-9]{6,8}|(?<=护照号)[a-z]{1,2}[0-9]{6,8}")),
    ("passport", re.compile(r"(?<![a-z0-9])[a-z]{1,2}[0-9]{7,9}(?![0-9])")),
)
_AREAS = (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66))
_PROVINCES = frozenset(str(province) for area in _AREAS for province in area)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10x98765432"
_SHAPE = re.compile(
    r"[1-9][0-9]{14}|[1-9][0-9]{16}[0-9x]|[3-9][0-9]{14,18}|(?:0?086|86)?1[3-9][0-9]{9}"
    r"|0[1-9][0-9]{9,10}|[48]00[0-9]{7}"
)
"""What any of the kinds may look like, so that few values are looked at closely."""
_LONGEST = 19
_FRAGMENT = 6
_HARMLESS_AFTER = re.compile(r"\s*(?:元|块|万|人|%)")
_HARMLESS_BEFORE = re.compile(r"(?:错误码|错误代码|代码|code|版本号?)[:\s]*$")
_FILED_UNDER = re.compile(
    r"(?:(?<!证)(?<!证件)编号|订单号?|单号|流水号|受理号|申请号|注册号|业务号|文号|案号)[是为:\s]*[a-z]{0,4}$"
)
_NUMBERED = re.compile(r"第\s*$"), re.compile(r"\s*号")
_HOTLINE = re.compile(r"[48]00[0-9]{7}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}[\-/.](?:0?[1-9]|1[0-2])[\-/.](?:0?[1-9]|[12][0-9]|3[01])")


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a person at text[start:end] of the normalised text; `value` has no separators."""

    kind: str
    value: str
    start: int
    end: int


def find_numbers(text: str) -> list[Number]:
    """The numbers of `text` (half width, lower case), in order, never overlapping."""
    text = _SPOKEN.sub(lambda found: found.group().translate(_CHINESE), text)
    numbers: list[Number] = []
    for kind, pattern in _LETTERED:
        for found in pattern.finditer(text):
            numbers.append(Number(kind, re.sub(r"[ \-]", "", found.group()), *found.span()))
            text = text[: found.start()] + "\n" * len(found.group()) + text[found.end() :]
    for run in _RUN.finditer(text):
        numbers += _of_run(text, run)
    return sorted(numbers, key=lambda number: number.start)


def is_id_number(value: str) -> bool:
    """Whether an 18-character number fits GB 11643: region, birth date and check digit."""
    return len(value) == 18 and _looks_like_id(value) and check_digit(value) == value[17]


def check_digit(value: str) -> str:
    """The GB 11643 check digit of the first 17 digits, "x" for ten."""
    return _CHECK[sum(w * int(d) for w, d in zip(_WEIGHTS, value[:17], strict=True)) % 11]


def is_card_number(value: str) -> bool:
    """Whether 15 to 19 digits fit the Luhn check of bank cards."""
    if not (value.isdigit() and 15 <= len(value) <= 19 and value[0] in "34569"):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(value))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _of_run(text: str, run: re.Match[str]) -> list[Number]:
    """What the groups of one run of digits are: the most certain numbers first, then fragments."""
    groups = [found.span() for found in _GROUP.finditer(text, *run.span())]
    free = [True] * len(groups)
    numbers: list[Number] = []
    for rank, first, last, value in sorted(_candidates(text, groups)):
        if all(free[first : last + 1]):
            kind = _KINDS[rank][0]
            numbers.append(Number(kind, _bare(kind, value), groups[first][0], groups[last][1]))
            free[first : last + 1] = [False] * (last + 1 - first)
    known = bool(numbers)
    numbers += [rest for rest in _fragments(text, groups, free) if known or not _is_harmless(text, rest)]
    return [number for number in numbers if number.kind != "public"]


def _candidates(text: str, groups: list[tuple[int, int]]) -> Iterator[tuple[int, int, int, str]]:
    """Neighbouring groups that together are a number: the rank of its kind, first and last group, value."""
    for first in range(len(groups)):
        value = ""
        for last in range(first, len(groups)):
            value += text[slice(*groups[last])]
            if len(value) > _LONGEST:
                break
            if _SHAPE.fullmatch(value):
                rank = next((rank for rank, (_, fits) in enumerate(_KINDS) if fits(value)), None)
                if rank is not None:
                    yield rank, first, last, value


def _fragments(text: str, groups: list[tuple[int, int]], free: list[bool]) -> Iterator[Number]:
    """Neighbouring free groups that together hold six digits or more."""
    first = None
    for place in range(len(groups) + 1):
        if place < len(groups) and free[place]:
            first = place if first is None else first
        elif first is not None:
            value = "".join(text[start:end] for start, end in groups[first:place])
            if len(value.rstrip("x")) >= _FRAGMENT:
                yield Number("number_fragment", value, groups[first][0], groups[place - 1][1])
            first = None


def _is_harmless(text: str, rest: Number) -> bool:
    """Sums of money, error codes, dates and what a matter is filed under are nobody's number."""
    before = text[max(0, rest.start - 12) : rest.start]
    if _FILED_UNDER.search(before) or (_NUMBERED[0].search(before) and _NUMBERED[1].match(text, rest.end)):
        return True
    if len(rest.value) >= 11:
        return False
    return bool(
        _HARMLESS_AFTER.match(text, rest.end)
        or _HARMLESS_BEFORE.search(before)
        or _DATE.fullmatch(text, rest.start, rest.end)
    )


def _bare(kind: str, value: str) -> str:
    return value[-11:] if kind == "phone" and not value.startswith("0") else value


def _looks_like_id(value: str) -> bool:
    """Region and birth date fit, whatever the check digit."""
    if not (len(value) == 18 and value[:17].isdigit() and value[:2] in _PROVINCES | {"81", "82", "83"}):
        return False
    return _is_birth_date(value[6:14])


def _is_old_id(value: str) -> bool:
    return (
        len(value) == 15
        and value.isdigit()
        and value[:2] in _PROVINCES
        and _is_birth_date("19" + value[6:12])
    )


def _is_birth_date(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year < 2100
    except ValueError:
        return False


def _is_foreign_permanent(value: str) -> bool:
    return len(value) == 18 and value[:17].isdigit() and value[0] == "9" and check_digit(value) == value[17]


_KINDS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("residence_permit", lambda value: value[:2] in ("81", "82", "83") and is_id_number(value)),
    ("id_number", is_id_number),
    ("foreign_permanent_id", _is_foreign_permanent),
    ("public", lambda value: bool(_HOTLINE.fullmatch(value))),
    ("phone", lambda value: bool(re.fullmatch(r"(?:0?086|86)?1[3-9][0-9]{9}", value))),
    ("id_number", _is_old_id),
    ("bank_card", is_card_number),
    ("id_number_like", _looks_like_id),
    ("phone", lambda value: bool(re.fullmatch(r"0[1-9][0-9]{9,10}", value))),
)
"""In the order of belief: a check digit first, a shape last."""
