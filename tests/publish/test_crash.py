"""Builds that die: killed at random moments, out of disk space. The site that readers see stays whole."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.publish.build import build
from generator.publish.options import Options
from generator.publish.output.stage import OutputError
from generator.scenarios import Atlas
from tests.publish.small_site import atlas_of, broken_links, files, set_text
from tests.sample_site import BASE_URL, TEMPLATES

KILLS = 30


class Twin:
    """Two versions of one site: other words on every page, and pages that only one of them has."""

    def __init__(self, folder: Path, data: Path) -> None:
        other = folder / "data"
        shutil.copytree(data, other)
        set_text(other / "site.yaml", "- 2k\n", "- 4k\n")
        shutil.copytree(TEMPLATES, folder / "templates")
        set_text(folder / "templates/base.html", "<footer>", "<footer><p>Other words.</p>")
        self.versions = ((atlas_of(data), TEMPLATES), (atlas_of(other), folder / "templates"))
        self.site = folder / "site"
        self.expected = [self._clean(folder / f"clean{number}", number) for number in (0, 1)]
        self.build(0)

    def build(self, number: int, site: Path | None = None, jobs: int = 1) -> None:
        atlas, templates = self.versions[number]
        build(atlas, Options(site or self.site, templates, BASE_URL, jobs=jobs))

    def _clean(self, out: Path, number: int) -> dict[str, bytes]:
        self.build(number, out, jobs=2)
        return files(out)


@pytest.fixture(scope="module")
def twin(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1767225600")
        yield Twin(tmp_path_factory.mktemp("twin"), small_data)


def test_a_build_killed_at_random_moments_breaks_no_link_and_the_next_one_repairs(twin: Twin) -> None:
    chance = random.Random(5)
    started = time.monotonic()
    twin.build(1)
    seconds = time.monotonic() - started
    hits = 0
    for number in range(KILLS):
        wanted = number % 2
        hits += killed_after(chance.uniform(0, seconds), lambda wanted=wanted: twin.build(wanted, jobs=2))
        assert broken_links(twin.site) == set()
        if number % 10 == 9:
            twin.build(wanted)
            assert files(twin.site) == twin.expected[wanted]
    assert hits > KILLS / 3


def killed_after(seconds: float, work) -> bool:
    """Run ``work`` in a child process and kill it with signal 9; whether it was still at work."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    timer = threading.Timer(seconds, os.kill, (child, 9))
    timer.start()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    return os.WIFSIGNALED(status)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that takes little: a file system of its own where one may be mounted, else small files only."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode == 0:
        yield folder
        subprocess.run(["umount", folder], check=True)
    else:
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
        yield folder
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)


def test_a_full_disk_is_named_with_the_file_and_leaves_the_site_as_it_was(
    small_data: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = small_disk / "site"
    site.mkdir()
    (site / "index.html").write_text("the old site")
    atlas: Atlas = atlas_of(small_data)
    with pytest.raises(OutputError, match=r"\w: can't be written: (No space left on device|File too large)"):
        build(atlas, Options(site, TEMPLATES, BASE_URL))
    assert files(site) == {"index.html": b"the old site"}
