"""Finds known wordings in text that a machine read off a picture, where a letter may be wrong."""

from collections.abc import Iterator

from nlu.text import normalise, words_only

SURE_LETTERS = 6
"""For each so many letters of a wording, one may be misread."""

_MISREAD = str.maketrans("末朱己巳", "未未已已")
_NEGATING = frozenset("未不无没非失败误错拒暂")
_AFFIRMING = frozenset("已成功")


def folded(text: str) -> str:
    """What equal wordings share: half width, simplified, without signs, look-alikes made one."""
    return words_only(normalise(text, longest=None).text).translate(_MISREAD)


def stands_in(text: str, wording: str) -> bool:
    """Whether the wording stands in the text (both folded), one misread letter in six allowed.

    A "not" may not be lost and a "done" not be read into it: 未通过 is not 已通过.
    """
    if not wording or wording in text:
        return bool(wording)
    slips = len(wording) // SURE_LETTERS
    return any(
        _distance(part, wording) <= slips and _means_the_same(part, wording)
        for part in _candidates(text, wording, slips)
    )


def _candidates(text: str, wording: str, slips: int) -> Iterator[str]:
    """Parts of the text that share a piece with the wording: with n slips, one of n+1 pieces is whole."""
    if not slips:
        return
    size = len(wording) // (slips + 1)
    for n in range(slips + 1):
        begin = n * size
        piece = wording[begin : begin + size]
        place = text.find(piece)
        while place >= 0:
            for start in range(max(0, place - begin - slips), place - begin + slips + 1):
                for end in range(start + len(wording) - slips, start + len(wording) + slips + 1):
                    yield text[max(0, start) : end]
            place = text.find(piece, place + 1)


def _distance(one: str, other: str) -> int:
    """Levenshtein's: letters to put in, leave out or exchange."""
    row = list(range(len(other) + 1))
    for n, letter in enumerate(one, 1):
        above, row[0] = row[0], n
        for m, theirs in enumerate(other, 1):
            above, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, above + (letter != theirs))
    return row[-1]


def _means_the_same(part: str, wording: str) -> bool:
    lost_its_not = _NEGATING & set(wording) and not _NEGATING & set(part)
    return not lost_its_not and not (_AFFIRMING & set(part)) - set(wording)
