"""What models take is worked out once, by whichever process comes first, and read by all others."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.memory.engines.llama_cpp.compute import phases
from generator.memory.settings import RunSettings
from generator.publish.kept import profiles as kept
from generator.publish.kept.profiles import Profiles
from generator.scenarios import GGUF_ENGINE
from tests.sample_site import atlas

MODEL = "llama-3.2-1b"


def sizes(profiles: Profiles, kv_type: str | None) -> int:
    """Bytes at 8K of context with one type of cache; what had to be worked out is kept."""
    known = atlas()
    model = known.catalog.models[MODEL]
    settings = RunSettings(kv_type=kv_type)
    found = profiles.source(model)(known.architecture(model), "Q4_K_M", GGUF_ENGINE, settings).memory.profile.size(8192)
    profiles.keep(model)
    return found


def test_processes_that_work_out_two_types_of_cache_at_once_keep_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Profiles(tmp_path), Profiles(tmp_path)
    found = sizes(one, None), sizes(other, "q8_0")
    assert found[0] > found[1]
    monkeypatch.delattr(kept, "estimator")
    assert (sizes(Profiles(tmp_path), None), sizes(Profiles(tmp_path), "q8_0")) == found


def test_a_process_that_asked_for_no_buffer_leaves_those_that_another_worked_out(tmp_path: Path) -> None:
    known, other = atlas(), Profiles(tmp_path)
    model = known.catalog.models[MODEL]
    other.source(model)(known.architecture(model), "Q4_K_M", GGUF_ENGINE, RunSettings())
    sizes(Profiles(tmp_path), None)
    (file,) = tmp_path.iterdir()
    left = file.read_bytes()
    other.keep(model)
    assert file.read_bytes() == left


def test_a_buffer_worked_out_for_one_context_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = atlas()
    model = known.catalog.models[MODEL]

    def exactly(profiles: Profiles) -> int:
        found = profiles.source(model)(known.architecture(model), "Q4_K_M", GGUF_ENGINE, RunSettings())
        size = found.exactly(1234).compute_bytes
        profiles.keep(model)
        return size

    sizes(Profiles(tmp_path), None)
    found = exactly(Profiles(tmp_path))
    monkeypatch.setattr(phases, "_reserved", None)
    assert exactly(Profiles(tmp_path)) == found > 0


def test_profiles_of_other_models_are_deleted_whole(tmp_path: Path) -> None:
    profiles = Profiles(tmp_path)
    sizes(profiles, None), sizes(profiles, "q8_0")
    profiles.drop_others([atlas().catalog.models[MODEL]])
    assert len([*tmp_path.iterdir()]) == 2
    profiles.drop_others([])
    assert [*tmp_path.iterdir()] == []
