"""Processes that run jobs on this machine: what is said where one doesn't come back."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from generator.publish.due.manifest import Manifest
from generator.publish.jobs import CLOUD, DATA, MODEL_LIST, OF_MODELS
from generator.publish.processes import crew as crews
from generator.publish.processes.crew import LocalCrew, bundles
from generator.publish.processes.orders import WorkerLost
from generator.publish.processes.peak import peak_bytes
from generator.publish.timing import NO_CLOCK

SHOP: Any = SimpleNamespace(
    clock=NO_CLOCK,
    atlas=SimpleNamespace(catalog=SimpleNamespace(listed=range(500))),
    old=Manifest(Path("none")),
    same_program=True,
)
"""The workshop of a first build, which these jobs have no use for."""


def refuse() -> None:
    raise TypeError("no such thing")


class Odd:
    """What can be sent and not be made again."""

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return refuse, ()


def killed(shop: object, name: str) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return name


def ended(shop: object, name: str) -> str:
    os._exit(3)


def odd(shop: object, name: str) -> str:
    raise ValueError(Odd())


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (killed, r"^a worker process was killed \(SIGKILL\); with fewer --jobs a build needs less memory$"),
        (ended, r"^a worker process ended with exit status 3$"),
        (odd, r"(?s)^what a worker process sent can't be understood: .*TypeError: no such thing"),
    ],
)
def test_how_a_worker_was_lost_is_told(job: Callable[[Any, str], str], told: str) -> None:
    with LocalCrew(SHOP, 2) as crew, pytest.raises(WorkerLost, match=told):
        list(crew.map(job, ["one", "two", "three"]))


def process(shop: object, name: str) -> tuple[str, int]:
    return name, os.getpid()


def test_one_process_runs_all_jobs_of_a_model() -> None:
    jobs = [f"{kind}{model}" for model in range(40) for kind in OF_MODELS]
    with LocalCrew(SHOP, 2) as crew:
        found = dict(crew.map(process, jobs))
    assert found.keys() == set(jobs)
    assert all(len({found[f"{kind}{model}"] for kind in OF_MODELS}) == 1 for model in range(40))


def test_jobs_of_few_models_are_spread() -> None:
    jobs = [f"{kind}{model}" for model in range(2) for kind in OF_MODELS]
    assert bundles(jobs, 3) == [[job] for job in jobs]


def test_jobs_of_few_models_are_spread_among_many_others() -> None:
    jobs = [*(f"{kind}one" for kind in OF_MODELS), *(f"hardware/{number}" for number in range(11))]
    assert bundles(jobs, 3) == [[job] for job in jobs]


def test_many_jobs_of_devices_go_a_few_together_and_all_are_run_once() -> None:
    jobs = ["data", *(f"{kind}one" for kind in OF_MODELS), *(f"hardware/{number}" for number in range(101)), "files"]
    found = bundles(jobs, 3)
    assert [job for group in found for job in group] == jobs
    assert max(map(len, found)) > 1
    assert all(len(group) == 1 or all(job.startswith("hardware/") for job in group) for group in found)


def test_jobs_that_read_the_same_rows_go_together() -> None:
    assert bundles([DATA, MODEL_LIST, CLOUD], 3) == [[DATA, MODEL_LIST], [CLOUD]]


def test_one_job_is_done_here_and_several_are_given_away() -> None:
    with LocalCrew(SHOP, 2) as crew:
        assert list(crew.map(process, ["one"])) == [("one", os.getpid())]
        assert os.getpid() not in dict(crew.map(process, ["one", "two"])).values()


def grow(shop: object, name: str) -> tuple[str, int]:
    return name, os.getpid() if b"x" * 32_000_000 else 0


@pytest.mark.parametrize(("bound", "replaced"), [(10_000_000, True), (1_000_000_000, False)])
def test_workers_that_have_grown_take_nothing_on(monkeypatch: pytest.MonkeyPatch, bound: int, replaced: bool) -> None:
    monkeypatch.setattr(crews, "MOST_BYTES", 0)
    monkeypatch.setattr(crews, "LEAST_GROWTH", bound)
    monkeypatch.setattr(crews, "AHEAD", 1)
    jobs = [f"hardware/{number}" for number in range(12)]
    assert max(map(len, bundles(jobs, 2))) > 1
    with LocalCrew(SHOP, 2) as crew:
        found = dict(crew.map(grow, jobs))
    assert found.keys() == set(jobs)
    assert (max(Counter(found.values()).values()) == 1) is replaced


@pytest.mark.parametrize(("done", "same"), [(False, True), (True, False), (True, True)])
def test_first_jobs_of_devices_are_begun_where_there_is_room_for_what_they_keep(
    monkeypatch: pytest.MonkeyPatch, done: bool, same: bool
) -> None:
    """``done`` : by an earlier build, which has kept that by now if it was of the ``same`` program."""
    monkeypatch.setattr(crews, "ROOM_A_MODEL", 10_000_000)
    others, devices = ([f"{kind}{number}" for number in range(8)] for kind in ("shared/", "hardware/"))
    monkeypatch.setattr(SHOP, "old", SimpleNamespace(line=dict.fromkeys(devices, b"line").get) if done else SHOP.old)
    monkeypatch.setattr(SHOP, "same_program", same)
    with LocalCrew(SHOP, 2) as crew:
        found = dict(crew.map(process, [*others, *devices]))
    assert found.keys() == {*others, *devices}
    if done and same:
        assert len({*found.values()}) <= 2
    else:
        assert {found[job] for job in others}.isdisjoint(found[job] for job in devices)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel in Linux's words")
def test_the_peak_memory_of_a_process_is_what_the_system_counts() -> None:
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert told
    assert peak_bytes() == pytest.approx(int(told[1]) * 1024, rel=0.05)
