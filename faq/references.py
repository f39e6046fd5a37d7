"""What one part of the content says of another: every name must lead somewhere, every walk must end."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from faq import reply_keys
from faq.content_models import Button, Content, Guide, Scene, Topic
from faq.findings import Finding, close_to
from nlu.text import normalise, words_only

TOP_NAME_BYTES, SUB_NAME_BYTES, KEY_BYTES, URL_BYTES = 16, 60, 128, 1024
"""WeChat's limits for menu/create, in UTF-8 bytes."""

MENU_KEYS = frozenset({"human", "system", "faq"})
"""Menu keys that the conversation understands, beside topic:<id> and guide:<id>."""

SCREEN_LETTERS = 4
"""Shorter wordings stand in too many screenshots by chance."""

Known = Mapping[str, object]


def references(content: Content) -> Iterator[Finding]:
    """Everything in the content that leads nowhere, is said twice, or cannot be said at all."""
    topics = {topic.id: topic for topic in content.topics}
    guides = {guide.id: guide for guide in content.guides}
    yield from _ids_twice(content)
    for category in content.categories:
        for n, topic in enumerate(category.topics):
            yield from _topic(f"topics/{category.slug}.yml", f"topics[{n}]", topic, topics, guides)
    for guide in content.guides:
        yield from _guide(guide, topics)
    yield from _replies(content)
    yield from _typed(content)
    for step, scene in content.replies.scenes.items():
        yield from _scene(f"scenes.{step}", scene, topics, guides)
    for n, button in enumerate(content.menu.buttons):
        yield from _button(f"buttons[{n}]", button, TOP_NAME_BYTES, topics, guides)
    yield from _hours_words(content)
    yield from _screens(content, topics)


def _ids_twice(content: Content) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for category in content.categories:
        file = f"topics/{category.slug}.yml"
        for n, topic in enumerate(category.topics):
            if topic.id in first:
                yield _error("twice_id", file, topic.id, f"topics[{n}].id", elsewhere=first[topic.id])
            first.setdefault(topic.id, file)
    seen: set[str] = set()
    for guide in content.guides:
        if guide.id in seen:
            yield _error("twice_id", f"guides/{guide.id}.yml", guide.id, "id", elsewhere="guides/")
        seen.add(guide.id)


def _topic(file: str, path: str, topic: Topic, topics: Known, guides: Known) -> Iterator[Finding]:
    for n, other in enumerate(topic.related):
        where = f"{path}.related[{n}]"
        if other == topic.id:
            yield _error("related_itself", file, topic.id, where)
        yield from _lead("unknown_topic", other, topics, file, topic.id, where)
    for n, action in enumerate(topic.actions):
        yield from _lead("unknown_guide", action.id, guides, file, topic.id, f"{path}.actions[{n}].id")


def _guide(guide: Guide, topics: Known) -> Iterator[Finding]:
    file = f"guides/{guide.id}.yml"
    steps = {step.id: step for step in guide.steps}
    yield from _lead("unknown_step", guide.start, steps, file, guide.id, "start")
    seen: set[str] = set()
    for n, step in enumerate(guide.steps):
        path = f"steps[{n}]"
        if step.id in seen:
            yield _error("twice_id", file, step.id, f"{path}.id", elsewhere=file)
        seen.add(step.id)
        yield from _lead("unknown_topic", step.topic, topics, file, step.id, f"{path}.topic")
        for way in step.ways:
            yield from _lead("unknown_step", way, steps, file, step.id, path)
        labels = [choice.label for choice in step.options]
        for label in {label for label in labels if labels.count(label) > 1}:
            yield _error("same_option", file, step.id, path, label=label)
    reached = _reach({guide.start}, lambda step: steps[step].ways if step in steps else ())
    ending = _reach({step.id for step in guide.steps if step.end}, lambda end: _before(guide, end))
    for n, step in enumerate(guide.steps):
        if step.id not in reached:
            yield _error("unreachable_step", file, step.id, f"steps[{n}]")
        elif step.id not in ending:
            yield _error("no_end", file, step.id, f"steps[{n}]")


def _before(guide: Guide, step: str) -> Iterable[str]:
    return (other.id for other in guide.steps if step in other.ways)


def _reach(found: set[str], ways: Callable[[str], Iterable[str]]) -> set[str]:
    """Everything that can be reached from `found`, itself included."""
    waiting = list(found)
    while waiting:
        new = set(ways(waiting.pop())) - found
        found |= new
        waiting += new
    return found


def _replies(content: Content) -> Iterator[Finding]:
    file, replies = "replies.yml", content.replies
    for key in sorted(reply_keys.SENTENCES.keys() - replies.sentences.keys()):
        yield _error("missing_reply", file, key, "sentences")
    for key in sorted(reply_keys.LABELS - replies.labels.keys()):
        yield _error("missing_label", file, key, "labels")
    for key in replies.labels.keys() - reply_keys.LABELS:
        yield _error("unknown_label", file, key, f"labels.{key}", close=close_to(key, reply_keys.LABELS))
    for key, sentence in replies.sentences.items():
        path = f"sentences.{key}"
        if key in reply_keys.SENTENCES:
            yield from sentence_findings(file, key, path, sentence)
        else:
            yield _error("unknown_reply", file, key, path, close=close_to(key, reply_keys.SENTENCES))


