"""Whether a site's files stand, as a process beside the build finds it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from generator.publish.due.manifest import write_manifest
from generator.publish.due.record import Entry, Files, Record
from generator.publish.due.standing import Look
from generator.publish.output.folder import OutputFolder

JOBS = {"one": ("a/index.html", "b/index.html"), "two": ("c/index.html",)}


def site(out: Path, jobs: Mapping[str, tuple[str, ...]] = JOBS) -> OutputFolder:
    """A site whose files hold their own names."""
    folder = OutputFolder(out)
    folder.work.mkdir(parents=True, exist_ok=True)
    for name in (name for names in jobs.values() for name in names):
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(name)
    records = (Record(job, {}, "", Files.of(Entry(n, "page", "", len(n)) for n in jobs[job])) for job in jobs)
    write_manifest(folder.manifest_file, {}, (record.line() for record in records))
    return folder


def test_jobs_that_lack_a_file_or_have_another_are_named(tmp_path: Path) -> None:
    folder = site(tmp_path)
    assert Look.begin(folder, folder.manifest_file).gaps(folder.manifest_file) == frozenset()
    (tmp_path / "c/index.html").unlink()
    assert Look.begin(folder, folder.manifest_file).gaps(folder.manifest_file) == {"two"}
    (tmp_path / "b/index.html").write_text("longer than its name")
    assert Look.begin(folder, folder.manifest_file).gaps(folder.manifest_file) == {"one", "two"}


def test_a_look_at_some_jobs_names_those_alone(tmp_path: Path) -> None:
    folder = site(tmp_path)
    for name in ("a/index.html", "c/index.html"):
        (tmp_path / name).unlink()
    found = [Look.begin(folder, folder.manifest_file, first, 2).gaps(folder.manifest_file) for first in (0, 1)]
    assert found == [{"one"}, {"two"}]


def test_a_look_tells_nothing_of_a_site_that_another_build_made_meanwhile(tmp_path: Path) -> None:
    folder = site(tmp_path)
    look = Look.begin(folder, folder.manifest_file)
    site(tmp_path)
    assert look.gaps(folder.manifest_file) is None


def test_a_look_deletes_what_the_last_build_replaced(tmp_path: Path) -> None:
    folder = site(tmp_path)
    folder.replaced.mkdir()
    (folder.replaced / "0").write_text("an old version")
    for _ in range(2):
        look = Look.begin(folder, folder.manifest_file, waste=folder.replaced)
        assert look.gaps(folder.manifest_file) == frozenset()
        assert not folder.replaced.exists()


def test_a_look_at_no_site_finds_no_gaps(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path / "none")
    assert Look.begin(folder, folder.manifest_file).gaps(folder.manifest_file) == frozenset()
