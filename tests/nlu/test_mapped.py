"""What is kept with its arrays comes back as it was, or is refused whole."""

import resource
from pathlib import Path

import numpy as np
import pytest

from nlu import mapped

KEPT = {"small": np.arange(3), "large": np.linspace(0, 1, 5000, dtype=np.float32), "words": ("刷脸", "收费")}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    kept = tmp_path / "kept"
    mapped.write(KEPT, kept)
    return kept


class TestAMappedObject:
    def test_comes_back_as_it_was(self, file: Path) -> None:
        back = mapped.read(file)
        assert isinstance(back, dict)
        assert back["words"] == KEPT["words"]
        assert np.array_equal(back["small"], KEPT["small"])
        assert np.array_equal(back["large"], KEPT["large"])

    def test_lies_in_the_file_and_is_not_written_to(self, file: Path) -> None:
        back = mapped.read(file)
        assert isinstance(back, dict)
        with pytest.raises(ValueError, match="read-only"):
            back["large"][0] = 1

    def test_outlives_its_file(self, file: Path) -> None:
        back = mapped.read(file)
        file.unlink()
        assert isinstance(back, dict)
        assert back["large"].sum() == pytest.approx(2500)

    @pytest.mark.parametrize("share", [0, 0.0002, 0.01, 0.5, 0.999])
    def test_is_refused_when_it_was_cut_short(self, file: Path, share: float) -> None:
        whole = file.read_bytes()
        file.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(mapped.Unreadable, match="kept is not whole"):
            mapped.read(file)

    def test_is_written_whole_or_not_at_all(self, file: Path) -> None:
        with pytest.raises(TypeError):
            mapped.write({"large": KEPT["large"], "unkept": (one for one in "1")}, file)
        assert isinstance(mapped.read(file), dict)
        assert [left.name for left in file.parent.iterdir()] == ["kept"]

    def test_leaves_nothing_behind_where_there_is_no_room(self, file: Path) -> None:
        before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, most))
        try:
            with pytest.raises(OSError, match="too large"):
                mapped.write({"large": np.zeros(100_000)}, file)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
        assert isinstance(mapped.read(file), dict)
        assert [left.name for left in file.parent.iterdir()] == ["kept"]
