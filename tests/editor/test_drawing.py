"""The map of a guide: its labels can be read."""

import pytest

from faq.content_models import Content, Guide
from faq.editor.drawing import BOX_HEIGHT, BOX_WIDTH, LABEL_HEIGHT, LABEL_WIDTH, Drawing, drawing


def drawn(guide: Guide) -> Drawing:
    return drawing(guide.model_dump(mode="json"))


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
