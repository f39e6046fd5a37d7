"""Why somebody looks at what is covered."""

from collections.abc import Mapping

from handlers.desk.refusals import Unusable
from handlers.desk.speaking import refuse_numbers

LONGEST = 400


def reason_of(form: Mapping[str, str]) -> str:
    """The reason that was typed; without numbers of people, because it stays in the trail.

    Raises:
        Unusable, PersonalNumber
    """
    reason = form.get("reason", "").strip()
    if not reason or len(reason) > LONGEST:
        raise Unusable
    refuse_numbers(reason)
    return reason
