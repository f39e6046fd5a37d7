"""The library: one release in memory, ready to be asked. It never changes; a newer release is a new one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from faq.content_models import Action, Channel, Content, Guide, Menu, Scene, Topic
from faq.content_models import Answer as AnswerText
from faq.hours import OpeningHours
from nlu.screenshots import Screen, Screens
from nlu.text import clauses, normalise, without_fillers, words_only
from nlu.training import Topic as Lesson
from nlu.training import TrainingContent

Silence = Literal["unknown", "expired", "not_yet", "not_on_channel"]
"""Why a topic has no answer just now."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say about a topic; links in `text` are written [label](https://…)."""

    topic: str
    title: str
    text: str
    actions: tuple[Action, ...] = ()
    related: tuple[str, ...] = ()
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class SceneHelp:
    """The greeting for a scanned support code, and what helps at exactly that step."""

    text: str
    topic: str | None = None
    guide: str | None = None


class Library:
    """Answers, guides and sentences of release `number`."""

    def __init__(self, content: Content, number: int = 0) -> None:
        self.number = number
        self.content = content
        self.hours = OpeningHours(content.hours)
        self._topics = {topic.id: topic for topic in content.topics}
        self._guides = {guide.id: guide for guide in content.guides}
        self._typed = {
            _bare(words): button
            for button, wordings in content.replies.typed.items()
            for words in (content.replies.labels[button], *wordings)
            if _bare(words)
        }
        shown = content.screens
        self.screens = Screens(
            [Screen(screen.topic, screen.wordings) for screen in shown.screens], shown.furniture
        )
        self._distress = tuple(bare for words in content.replies.distress if (bare := _bare(words)))
        self._keywords = {
            topic.id: tuple(bare for words in topic.keywords if (bare := _bare(words)))
            for topic in content.topics
        }

    def answer_to(
        self,
        topic: str,
        *,
        on: date,
        channel: Channel = "wechat",
        slots: Mapping[str, str] | None = None,
    ) -> Answer | None:
        """The answer for this citizen on this day (Beijing): the first variant that fits, or the default.

        None when there is none just now; `silence_about` tells why.
        """
        entry = self._topics.get(topic)
        if entry is None or self.silence_about(topic, on=on, channel=channel):
            return None
        text = _fitting(entry, channel, slots or {})
        related = tuple(id_ for id_ in entry.related if not self.silence_about(id_, on=on, channel=channel))
        return Answer(entry.id, entry.title, text.text, entry.actions, related, text.picture)

    def silence_about(self, topic: str, *, on: date, channel: Channel = "wechat") -> Silence | None:
        """Why nothing can be answered on this topic, or None when something can."""
        entry = self._topics.get(topic)
        if entry is None:
            return "unknown"
        if entry.valid_from and on < entry.valid_from:
            return "not_yet"
        if entry.valid_until and on > entry.valid_until:
            return "expired"
        has_default = any(answer.when is None for answer in entry.answers if channel in answer.channels)
        return None if has_default else "not_on_channel"

    def note_on(self, topic: str) -> str:
        """What only agents read about a topic, "" when nothing: the answers that no citizen is given."""
        entry = self._topics.get(topic)
        notes = [answer.text for answer in entry.answers if answer.channels == ("agent",)] if entry else []
        return "\n".join(notes)

    def title(self, topic: str) -> str:
        """The standard question, as a citizen taps it; the id itself for a topic of another release."""
        entry = self._topics.get(topic)
        return entry.title if entry else topic

    def related(self, topic: str) -> tuple[str, ...]:
        """Up to three topics that citizens ask about next."""
        entry = self._topics.get(topic)
        return entry.related if entry else ()

    def tells_apart(self, topic: str, slot: str, value: str) -> bool:
        """Whether this topic has an answer of its own for a value, such as "document" and "hkmt".

        Any phone counts where phones are told apart: of a brand we do not know which system it has.
        """
        entry = self._topics.get(topic)
        cases = [answer.when for answer in entry.answers if answer.when] if entry else []
        if slot == "phone_system":
            return any(case.phone_system for case in cases)
        return any(case.fit({slot: value}) for case in cases)

    def categories(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Every category with the topics in it, in the editors' order."""
        return tuple((c.category, tuple(t.id for t in c.topics)) for c in self.content.categories)

    def guide(self, guide: str) -> Guide | None:
        """A guide by its id; None when this release has none of that name."""
        return self._guides.get(guide)

    def reply(self, key: str, **values: object) -> str:
        """A fixed sentence with its variables filled in.

        Raises:
            KeyError: a variable of the sentence was not given, or there is no such sentence: a bug.
        """
        return self.content.replies.sentences[key].format_map(values)

    def label(self, key: str) -> str:
        """The words on a button, such as 下一步 for "next"."""
        return self.content.replies.labels[key]

    def command(self, words: str) -> str | None:
        """The button that these words stand for when somebody types them instead of tapping it."""
        return self._typed.get(_bare(words))

    def command_within(self, words: str) -> str | None:
        """The button that one clause of the words stands for, its manners left out."""
        within = (words_only(without_fillers(clause)) for clause in clauses(normalise(words).text))
        return next((self._typed[clause] for clause in within if clause in self._typed), None)

    def mentions(self, button: str, words: str) -> bool:
        """Whether a wording of the button stands anywhere in the words."""
        bare = _bare(words)
        return any(wording in bare for wording, meant in self._typed.items() if meant == button)

    def holds_keyword(self, words: str, *, besides: Collection[str]) -> bool:
        """Whether a keyword of a topic stands anywhere in the words; those of `besides` do not count."""
        bare, topics = _bare(words), self._keywords.items()
        return any(keyword in bare for topic, held in topics if topic not in besides for keyword in held)

    def is_distress(self, words: str) -> bool:
        """Whether somebody may be in danger or despair: one of the listed wordings stands in the words."""
        bare = _bare(words)
        return any(wording in bare for wording in self._distress)

    def scene(self, scene: str) -> SceneHelp | None:
        """Help for a support code "s_<step>_<failure>": for the failure, else for the step, else None."""
        step, failure = self._place_of(scene)
        if step is None:
            return None
        greeting = self.content.replies.scenes[step]
        return _scene_help(greeting, greeting.failures.get(failure))

    def page_help(self, scene: str, *, on: date) -> Answer | None:
        """The answer for pages to what helps at exactly the step and the failure of a support code."""
        step, failure = self._place_of(scene)
        help_ = self.scene(scene)
        if step is None or help_ is None or help_.topic is None:
            return None
        return self.answer_to(help_.topic, on=on, channel="h5", slots={"step": step, "error": failure})

    def _place_of(self, scene: str) -> tuple[str | None, str]:
        """The step and the failure that a support code names; (None, "") when there is no such step."""
        for step in sorted(self.content.replies.scenes, key=len, reverse=True):  # face_confirm before face
            rest = scene.removeprefix(f"s_{step}")
            if rest != scene and (not rest or rest.startswith("_")):
                return step, rest.removeprefix("_")
        return None, ""

    def menu(self) -> Menu:
        """The menu of the chat."""
        return self.content.menu

    def training(self) -> TrainingContent:
        """What the ear learns from this release."""
        lessons = (Lesson(t.id, t.title, t.questions, t.negatives, t.keywords) for t in self.content.topics)
        groups = self.content.out_of_scope  # a database keeps them in an order of its own
        elsewhere = (words for name in sorted(groups) for words in groups[name])
        return TrainingContent(tuple(lessons), tuple(elsewhere))

    def __repr__(self) -> str:
        return f"Library(release {self.number}, {len(self._topics)} topics, {len(self._guides)} guides)"


def _fitting(entry: Topic, channel: Channel, slots: Mapping[str, str]) -> AnswerText:
    """The first variant that fits, else the default; the models make sure that there is one."""
    here = [answer for answer in entry.answers if channel in answer.channels]
    variant = next((answer for answer in here if answer.when and answer.when.fit(slots)), None)
    return variant or next(answer for answer in here if answer.when is None)


@lru_cache(1)
def _bare(words: str) -> str:
    """Words without case, width, traditional forms, punctuation and blanks.

    A turn asks for those of its own words some ten times.
    """
    return words_only(normalise(words).text)


def _scene_help(step: Scene, failure: Scene | None) -> SceneHelp:
    """What the failure leaves open is taken from its step."""
    if failure is None:
        return SceneHelp(step.text, step.topic, step.guide)
    return SceneHelp(failure.text, failure.topic or step.topic, failure.guide or step.guide)
