"""A timed build tells where the time went, in all of its processes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from generator.pages import shared_parts
from generator.publish.build import build
from generator.publish.due.read_atlas import ReadAtlas
from generator.publish.due.reads import FigureSource
from generator.publish.jobs import all_jobs, pages_of
from generator.publish.options import Options
from generator.publish.times import MODELS, PHASES, RECORDS, RENDER, WRITE
from generator.publish.timing import Clock
from tests.publish.small_site import atlas_of, files, killed
from tests.sample_site import BASE_URL, TEMPLATES, atlas


def test_of_phases_inside_each_other_only_the_innermost_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(100))
    monkeypatch.setattr(time, "perf_counter", lambda: next(now))
    clock = Clock(tmp_path)
    with clock.phase("outer"):
        with clock.phase("inner"):
            pass
        with clock.phase("inner"):
            pass
    assert dict(clock.times().phases) == {"outer": 3, "inner": 2}


def test_a_forked_process_adds_its_own_time_and_not_what_it_inherited(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    with clock.phase("before"):
        time.sleep(0.02)

    def work() -> None:
        with clock.phase("there"):
            time.sleep(0.02)
        clock.times()

    before = clock.times().phases["before"]
    assert not killed(work)
    found = clock.times().phases
    assert found["before"] == before
    assert found["there"] >= 0.02
    assert len(os.listdir(tmp_path)) == 2


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_page_and_phase_of_a_build_is_timed_and_the_site_is_the_same(
    small_data: Path, tmp_path: Path, jobs: int
) -> None:
    (tmp_path / "times").mkdir()
    atlas = atlas_of(small_data)
    options = Options(tmp_path / "timed", TEMPLATES, BASE_URL, only="llama-3.1-*", jobs=jobs)
    result = build(atlas, options, clock=Clock(tmp_path / "times"))
    plain = build(atlas, Options(tmp_path / "plain", TEMPLATES, BASE_URL, only="llama-3.1-*", jobs=jobs))
    assert plain.times is None
    assert files(tmp_path / "timed") == files(tmp_path / "plain")
    assert result.times.pages == result.kinds
    assert {MODELS, RENDER, WRITE, RECORDS} <= set(result.times.phases) <= set(PHASES)
    assert set(result.as_dict()["profile"]["phases"]) == set(PHASES)


def test_no_job_begins_to_work_before_its_first_page_is_asked_for_so_that_all_of_it_is_timed() -> None:
    source, shared = FigureSource(atlas()), shared_parts(atlas().catalog)
    for job in all_jobs(atlas()):
        reading = ReadAtlas(source)
        pages_of(reading, job, shared)
        assert not reading.reads.asked, job
