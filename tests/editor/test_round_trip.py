"""What is exported, edited nowhere, and imported again is the very same: xlsx, csv and YAML."""

import csv
import io
import json
import unicodedata
import zipfile
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq.content_models import ALL_CHANNELS, Category, Content, Topic
from faq.editor.entries import body_of, lenient
from faq.editor.folders import pack, unpack
from faq.editor.sheets import FileRefused, read_rows, write_csv, write_xlsx
from faq.editor.tables import COLUMNS, body_of_row, row_of
from faq.loading import SHIPPED, load_content

LETTERS = st.characters(exclude_categories=("Cs",))
AWKWARD = st.sampled_from(
    [
        "=1+1",
        "+86",
        "-",
        "@sum",
        "'=x",
        "\\n",
        "\\",
        "_x0041_",
        "110101199003070038",
        "a,b",
        '"',
        "😀👨‍👩‍👧",
        "a\tb",
        "１２",
        "\u2028x",
        "\x07铃",
    ]
)


def words(most: int) -> st.SearchStrategy[str]:
    text = st.one_of(AWKWARD, st.text(LETTERS, min_size=1, max_size=12))
    joined = st.lists(text, min_size=1, max_size=3).map("\n".join)
    return joined.map(str.strip).filter(lambda made: 0 < len(made) <= most)


LINES = st.lists(words(60), max_size=4, unique=True)
ANSWER = st.fixed_dictionaries(
    {"text": words(200)},
    optional={"for": st.just({"document": "hkmt"}), "channels": st.just(["agent"]), "picture": words(30)},
)
IDS = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
ACTION = st.one_of(
    st.fixed_dictionaries({"open": st.just("guide"), "id": IDS, "label": words(20)}),
    st.fixed_dictionaries({"open": st.sampled_from(["human", "verification"]), "label": words(20)}),
)


@st.composite
def topics(draw: st.DrawFn) -> Topic:
    body = {
        "id": draw(IDS),
        "title": draw(words(40)),
        "questions": draw(LINES),
        "negatives": draw(LINES),
        "keywords": draw(LINES),
        "labels": draw(st.lists(words(20), max_size=2)),
        "related": draw(st.lists(IDS, max_size=3)),
        "actions": draw(st.lists(ACTION, max_size=2)),
        "answers": [
            {"text": draw(words(200))},
            *draw(st.lists(ANSWER.filter(lambda one: "for" in one), max_size=2)),
        ],
        "valid_until": draw(st.one_of(st.none(), st.dates().map(str))),
        "owner": draw(st.one_of(st.none(), words(30))),
    }
    if draw(st.booleans()):
        body["answers"][0]["channels"] = list(ALL_CHANNELS)
    return Topic.model_validate_json(json.dumps(body))


FEW = settings(max_examples=40)
TABLE = st.lists(topics(), min_size=1, max_size=3)


def table_of(made: list[Topic]) -> list[list[str]]:
    rows = [row_of(lenient(body_of(topic)), "face") for topic in made]
    return [list(COLUMNS.values()), *rows]


def topics_in(rows: list[list[str]]) -> list[Topic]:
    read = [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]
    return [Topic.model_validate_json(json.dumps(body_of_row(cells)[0])) for cells in read]


class TestAnExportedTable:
    @FEW
    @given(TABLE)
    def test_comes_back_unchanged_from_xlsx(self, made: list[Topic]) -> None:
        assert topics_in(read_rows("问答.xlsx", write_xlsx(table_of(made), "问答"))) == made

    @FEW
    @given(TABLE)
    def test_comes_back_unchanged_from_csv(self, made: list[Topic]) -> None:
        assert topics_in(read_rows("问答.csv", write_csv(table_of(made)))) == made

    @FEW
    @given(TABLE, st.sampled_from(["utf-8", "utf-16", "gb18030"]))
    def test_comes_back_unchanged_from_a_csv_saved_by_another_program(
        self, made: list[Topic], encoding: str
    ) -> None:
        out = io.StringIO()
        csv.writer(out, delimiter="\t" if encoding == "utf-16" else ",").writerows(table_of(made))
        assert topics_in(read_rows("问答.csv", out.getvalue().encode(encoding))) == made

    @FEW
    @given(TABLE)
    def test_holds_nothing_that_a_spreadsheet_runs(self, made: list[Topic]) -> None:
        for row in table_of(made)[1:]:
            assert not [
                cell for cell in row if unicodedata.normalize("NFKC", cell[:1]) in ("=", "+", "-", "@")
            ]


@cache
def small() -> Content:
    """The shipped content with one way of asking for each topic."""
    content = load_content(SHIPPED)
    categories = tuple(
        category.model_copy(
            update={
                "topics": tuple(
                    topic.model_copy(update={"questions": topic.questions[:1]}) for topic in category.topics
                )
            }
        )
        for category in content.categories
    )
    return content.model_copy(update={"categories": categories, "out_of_scope": {}})


class TestAnExportedRelease:
    @FEW
    @given(TABLE)
    @example([])
    def test_comes_back_unchanged_from_yaml(self, made: list[Topic]) -> None:
        known = {topic.id for topic in small().topics}
        fresh = {
            topic.id: topic.model_copy(update={"related": (), "actions": ()})
            for topic in made
            if topic.id not in known
        }
        extra = Category(slug="zz", category="no", topics=tuple(fresh.values()))
        content = small().model_copy(update={"categories": (*small().categories, extra)})
        again = unpack(pack(content, {})).content.to_json() == content.to_json()
        assert again

    def test_is_the_same_archive_for_the_same_content(self, shipped: Content) -> None:
        assert pack(shipped, {}) == pack(shipped, {})


class TestAFileThatMayNotComeIn:
    def test_is_an_archive_that_unpacks_to_gigabytes(self) -> None:
        out = io.BytesIO()
        with (
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("xl/big.xml", "w") as part,
        ):
            for _ in range(130):
                part.write(b"\x00" * 1024 * 1024)
        with pytest.raises(FileRefused, match="bomb"):
            read_rows("x.xlsx", out.getvalue())

    def test_is_one_with_macros_whatever_its_name(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("xl/vbaProject.bin", b"x")
        with pytest.raises(FileRefused, match="macros"):
            read_rows("x.xlsx", out.getvalue())
        with pytest.raises(FileRefused, match="macros"):
            read_rows("x.xlsm", b"")

    @pytest.mark.parametrize(
        ("name", "data", "code"),
        [
            ("x.xlsx", b"not a zip", "broken"),
            ("x.pdf", b"%PDF", "unknown_kind"),
            ("x.csv", b"\xff\xff\xff", "encoding"),
            ("x.csv", b"x" * (10 * 1024 * 1024 + 1), "too_large"),
            ("x.csv", b"a\n" * 20_001, "too_many_rows"),
        ],
    )
    def test_is_broken_or_too_large(self, name: str, data: bytes, code: str) -> None:
        with pytest.raises(FileRefused, match=code):
            read_rows(name, data)
