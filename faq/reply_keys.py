"""The fixed sentences that the conversation says: which keys there are and what each may name.

The contract between the code that speaks and the editors who word it: a sentence must exist for every
key, must name every variable marked with "!", and may name no other.
"""

import string
from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    # arriving
    "welcome": "",
    "welcome_back": "",
    "welcome_scene": "",
    "menu_system": "",
    "menu_faq": "",
    "verification_link": "link!",
    "proof_last_try": "step! reasons!",
    "proof_done": "",
    "proof_other_way": "",
    "proof_returned": "",
    "proof_verified": "",
    "proof_rejected": "why",
    "proof_review_opened": "",
    "proof_review_approved": "",
    # answering
    "ask_which": "",
    "ask_human": "",
    "asked_again": "text!",
    "asked_again_guide": "label! text!",
    "asked_again_human": "",
    "none_of_these": "",
    "resolved_yes": "",
    "resolved_no": "",
    "unsolved_again": "",
    "where_it_sticks": "",
    "go_on": "",
    "not_covered": "",
    "abroad": "",
    "answer_expired": "",
    "fallback_first": "",
    "fallback_second": "",
    "in_english": "",
    "in_letters": "",
    # a human
    "human_queued": "position!",
    "human_full": "position!",
    "human_nobody": "position!",
    "human_after_hours": "next! summary",
    "human_write_again": "next! summary",
    "human_noted": "next!",
    "human_noted_write_again": "next!",
    "human_already": "position",
    "opening_hours": "summary!",
    "human_connected": "agent",
    "human_wechat": "",
    "human_wechat_already": "",
    "human_wechat_tap": "",
    "human_wechat_closed": "next! summary",
    "human_cancelled": "",
    "agent_closed": "",
    "agent_rate": "link!",
    "agent_go_on": "",
    "complaint": "",
    "distress": "",
    # small talk
    "thanks": "",
    "here": "",
    "farewell": "",
    "acknowledged": "",
    # what is not text
    "picture": "",
    "screenshot_looking": "",
    "screenshot_found": "wording!",
    "screenshot_maybe": "",
    "screenshot_unclear": "",
    "screenshot_nothing": "",
    "screenshot_face": "",
    "screenshot_papers": "",
    "sticker": "",
    "voice_unheard": "",
    "video": "",
    "place": "",
    "link": "",
    "empty": "",
    "only_numbers": "",
    # guarding
    "privacy_masked": "",
    "flood_slow": "",
    "error_apology": "",
    # guides
    "guide_which": "",
    "guide_begin": "title! summary",
    "guide_step": "number! title! text!",
    "guide_stuck": "help!",
    "guide_stuck_again": "",
    "guide_stuck_nothing": "",
    "guide_choose": "",
    "guide_first": "",
    "guide_exit": "",
    "guide_ended": "title",
    "guide_resumed": "title!",
    "guide_gone": "",
}
"""Variables by key, separated by blanks; "!" marks those that the citizen must be told."""

LABELS: frozenset[str] = frozenset(
    {
        "next",
        "done",
        "prev",
        "stuck",
        "exit",
        "resume",
        "failing",
        "missing",
        "dead",
        "unscanned",
        "what_now",
        "why",
        "where",
        "duration",
        "is_so",
        "not_so",
        "agreed",
        "filler",
        "a_document",
        "a_card",
        "a_company",
        "an_account",
        "alipay",
        "resolved",
        "unresolved",
        "none_of_these",
        "read_again",
        "human",
        "verify",
        "other_way",
        "faq",
        "guides",
        "farewell",
        "hours",
        "abroad",
        "how_long",
        "cancel_human",
    }
)


def variables(key: str) -> frozenset[str]:
    """Every variable that the sentence may name."""
    return frozenset(name.rstrip("!") for name in SENTENCES[key].split())


def musts(key: str) -> frozenset[str]:
    """The variables that the sentence must name."""
    return frozenset(name.rstrip("!") for name in SENTENCES[key].split() if name.endswith("!"))


def named_in(sentence: str) -> frozenset[str]:
    """The variables that a sentence names, as plain {name} only: a format such as {name:>9} is refused.

    Raises:
        ValueError: braces do not pair, or hold more than a name.
    """
    parts = list(string.Formatter().parse(sentence))
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise ValueError("only {name} is allowed")
    return frozenset(name for _, name, _, _ in parts if name is not None)
