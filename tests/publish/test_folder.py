"""From the old site to the new one: whatever moment a build is killed at, no link breaks and the next one finishes."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from pathlib import Path

import pytest

from generator.publish.due.manifest import write_manifest
from generator.publish.due.record import Entry, Files, Record, digest
from generator.publish.output.folder import WORK, FolderBusy, OutputFolder
from generator.publish.output.removed import read_removed
from generator.publish.output.stage import LONGEST_NAME, SLASH, OutputError, SharedStage, Stage
from tests.publish.small_site import broken_links, files, killed

OLD = {
    "index.html": '<a href="/kept/"></a><a href="/gone/"></a>',
    "kept/index.html": '<a href="/gone/deep/"></a>',
    "gone/index.html": '<a href="/"></a>',
    "gone/deep/index.html": "",
}
NEW = {
    "index.html": '<a href="/kept/"></a><a href="/new/"></a>',
    "kept/index.html": '<a href="/new/deep/"></a><a href="/kept/more/"></a>',
    "kept/more/index.html": '<a href="/new/"></a>',
    "new/index.html": '<a href="/new/deep/"></a>',
    "new/deep/index.html": '<a href="/"></a>',
}


def publish(out: Path, pages: dict[str, str], job: str = "all") -> list[str]:
    """One build of these pages by one job; what it names as not its own."""
    with OutputFolder(out) as folder:
        stage = folder.open_stage()
        for name, text in pages.items():
            if not (out / name).is_file() or (out / name).read_text() != text:
                stage.write(name, text.encode())
        stage.flush()
        stage.close()
        entries = [Entry(n, "page", digest(t.encode()), len(t)) for n, t in sorted(pages.items())]
        write_manifest(folder.draft_file, {}, [Record(job, {}, "", Files.of(entries)).line()])
        folder.publish(folder.stale(folder.draft_file))
        return folder.strangers()


def test_files_of_others_are_named_in_folders_that_a_build_touched(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    for name in ("kept/mine.txt", "gone/mine.txt", "elsewhere/mine.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert publish(tmp_path, NEW) == ["elsewhere/", "gone/", "kept/mine.txt"]


def test_old_versions_of_few_pages_are_freed_by_the_next_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.publish.output.folder.MOST_SET_ASIDE", 1)
    replaced = OutputFolder(tmp_path).replaced
    for pages, before in ((OLD, None), (NEW, OLD), (OLD, NEW)):
        publish(tmp_path, pages)
        held = [file.read_text() for file in replaced.iterdir()]
        assert held == [before["index.html"]] if before else not held


def test_pages_that_went_are_noted_with_those_that_went_before(tmp_path: Path) -> None:
    for pages in (OLD, NEW, {"index.html": ""}):
        publish(tmp_path, pages)
    assert read_removed(tmp_path) == ("/gone/", "/gone/deep/", "/kept/", "/kept/more/", "/new/", "/new/deep/")


def as_text(site: Path) -> dict[str, str]:
    return {name: body.decode() for name, body in files(site).items()}


def test_the_new_site_replaces_the_old_and_nothing_else(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    (tmp_path / ".gitignore").write_text("*")
    (tmp_path / "gone/mine.txt").write_text("mine")
    publish(tmp_path, NEW)
    assert as_text(tmp_path) == NEW | {".gitignore": "*", "gone/mine.txt": "mine"}
    assert not (tmp_path / "gone/deep").exists()


def test_pages_that_another_job_makes_now_stay(tmp_path: Path) -> None:
    publish(tmp_path, OLD, "one")
    publish(tmp_path, NEW, "another")
    assert as_text(tmp_path) == NEW


@pytest.mark.parametrize("step", range(12))
def test_a_build_killed_at_any_step_breaks_no_link_and_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    publish(tmp_path, OLD)
    left = iter(range(step, -1, -1))

    def dying(call):
        def wrapped(*arguments, **options):
            if next(left, 0) == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return wrapped

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink", "rmdir"):
            patch.setattr(os, name, dying(getattr(os, name)))
        assert killed(lambda: publish(tmp_path, NEW))
    assert broken_links(tmp_path) == set()
    publish(tmp_path, NEW)
    assert as_text(tmp_path) == NEW
    assert read_removed(tmp_path) == ("/gone/", "/gone/deep/")


def test_a_second_build_is_told_who_has_the_folder(tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "site"), pytest.raises(FolderBusy, match=rf"process {os.getpid()} on .+\) is at work"):
        OutputFolder(tmp_path / "site").__enter__()
    with OutputFolder(tmp_path / "site"):
        pass


def test_a_folder_in_a_page_s_place_is_named_before_anything_changes(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    (tmp_path / "new/deep/index.html").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"new/deep/index\.html: can't be written: a file and a folder"):
        publish(tmp_path, NEW)
    assert as_text(tmp_path) == OLD
    (tmp_path / "new/deep/index.html").rmdir()
    publish(tmp_path, NEW)
    assert as_text(tmp_path) == NEW


def test_a_folder_that_takes_no_files_is_named_before_anything_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, OLD)
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("kept"))
    with pytest.raises(OutputError, match=r"kept/index\.html: can't be written: the folder .* takes no files"):
        publish(tmp_path, NEW)
    assert as_text(tmp_path) == OLD


def test_a_file_that_cannot_be_put_in_place_is_named_and_comes_with_the_next_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, OLD)
    replace = os.replace

    def refusing(source, target):
        if str(target).endswith("kept/index.html"):
            raise PermissionError(1, "Operation not permitted", source, None, target)
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refusing)
        with pytest.raises(OutputError, match=r"kept/index\.html: can't be written: Operation not permitted"):
            publish(tmp_path, NEW)
    assert broken_links(tmp_path) == set()
    publish(tmp_path, NEW)
    assert as_text(tmp_path) == NEW


def test_a_new_folder_is_taken_away_again_when_nothing_was_published(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="stop"), OutputFolder(tmp_path / "a/site"):
        raise ValueError("stop")
    assert not (tmp_path / "a/site").exists()


def test_what_cannot_be_tidied_away_does_not_hide_why_a_build_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As where a worker that the build can't reach still writes there."""
    monkeypatch.setattr("generator.publish.output.placing.REMOVALS", 2)

    def refusing(folder: Path) -> None:
        raise OSError(errno.ENOTEMPTY, "Directory not empty", str(folder))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", refusing)
        with pytest.raises(ValueError, match="page 40,000"), OutputFolder(tmp_path / "site"):
            raise ValueError("page 40,000")
    assert f"{tmp_path / 'site'}: can't be written: Directory not empty" in caplog.text
    publish(tmp_path / "site", NEW)
    assert as_text(tmp_path / "site") == NEW


