"""The map of a guide: its labels can be read, and every way can be followed."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from faq.content_models import Content, Guide
from faq.editor.drawing import BOX_HEIGHT, BOX_WIDTH, LABEL_HEIGHT, LABEL_WIDTH, Box, Drawing, drawing


def drawn(guide: Guide) -> Drawing:
    return drawing(guide.model_dump(mode="json"))


Point = tuple[float, float]


def points(path: str) -> Iterator[Point]:
    """A drawn way, followed in small steps."""
    here = (0.0, 0.0)
    for command, numbers in re.findall(r"([MCQHV])([\d. ]+)", path):
        given = [float(number) for number in numbers.split()]
        corners = {"H": [(given[0], here[1])], "V": [(here[0], given[0])]}.get(command) or [
            *zip(given[::2], given[1::2], strict=True)
        ]
        if command != "M":
            yield from (between([here, *corners], n / 32) for n in range(33))
        here = corners[-1]


def between(corners: Sequence[Point], share: float) -> Point:
    """Where a curve with these corners is after this share of it."""
    while len(corners) > 1:
        corners = [
            (x1 + (x2 - x1) * share, y1 + (y2 - y1) * share) for (x1, y1), (x2, y2) in pairwise(corners)
        ]
    return corners[0]


def hidden(drawing: Drawing) -> list[tuple[str, str]]:
    """Which ways pass behind which steps."""

    def covers(box: Box, point: Point) -> bool:
        return box.x < point[0] < box.x + BOX_WIDTH and box.y < point[1] < box.y + BOX_HEIGHT

    return [
        (way.label, box.id)
        for way in drawing.ways
        for box in drawing.boxes
        if any(covers(box, point) for point in points(way.path))
    ]


class TestTheMapOfAGuide:
    @pytest.fixture(params=["enter", "login", "verify", "todo", "face_failed"])
    def drawing(self, shipped: Content, request: pytest.FixtureRequest) -> Drawing:
        return drawn(next(guide for guide in shipped.guides if guide.id == request.param))

    def test_writes_no_label_on_a_step(self, drawing: Drawing) -> None:
        for way in drawing.ways:
            over = [
                box.id
                for box in drawing.boxes
                if way.label
                and box.x < way.label_x < box.x + BOX_WIDTH
                and box.y < way.label_y < box.y + BOX_HEIGHT + LABEL_HEIGHT - 3
            ]
            assert not over, way.label

    def test_writes_no_label_on_another(self, drawing: Drawing) -> None:
        labels = [way for way in drawing.ways if way.label]
        for n, way in enumerate(labels):
            for other in labels[:n]:
                beside = abs(way.label_x - other.label_x) >= LABEL_WIDTH
                assert beside or abs(way.label_y - other.label_y) >= LABEL_HEIGHT, (way.label, other.label)

    def test_draws_no_way_behind_a_step(self, drawing: Drawing) -> None:
        assert hidden(drawing) == []

    def test_cuts_nothing_off(self, drawing: Drawing) -> None:
        for way in drawing.ways:
            wide = [x for x, _ in points(way.path)]
            high = [y for _, y in points(way.path)]
            if way.label:
                wide += [way.label_x - LABEL_WIDTH / 2, way.label_x + LABEL_WIDTH / 2]
            assert min(wide) >= 0 <= min(high), way
            assert max(wide) <= drawing.width, way
            assert max(high) <= drawing.height, way


class TestAGuideThatIsNotFinished:
    def test_is_drawn_as_far_as_it_goes(self) -> None:
        steps = [
            {"id": "a", "options": [{"next": "b", "label": "往下"}, {"next": "a", "label": "再来"}]},
            {"id": "b", "next": "nowhere"},
            {"id": "stray", "next": "b"},
        ]
        drawn = drawing({"start": "a", "steps": steps})
        assert {box.id: box.is_reached for box in drawn.boxes} == {"a": True, "b": True, "stray": False}
        assert [way.label for way in drawn.ways] == ["往下", "再来", ""]
        assert hidden(drawn) == []

    def test_may_have_no_start_or_no_steps(self) -> None:
        assert [box.is_reached for box in drawing({"steps": [{"id": "a"}]}).boxes] == [False]
        assert drawing({}).boxes == ()
