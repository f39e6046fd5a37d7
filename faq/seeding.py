"""The shipped content becomes release 1, and follows the product until editors publish their own."""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from faq import records, reply_keys
from faq.content_models import Content
from faq.loading import load_content

SHIPPED_BY = "shipped"
"""Who wrote the releases that came with the product."""


def completed(content: Content, folder: Path) -> Content:
    """`content` with the fixed sentences and buttons that this version speaks of and it does not have yet.

    Editors own the live release across updates of the program; what is new to it is worded as shipped.
    """
    replies = content.replies
    if reply_keys.SENTENCES.keys() <= replies.sentences.keys() and replies.labels.keys() >= reply_keys.LABELS:
        return content
    shipped = load_content(folder).replies
    whole = {
        "sentences": {**shipped.sentences, **replies.sentences},
        "labels": {**shipped.labels, **replies.labels},
    }
    return content.model_copy(update={"replies": replies.model_copy(update=whole)})


def seed(tx: sa.Connection, folder: Path, at: datetime) -> int | None:
    """Publish the content of `folder` where nobody has edited; the number of the new release, if any.

    Nothing happens when editors own the live release, or when this very content was shipped last
    (so that an operator who went back to an older release is not overruled at the next start).

    Raises:
        ContentRefused: the folder holds errors; nothing was changed.
    """
    seen = records.newest_number(tx)  # read first: what comes after it breaks the key below
    author = records.author_of_live(tx)
    if author not in (None, SHIPPED_BY):
        return None
    content = load_content(folder)
    if records.newest_by(tx, SHIPPED_BY) == content.fingerprint():
        return None
    try:
        with tx.begin_nested():
            return records.publish(tx, content, SHIPPED_BY, "", at, after=seen)
    except sa.exc.IntegrityError:  # another process started at the same moment and was faster
        return None