def test_an_output_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("not a folder")
    with pytest.raises(OutputError, match="site: can't be written"):
        OutputFolder(tmp_path / "site").__enter__()


def test_others_cannot_read_the_build_s_own_files(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    assert (tmp_path / WORK).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name", ["a.html", "a/b.html", "a/b/c.html", f"a/b{SLASH}c.html", f"a{SLASH}b.html", f"a/b/{LONGEST_NAME * 'c'}"]
)
def test_a_new_version_of_a_file_replaces_it_alone(tmp_path: Path, name: str) -> None:
    old = {"a/b/c/index.html": "", "index.html": ""}
    publish(tmp_path, old | {name: "old"})
    publish(tmp_path, old | {name: "new"})
    assert as_text(tmp_path) == old | {name: "new"}


def test_a_new_version_comes_although_somebody_deletes_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, OLD)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        assert killed(lambda: publish(tmp_path, NEW))
    shutil.rmtree(tmp_path / "kept")
    publish(tmp_path, NEW)
    assert as_text(tmp_path) == NEW


def test_a_file_in_parts_is_whole_although_the_system_takes_some_of_it_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some, few = os.writev, os.write
    monkeypatch.setattr(os, "writev", lambda handle, parts: some(handle, [parts[0], parts[1][:2]]))
    monkeypatch.setattr(os, "write", lambda handle, rest: few(handle, rest[:3]))
    stage = Stage(tmp_path / "next")
    stage.write("a/index.html", b"one ", b"two ", b"three ", b"four")
    stage.flush()
    stage.close()
    assert files(tmp_path) == {"next/a/index.html": b"one two three four"}


def test_a_worker_that_was_given_up_changes_no_file_that_was_moved_into_the_site(tmp_path: Path) -> None:
    stage, late = (SharedStage(tmp_path / "next", tmp_path / "scratch") for _ in range(2))
    stage.write("a/index.html", b"whole")
    stage.flush()
    with (tmp_path / "next/a/index.html").open("rb") as moved:
        late.write("a/index.html", b"later")
        late.flush()
        assert moved.read() == b"whole"
    assert files(tmp_path) == {"next/a/index.html": b"later"}
    for each in (stage, late):
        each.close()