def _typed(content: Content) -> Iterator[Finding]:
    """Wordings that stand for a button or for distress: each needs letters, and means one button."""
    file, meant = "replies.yml", dict[str, str]()
    for label, wordings in content.replies.typed.items():
        if label not in reply_keys.LABELS:
            yield _error(
                "unknown_label", file, label, f"typed.{label}", close=close_to(label, reply_keys.LABELS)
            )
            continue
        for words in (content.replies.labels.get(label, label), *wordings):
            bare = words_only(normalise(words).text)
            other = meant.setdefault(bare, label)
            if not bare:
                yield _error("no_words", file, label, f"typed.{label}", words=words)
            elif other != label:
                yield _error(
                    "typed_twice", file, label, f"typed.{label}", words=words, label=label, other=other
                )
    for n, words in enumerate(content.replies.distress):
        if not words_only(normalise(words).text):
            yield _error("no_words", file, "distress", f"distress[{n}]", words=words)


def sentence_findings(file: str, key: str, path: str, sentence: str) -> Iterator[Finding]:
    """What keeps a fixed sentence from being said: wrong braces, unknown or missing variables."""
    yield from _braces(file, key, path, sentence, may=reply_keys.variables(key), must=reply_keys.musts(key))


def _braces(
    file: str, key: str, path: str, sentence: str, *, may: frozenset[str], must: frozenset[str]
) -> Iterator[Finding]:
    try:
        named = reply_keys.named_in(sentence)
    except ValueError:
        yield _error("bad_braces", file, key, path)
        return
    known = "、".join(sorted(may)) or "（没有）"
    for name in sorted(named - may):
        yield _error("unknown_variable", file, key, path, name=name, known=known)
    for name in sorted(must - named):
        yield _error("missing_variable", file, key, path, name=name)


def _scene(path: str, scene: Scene, topics: Known, guides: Known) -> Iterator[Finding]:
    yield from _lead("unknown_topic", scene.topic, topics, "replies.yml", path, f"{path}.topic")
    yield from _lead("unknown_guide", scene.guide, guides, "replies.yml", path, f"{path}.guide")
    for failure, inner in scene.failures.items():
        yield from _scene(f"{path}.failures.{failure}", inner, topics, guides)


def _button(path: str, button: Button, limit: int, topics: Known, guides: Known) -> Iterator[Finding]:
    file = "menu.yml"
    size = len(button.name.encode())
    if size > limit:
        yield _error(
            "name_bytes", file, button.name, f"{path}.name", name=button.name, size=size, limit=limit
        )
    for words, most in ((button.key, KEY_BYTES), (button.url, URL_BYTES)):
        if words and len(words.encode()) > most:
            yield _error("key_bytes", file, button.name, path, size=len(words.encode()), limit=most)
    if button.key:
        kind, _, id_ = button.key.partition(":")
        if kind in ("topic", "guide"):
            known = topics if kind == "topic" else guides
            yield from _lead(f"unknown_{kind}", id_, known, file, button.name, f"{path}.key")
        elif button.key not in MENU_KEYS:
            yield _error("unknown_menu_key", file, button.name, f"{path}.key", key=button.key)
    for n, inner in enumerate(button.sub):
        if inner.sub:
            yield _error("menu_action", file, inner.name, f"{path}.sub[{n}]")
        yield from _button(f"{path}.sub[{n}]", inner, SUB_NAME_BYTES, topics, guides)


def _hours_words(content: Content) -> Iterator[Finding]:
    words = content.hours.words
    told = {
        "day": (words.day, frozenset({"month", "day", "weekday"})),
        "tomorrow": (words.tomorrow, frozenset({"day"})),
        "moment": (words.moment, frozenset({"day", "time"})),
    }
    for key, (sentence, may) in told.items():
        must = may if key == "moment" else frozenset()
        yield from _braces("hours.yml", key, f"words.{key}", sentence, may=may, must=must)


def _screens(content: Content, topics: Known) -> Iterator[Finding]:
    """Wordings of error pages: each leads to a topic, stands once, and is long enough to be telling."""
    file, meant = "screens.yml", dict[str, str]()
    for n, screen in enumerate(content.screens.screens):
        path = f"screens[{n}]"
        yield from _lead("unknown_topic", screen.topic, topics, file, screen.topic, f"{path}.topic")
        for m, words in enumerate(screen.wordings):
            bare, where = words_only(normalise(words).text), f"{path}.wordings[{m}]"
            if len(bare) < SCREEN_LETTERS:
                yield _error("screen_short", file, screen.topic, where, words=words, least=SCREEN_LETTERS)
            elif bare in meant:
                yield _error("screen_twice", file, screen.topic, where, words=words, other=meant[bare])
            meant.setdefault(bare, screen.topic)


def _lead(code: str, name: str | None, known: Known, file: str, entry: str, path: str) -> Iterator[Finding]:
    if name is not None and name not in known:
        yield _error(code, file, entry, path, id=name, close=close_to(name, known))


def _error(code: str, file: str, entry: str, path: str, **values: object) -> Finding:
    return Finding(code, file, entry, path, values={"id": entry, "key": entry} | values)
