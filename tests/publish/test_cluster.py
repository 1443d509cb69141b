"""A Dask cluster of worker processes builds what one machine builds, whoever is killed on the way."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest
from click.testing import CliRunner
from distributed import Client, LocalCluster

from generator.cli import main
from generator.publish.due.manifest import Manifest
from generator.publish.options import Options
from generator.publish.output.folder import WORK, OutputFolder
from generator.publish.processes import cluster as cluster_module
from generator.publish.processes.cluster import ClusterCrew
from generator.publish.processes.orders import CrewError, Order, OtherWorker, differences, leave, order_of, perform
from generator.publish.work import Workshop
from tests.publish.small_site import files, set_text
from tests.sample_site import BASE_URL, TEMPLATES

SHARED = 2
"""Workers that stay."""


def build(data: Path, out: Path | str, *options: object) -> tuple[int, str]:
    words = ["--data", data, "build", "--out", out, "--templates", TEMPLATES, *options]
    result = CliRunner().invoke(main, [str(word) for word in words], env={"SOURCE_DATE_EPOCH": "86400"})
    return result.exit_code, result.output


def ordered(data: Path, folder: OutputFolder, out: Path) -> Order:
    """The order of a build that has ``folder``, for workers that look for it at ``out``."""
    return order_of(Options(out, TEMPLATES, BASE_URL, data=data), folder, "2026-01-01")


@pytest.fixture(scope="module")
def cluster(bucket: str) -> Iterator[LocalCluster]:
    """Two worker processes of one thread, each with a nanny."""
    with LocalCluster(n_workers=SHARED, threads_per_worker=1, dashboard_address="127.0.0.1:0") as found:
        yield found


def test_workers_that_share_a_folder_build_what_one_machine_builds_although_one_is_killed(
    bucket: str, tiny: Path, tiny_site: Path, tmp_path: Path
) -> None:
    """The one that is killed is alone until then, so that it is surely at work."""
    options = f"--name doomed --no-nanny --nthreads 1 --no-dashboard --local-directory {tmp_path / 'scratch'}".split()
    lost: list[str] = []
    with LocalCluster(n_workers=0, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", cluster.scheduler_address, *options]
        worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with Client(cluster.scheduler_address, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=60)
            killer = threading.Thread(target=kill_at_work, args=(client, worker, lost, cluster))
            killer.start()
            status, output = build(tiny, tmp_path / "site", "--dask", cluster.scheduler_address)
            killer.join()
    assert status == 0, output
    assert lost
    assert files(tmp_path / "site") == files(tiny_site)
    assert (tmp_path / "site" / WORK / "manifest").read_bytes() == (tiny_site / WORK / "manifest").read_bytes()


def kill_at_work(client: Client, worker: subprocess.Popen[bytes], lost: list[str], cluster: LocalCluster) -> None:
    """Kill the worker with signal 9 as soon as it has jobs that render pages, and let others take its place."""
    (address,) = client.scheduler_info(n_workers=-1)["workers"]
    end = time.monotonic() + 60
    while not lost and time.monotonic() < end:
        lost += [key for key in client.processing(workers=[address])[address] if str(key).startswith("run-")]
        time.sleep(0.01)
    worker.kill()
    worker.wait()
    cluster.scale(SHARED)


def test_workers_build_into_a_store(cluster: LocalCluster, bucket: str, tiny: Path, tiny_site: Path) -> None:
    status, output = build(tiny, f"{bucket}/cluster", "--dask", cluster.scheduler_address)
    assert status == 0, output
    fs = fsspec.filesystem("s3")
    found = {name.removeprefix("atlas/cluster/"): body for name, body in fs.cat(fs.find(f"{bucket}/cluster")).items()}
    assert found.pop(f"{WORK}/manifest") == (tiny_site / WORK / "manifest").read_bytes()
    assert found == files(tiny_site)


def test_a_job_that_fails_names_its_page_and_leaves_the_site_as_it_was(
    cluster: LocalCluster, tiny: Path, tmp_path: Path
) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    set_text(tmp_path / "templates/scenario.html", "{{ breakdown(body.bar) }}", "{{ page.nothing }}")
    words = ["--templates", tmp_path / "templates", "--dask", cluster.scheduler_address]
    status, output = build(tiny, tmp_path / "site", *words)
    assert status == 1
    assert re.search(r"Error: /llama-3\.[12]-\db/\w+/\d+k/: .*scenario\.html:\d+: .*has no attribute 'nothing'", output)
    assert not (tmp_path / "site").exists()


def test_a_build_that_fails_lasts_as_long_as_a_job_that_has_begun(
    cluster: LocalCluster, tiny: Path, tmp_path: Path
) -> None:
    """So that nobody writes any more where the build tidies up."""
    with OutputFolder(tmp_path / "site") as folder:
        order = ordered(tiny, folder, folder.path)
        crew = ClusterCrew(cluster.scheduler_address, order, Manifest(folder.manifest_file))
        with pytest.raises(ValueError, match="failed while another was at work"), crew:
            list(crew.map(one_fails, ["slow", "failing"]))
        assert (folder.work / "slow").read_text() == "done"


def one_fails(shop: Workshop, name: str) -> None:
    """A job that takes its time, or one that fails once the other has begun."""
    begun = shop.site.work / "slow"
    if name == "slow":
        begun.write_text("begun")
        time.sleep(1)
        begun.write_text("done")
        return
    while not begun.exists():
        time.sleep(0.01)
    raise ValueError("failed while another was at work")


def test_a_job_of_a_build_that_is_over_is_not_begun(tiny: Path, tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "site") as folder:
        order = ordered(tiny, folder, folder.path)
        leave(order.token)
        with pytest.raises(CrewError, match="models isn't wanted any more: the build is over"):
            perform(order, Workshop.run, "models", None)


def test_a_worker_with_other_data_is_told_with_both_versions(
    cluster: LocalCluster, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny.parent)
    status, output = build(Path(tiny.name), tmp_path / "site", "--dask", cluster.scheduler_address)
    assert status == 1
    assert "would build something else: data: no folder " in output
    assert f"/{tiny.name} there, " in output
    assert differences({"Python": "3.12.1", "code": "a"}, {"Python": "3.11.7", "code": "a", "jinja2": "3.1.6"}) == (
        "Python: 3.12.1 there, 3.11.7 here, jinja2: none there, 3.1.6 here"
    )


def test_a_worker_that_sees_another_place_is_refused(tiny: Path, tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "site") as folder:
        order = ordered(tiny, folder, tmp_path / "elsewhere")
        with pytest.raises(OtherWorker, match=r"doesn't see the build in .*elsewhere: both must reach one place"):
            perform(order, Workshop.run, "models/llama-3.2-1b", None)


def test_an_address_at_which_nobody_answers_is_told(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "ANSWER_SECONDS", 0.5)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        status, output = build(tiny, tmp_path / "site", "--dask", address)
    assert status == 1
    assert f"{address}: no Dask scheduler answers there" in output
    assert not (tmp_path / "site").exists()


def test_a_cluster_without_workers_is_told(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "WORKER_SECONDS", 0.5)
    with LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty:
        status, output = build(tiny, tmp_path / "site", "--dask", empty.scheduler_address)
    assert (status, "the Dask scheduler has had no worker for 0.5 seconds" in output) == (1, True)


class Ended:
    """A job of a cluster that has ended."""

    def add_done_callback(self, call: Callable[[Ended], object]) -> None:
        call(self)


class FakeClient:
    """A client of a cluster that does everything at once, and whose only worker is paused."""

    def __init__(self) -> None:
        self.fetched: list[int] = []

    def submit(self, *arguments: object, **settings: object) -> Ended:
        return Ended()

    def gather(self, done: list[Ended]) -> list[str]:
        self.fetched.append(len(done))
        return [""] * len(done)

    def nthreads(self) -> dict[str, int]:
        return {"tcp://worker": 1}

    def scheduler_info(self, n_workers: int) -> dict[str, dict[str, dict[str, str]]]:
        return {"workers": {"tcp://worker": {"status": "paused"}}}


@pytest.fixture
def crew(tmp_path: Path) -> ClusterCrew:
    order = Order(Options(tmp_path, TEMPLATES, BASE_URL), tmp_path, "token", {}, "2026-01-01")
    found = ClusterCrew("tcp://scheduler", order, Manifest(tmp_path / "none"))
    found._client = FakeClient()
    return found


def test_what_many_jobs_left_is_fetched_together(crew: ClusterCrew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "MOST_FETCHED", 64)
    assert list(crew.map(Workshop.run, map(str, range(150)))) == [""] * 150
    assert crew._client.fetched == [64, 64, 22]


def test_a_worker_that_is_paused_for_good_counts_as_none(crew: ClusterCrew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "WORKER_SECONDS", 0.0)
    crew._look_for_workers()
    time.sleep(0.01)
    with pytest.raises(CrewError, match=r"has had no worker for 0\.0 seconds, or none whose memory isn't full"):
        crew._look_for_workers()


def test_parts_are_not_for_a_cluster(tiny: Path, tmp_path: Path) -> None:
    status, output = build(tiny, tmp_path / "site", "--dask", "127.0.0.1:1", "--shard", "1/2")
    assert (status, "--dask doesn't go with --shard" in output) == (2, True)
