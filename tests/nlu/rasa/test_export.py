import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from faq.content_models import Content
from faq.library import Library
from faq.loading import load_content
from nlu.export import export_rasa, model_name, training_yaml
from nlu.text import plain
from nlu.training import Topic, TrainingContent, read_content

ROOT = Path(__file__).parents[3]
CAMERA = Topic("camera", "相机权限怎么开？", ("摄像头打不开", "不让用相机"), negatives=("相机多少钱",))
GREET = Topic("greet", "你好", ("您好",))
CONTENT = TrainingContent((CAMERA, GREET), ("今天天气怎么样",))


def examples(folder: Path, intent: str) -> list[str]:
    document = yaml.safe_load((folder / "nlu.yml").read_text(encoding="utf-8"))
    (block,) = [entry["examples"] for entry in document["nlu"] if entry["intent"] == intent]
    return [line.removeprefix("- ") for line in block.splitlines()]


def exported(content: TrainingContent, folder: Path) -> Path:
    export_rasa(content, folder)
    return folder


class TestAnExport:
    def test_has_an_intent_for_every_topic_and_one_for_what_belongs_to_none(self, tmp_path: Path) -> None:
        domain = yaml.safe_load((exported(CONTENT, tmp_path) / "domain.yml").read_text(encoding="utf-8"))
        assert domain == {"version": "3.1", "intents": ["camera", "greet", "out_of_scope"]}

    def test_teaches_the_title_and_all_questions(self, tmp_path: Path) -> None:
        assert examples(exported(CONTENT, tmp_path), "camera") == [
            "相机权限怎么开？",
            "摄像头打不开",
            "不让用相机",
        ]

    def test_does_not_teach_negatives(self, tmp_path: Path) -> None:
        assert examples(exported(CONTENT, tmp_path), "out_of_scope") == ["今天天气怎么样"]
        assert "相机多少钱" not in (tmp_path / "nlu.yml").read_text(encoding="utf-8")

    def test_is_the_same_of_files_and_of_a_release(self) -> None:
        shipped = load_content(ROOT / "faq" / "content")
        stored = Content.model_validate_json(shipped.to_json())
        names = {model_name(Library(content, 1).training(), "") for content in (shipped, stored)}
        assert names == {model_name(read_content(ROOT / "faq" / "content"), "")}

    def test_needs_nothing_out_of_scope(self, tmp_path: Path) -> None:
        exported(TrainingContent((CAMERA, GREET)), tmp_path)
        assert "out_of_scope" not in (tmp_path / "domain.yml").read_text(encoding="utf-8")

    def test_writes_a_question_once(self, tmp_path: Path) -> None:
        doubled = replace(GREET, questions=("您好", "你好", "您  好", "您 好"))
        assert examples(exported(TrainingContent((doubled,)), tmp_path), "greet") == ["你好", "您好", "您 好"]

    @pytest.mark.parametrize(
        "question",
        [
            "点[查看待办](todo)没反应",
            '[签字]{"entity": "step"}怎么签',
            "变量 ${HOME} 是什么",
            "- 横线开头",
            "# 井号开头",
            "冒号: 引号\" 反斜杠\\ 单引号'",
            "分成\n两行",
            "繁體的問題",
        ],
    )
    def test_means_the_same_to_rasa_whatever_is_in_a_question(self, tmp_path: Path, question: str) -> None:
        odd = replace(GREET, questions=(question,))
        written = examples(exported(TrainingContent((odd,)), tmp_path), "greet")[1]
        assert not set(written) & set("[]{}$")
        assert plain(written) == plain(question)

    def test_gives_the_same_bytes_for_the_same_content(self, tmp_path: Path) -> None:
        content = read_content(ROOT / "faq" / "content")
        first, second = (exported(content, tmp_path / name) for name in ("first", "second"))
        assert (first / "nlu.yml").read_bytes() == (second / "nlu.yml").read_bytes()

    @pytest.mark.parametrize("name", ["out_of_scope", "a/b", 'a"b', ""])
    def test_refuses_a_topic_that_cannot_be_an_intent(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ValueError, match="cannot be an intent"):
            export_rasa(TrainingContent((replace(GREET, id=name),)), tmp_path)
        export_rasa(TrainingContent((GREET,)), tmp_path)

    def test_refuses_content_that_teaches_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="nothing to learn"):
            export_rasa(TrainingContent(()), tmp_path)


class TestWhatIsSentForTraining:
    @pytest.mark.parametrize("config", ["config.yml", "config-diet.yml"])
    def test_is_one_document_of_pipeline_examples_and_intents(self, config: str) -> None:
        text = (ROOT / "nlu" / "rasa" / config).read_text(encoding="utf-8")
        document = yaml.safe_load(training_yaml(CONTENT, text))
        assert document.keys() == {
            *("version", "recipe", "assistant_id", "language"),
            *("pipeline", "policies", "nlu", "intents"),
        }

    def test_makes_a_model_whose_name_tells_content_and_pipeline(self) -> None:
        edited = TrainingContent((CAMERA,), CONTENT.out_of_scope)
        names = {model_name(CONTENT, "one"), model_name(CONTENT, "other"), model_name(edited, "one")}
        assert len(names) == 3
        assert model_name(CONTENT, "one") in names


class TestPreparingRasa:
    def test_writes_the_shipped_content_and_names_its_model(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "nlu.rasa.prepare", "--to", str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        config = (ROOT / "nlu" / "rasa" / "config.yml").read_text(encoding="utf-8")
        assert done.stdout.strip() == model_name(read_content(ROOT / "faq" / "content"), config)
        assert {file.name for file in tmp_path.iterdir()} == {"nlu.yml", "domain.yml"}
