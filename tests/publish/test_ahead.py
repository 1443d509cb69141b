"""Figures of models whose files have changed are worked out by other processes while the build loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.catalog import gather
from generator.publish.due.reads import FigureSource
from generator.publish.kept import profiles as kept
from generator.publish.kept.profiles import Profiles
from generator.publish.kept.understood import Memory
from generator.publish.processes.ahead import Ahead
from generator.scenarios import GGUF_ENGINE, Atlas
from tests.publish.small_site import copy_data
from tests.sample_site import atlas

MODEL, OTHER = "llama-3.2-1b", "qwen3-0.6b"


def size(slug: str, folder: Path) -> int:
    """Bytes at 8K of context, from a kept profile where it is there."""
    known = atlas()
    found = FigureSource(Atlas(known.catalog, known.bands, Profiles(folder).source)).of(slug)
    return found.estimator(known.catalog.quantizations["q4_k_m"], GGUF_ENGINE, kv_type="q8_0").memory.profile.size(8192)


def test_the_build_finds_what_was_worked_out_ahead_of_as_many_models_as_it_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = size(MODEL, tmp_path / "none")
    Ahead.begin(atlas(), (MODEL, OTHER), tmp_path, 1).wait()
    monkeypatch.delattr(kept, "estimator")
    assert size(MODEL, tmp_path) == known
    with pytest.raises(NameError):
        size(OTHER, tmp_path)


def test_a_model_that_fails_ahead_is_left_to_the_build(tmp_path: Path) -> None:
    Ahead.begin(atlas(), ("none",), tmp_path, 1).wait()
    assert [*tmp_path.iterdir()] == []


def test_models_whose_files_were_read_anew_are_the_news(tmp_path: Path) -> None:
    data = copy_data(tmp_path / "data", (MODEL, "llama-3.1-8b"))
    first = Memory(tmp_path / "understood")
    gather(data, first.files)
    assert first.news == set()
    first.keep()
    for file in (data / "models" / f"{MODEL}.md", data / "families" / "llama.md"):
        file.write_text(f"{file.read_text()}\nMore.\n")
    second = Memory(tmp_path / "understood")
    gather(data, second.files)
    assert second.news == {MODEL}


def test_what_was_understood_grows_by_what_is_new_and_survives_a_cut(tmp_path: Path) -> None:
    data, file = copy_data(tmp_path / "data", (MODEL,)), tmp_path / "understood"
    model = data / "models" / f"{MODEL}.md"
    gathered(data, file)
    whole = file.read_bytes()
    model.write_text(f"{model.read_text()}\nMore.\n")
    assert gathered(data, file) == {MODEL}
    grown = file.read_bytes()
    assert grown.startswith(whole)
    assert len(grown) < 1.1 * len(whole)
    assert gathered(data, file) == set()
    assert file.read_bytes() == grown
    file.write_bytes(grown[:-10])
    assert gathered(data, file) == {MODEL}
    assert gathered(data, file) == set()


def test_what_was_understood_is_written_anew_once_much_is_outdated(tmp_path: Path) -> None:
    data, file = copy_data(tmp_path / "data", (MODEL,)), tmp_path / "understood"
    model, text = data / "models" / f"{MODEL}.md", (data / "models" / f"{MODEL}.md").read_text()
    gathered(data, file)
    size = file.stat().st_size
    for more in range(100):
        model.write_text(f"{text}\nMore {more}.\n")
        gathered(data, file)
        assert file.stat().st_size < 1.5 * size


def gathered(data: Path, file: Path) -> set[str]:
    """The models whose files were read anew in a run that keeps what it understood."""
    memory = Memory(file)
    gather(data, memory.files)
    memory.keep()
    return memory.news


def test_judgements_alone_do_not_let_what_was_understood_grow_on(tmp_path: Path) -> None:
    data, file = copy_data(tmp_path / "data", (MODEL,)), tmp_path / "understood"
    gathered(data, file)
    size = file.stat().st_size
    for turn in range(60):
        memory = Memory(file)
        gather(data, memory.files)
        memory.soundness.sound = frozenset(f"{turn} {number}" for number in range(500))
        memory.keep()
        assert file.stat().st_size < 1.8 * size
    assert Memory(file).soundness.sound == memory.soundness.sound
