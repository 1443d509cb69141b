"""A site in an object store: the same bytes, only what changed is sent, and no link is broken on the way."""

from __future__ import annotations

import gzip
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import brotli
import fsspec
import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.publish.due.manifest import write_manifest
from generator.publish.due.record import Entry, Files, Record, digest
from generator.publish.output import lease, store
from generator.publish.output.folder import WORK, FolderBusy
from generator.publish.output.moves import FolderSite, moves
from generator.publish.output.precompress import precompress
from generator.publish.output.removed import read_removed
from generator.publish.output.stage import OutputError
from generator.publish.output.store import headers
from generator.publish.output.store_folder import StoreFolder
from generator.publish.output.store_site import StoreSite
from generator.publish.output.twins import TEXTS
from tests.publish.small_site import broken_links, files
from tests.publish.test_folder import NEW, OLD
from tests.publish.test_folder import publish as publish_folder
from tests.sample_site import TEMPLATES

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"SOURCE_DATE_EPOCH": "86400"}


def build(data: Path, out: Path | str, *options: object) -> tuple[int, str]:
    words = ["--data", data, "build", "--out", out, "--templates", TEMPLATES, "--jobs", 1, *options]
    result = CliRunner().invoke(main, [str(word) for word in words], env=ENVIRONMENT)
    return result.exit_code, result.output


def objects(url: str) -> dict[str, bytes]:
    """What a reader can get, and the build's own files."""
    fs = fsspec.filesystem("s3")
    fs.invalidate_cache()
    root = url.removeprefix("s3://")
    return {name[len(root) + 1 :]: body for name, body in fs.cat(fs.find(root)).items()}


def site_of(url: str) -> dict[str, bytes]:
    return {name: body for name, body in objects(url).items() if not name.startswith(WORK)}


def writes(url: str) -> Counter[str]:
    """How often each file of the site was ever written."""
    root = url.removeprefix("s3://atlas/")
    pages = fsspec.filesystem("s3").call_s3("list_object_versions", Bucket="atlas", Prefix=f"{root}/")
    names = (each["Key"][len(root) + 1 :] for each in pages["Versions"])
    return Counter(name for name in names if not name.startswith(WORK))


@pytest.fixture(scope="module")
def url(tiny: Path, bucket: str) -> str:
    """The site in a store, built by processes of this machine."""
    status, output = build(tiny, f"{bucket}/site", "--jobs", 2)
    assert status == 0, output
    return f"{bucket}/site"


def test_a_store_holds_what_a_folder_would(url: str, tiny_site: Path) -> None:
    found = objects(url)
    assert found.pop(f"{WORK}/manifest") == (tiny_site / WORK / "manifest").read_bytes()
    assert found == files(tiny_site)


def test_files_carry_their_type_and_how_long_they_may_be_kept(url: str) -> None:
    names = [name for name in site_of(url) if name in ("index.html", "robots.txt") or name.startswith("card-")]
    fs = fsspec.filesystem("s3")
    found = {}
    for name in names:
        head = fs.call_s3("head_object", Bucket="atlas", Key=f"site/{name}")
        found[name.partition("-")[0]] = head["ContentType"], head["CacheControl"]
    assert found == {
        "index.html": ("text/html; charset=utf-8", "public, max-age=300, stale-while-revalidate=86400"),
        "robots.txt": ("text/plain; charset=utf-8", "public, max-age=300, stale-while-revalidate=86400"),
        "card": ("image/png", "public, max-age=31536000, immutable"),
    }


def test_a_compressed_twin_has_the_type_of_its_page() -> None:
    assert headers("a/index.html.br")[::2] == ("text/html; charset=utf-8", "br")
    assert headers("figures.csv.gz")[::2] == ("text/csv; charset=utf-8", "gzip")


@pytest.mark.parametrize(
    ("protocol", "told"),
    [
        # What gcsfs 2026.10.1 and adlfs 2026.8.0 take beside the content.
        (
            "gs",
            {
                "content_type": "image/png",
                "fixed_key_metadata": {"cache_control": "public, max-age=31536000, immutable"},
            },
        ),
        (
            "az",
            {
                "content_settings": {
                    "content_type": "image/png",
                    "cache_control": "public, max-age=31536000, immutable",
                }
            },
        ),
        ("memory", {}),
    ],
)
def test_each_kind_of_store_is_told_headers_in_its_own_words(
    protocol: str, told: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[list[str], dict[str, object]]] = []

    class Told:
        def pipe(self, bodies: dict[str, bytes], **settings: object) -> None:
            found.append((list(bodies), settings))

    monkeypatch.setattr("fsspec.core.url_to_fs", lambda url, **settings: (Told(), "place"))
    store.Store(f"{protocol}://place").write({"a/card-0123456789.png": b""})
    assert found == [(["place/a/card-0123456789.png"], told)]


def test_removed_pages_are_noted_in_the_store_and_lead_where_those_of_a_folder_do(bucket: str, tmp_path: Path) -> None:
    url = f"{bucket}/removed"
    for number, pages in enumerate((OLD, NEW, {"index.html": "", "kept/index.html": ""})):
        publish(url, tmp_path / f"machine-{number}", pages)
        publish_folder(tmp_path / "folder", pages)
    there, here = StoreSite(url), FolderSite(tmp_path / "folder")
    assert there.removed == here.removed == ("/gone/", "/gone/deep/", "/kept/more/", "/new/", "/new/deep/")
    assert moves({}, there.removed, there) == moves({}, here.removed, here)
    result = CliRunner().invoke(main, ["rules", "netlify-redirects", "--out", url])
    assert "/kept/more/ /kept/ 301" in " ".join(result.output.split())


def twins(url: str) -> dict[str, str]:
    """What a visitor reads in each twin; brotli's and gzip's must agree."""
    found = {name: body for name, body in site_of(url).items() if name[:-3].endswith(TEXTS)}
    texts = {name[:-3]: brotli.decompress(body).decode() for name, body in found.items() if name.endswith(".br")}
    assert texts == {name[:-3]: gzip.decompress(body).decode() for name, body in found.items() if name.endswith(".gz")}
    return texts


def test_twins_lie_beside_texts_and_go_when_those_change(bucket: str, tmp_path: Path) -> None:
    url = f"{bucket}/twins"
    publish(url, tmp_path / "one", OLD | {"same/index.html": "the same"})
    assert precompress(StoreFolder(tmp_path / "one", url), 2) == len(OLD) + 1
    assert twins(url) == OLD | {"same/index.html": "the same"}
    with StoreFolder(tmp_path / "one", url) as folder:
        assert folder.strangers() == []
    head = fsspec.filesystem("s3").call_s3("head_object", Bucket="atlas", Key="twins/index.html.br")
    assert (head["ContentType"], head["ContentEncoding"]) == ("text/html; charset=utf-8", "br")
    publish(url, tmp_path / "two", NEW | {"same/index.html": "the same"})
    assert twins(url) == {"same/index.html": "the same"}
    fsspec.filesystem("s3").rm(f"{url}/same/index.html.gz")
    assert precompress(StoreFolder(tmp_path / "one", url), 1) == len(NEW) + 1
    assert twins(url) == NEW | {"same/index.html": "the same"}
    assert writes(url)["same/index.html"] == 2  # by each of the two builds, by no twin


def test_a_build_into_a_store_makes_twins_if_asked(url: str, tiny: Path) -> None:
    status, output = build(tiny, url, "--precompress")
    assert status == 0, output
    texts = {name for name in site_of(url) if name.endswith(TEXTS)}
    assert f"precompressed: {len(texts):,} files" in output
    assert twins(url).keys() == texts
    assert "precompressed: 0 files" in build(tiny, url, "--precompress")[1]


def test_a_build_from_elsewhere_sends_only_what_changed_and_takes_away_what_is_gone(
    url: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert "(0 rendered, 0 pages/s); 0 files changed" in build(tiny, url)[1]
    assert set(writes(url).values()) == {1}
    shutil.copytree(tiny, tmp_path / "data")
    (tmp_path / "data/models/llama-3.2-1b.md").unlink()
    before = site_of(url)
    assert build(tmp_path / "data", url)[0] == 0
    after = site_of(url)
    assert "llama-3.2-1b/index.html" in before.keys() - after.keys()
    changed = {name for name, body in after.items() if before.get(name) != body}
    assert "index.html" in changed
    assert {name for name, count in writes(url).items() if count > 1} == changed & before.keys()
    assert broken_links(kept(url, tmp_path / "seen")) == set()


def publish(url: str, out: Path, pages: dict[str, str]) -> None:
    """One build of these pages."""
    with StoreFolder(out, url) as folder:
        stage = folder.open_stage()
        for name, text in pages.items():
            stage.write(name, text.encode())
        stage.flush()
        entries = tuple(Entry(n, "page", digest(t.encode()), len(t)) for n, t in sorted(pages.items()))
        write_manifest(folder.draft_file, {}, [Record("all", {}, "", Files.of(entries)).line()])
        folder.publish(folder.stale(folder.draft_file))


def kept(url: str, folder: Path) -> Path:
    """The site as files."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, body in site_of(url).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return folder


def test_what_stands_is_believed_unless_it_is_to_be_looked_at(bucket: str, tmp_path: Path) -> None:
    url = f"{bucket}/looked"
    publish(url, tmp_path, OLD)
    fsspec.filesystem("s3").rm(f"{url}/gone/index.html")
    for look, expected in ((False, True), (True, False)):
        folder = StoreFolder(tmp_path, url, look=look)
        assert folder.stands("index.html", len(OLD["index.html"]))
        assert folder.stands("gone/index.html", len(OLD["gone/index.html"])) is expected


class Killed(BaseException):
    """The end of a process."""


def die_at(step: int, patch: pytest.MonkeyPatch) -> None:
    """Let the step-th change of the store be the last, done by half where it is of many files."""
    left = step

    def dying(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(self: store.Store, *arguments: Any) -> Any:
            nonlocal left
            left -= 1
            if left > 0:
                return change(self, *arguments)
            if left == 0 and change.__name__ in ("copy", "remove"):
                change(self, *arguments[:-1], list(arguments[-1])[:1])
            raise Killed

        return changed

    for name in ("create", "write", "put", "copy", "remove"):
        patch.setattr(store.Store, name, dying(getattr(store.Store, name)))
    patch.setattr(lease.Lease, "release", lambda self: self._ended.set())


@pytest.mark.parametrize("step", range(1, 11))
def test_a_build_killed_at_any_step_breaks_no_link_and_is_finished_by_the_next(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    url = f"{bucket}/step{step}"
    publish(url, tmp_path / "work", OLD)
    with monkeypatch.context() as patch:
        die_at(step, patch)
        with pytest.raises(Killed):
            publish(url, tmp_path / "work", NEW)
    assert broken_links(kept(url, tmp_path / "seen")) == set()
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.2)
    publish(url, tmp_path / "elsewhere", NEW)
    assert objects(url).keys() == {*NEW, f"{WORK}/manifest", f"{WORK}/removed"}
    assert {name: body.decode() for name, body in site_of(url).items()} == NEW


MANY = 20
KILLED = """
import os
import signal
import sys
from pathlib import Path
from generator.publish.output.store import Store
from tests.publish.test_store import MANY, OLD, publish

def killed(self, folder, names, copy=Store.copy):
    copy(self, folder, list(names)[: MANY // 2])
    os.kill(os.getpid(), signal.SIGKILL)

Store.copy = killed
publish(sys.argv[1], Path(sys.argv[2]), OLD | {f"many/{number}/index.html": "" for number in range(MANY)})
"""


def test_a_build_killed_by_signal_9_while_it_copies_is_finished_by_the_next(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{bucket}/killed"
    command = [sys.executable, "-c", KILLED, url, str(tmp_path / "work")]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert len(site_of(url)) == MANY // 2
    assert "index.html" not in site_of(url)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.2)
    publish(url, tmp_path / "elsewhere", OLD)
    assert {name: body.decode() for name, body in site_of(url).items()} == OLD
    assert len(read_removed(tmp_path / "elsewhere")) == MANY


def test_two_builds_do_not_work_in_one_place(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 5.0)
    url = f"{bucket}/busy"
    with StoreFolder(tmp_path / "one", url), pytest.raises(FolderBusy, match=rf"{url}: another build \(process \d+ on"):
        StoreFolder(tmp_path / "two", url).__enter__()
    with StoreFolder(tmp_path / "two", url):
        pass


def test_a_place_that_is_not_there_is_named(tiny: Path, bucket: str) -> None:
    status, output = build(tiny, "s3://nowhere/site")
    assert status == 1
    assert "s3://nowhere/site/.build/lock: can't be written: FileNotFoundError: The specified bucket does not" in output
    status, output = build(tiny, "nothing://nowhere/site")
    assert (status, "Protocol not known: nothing" in output) == (1, True)


def test_what_was_staged_and_is_gone_stops_the_build(bucket: str, tmp_path: Path) -> None:
    url = f"{bucket}/lost"
    with StoreFolder(tmp_path, url) as folder:
        entries = (Entry("index.html", "page", digest(b"home"), 4),)
        write_manifest(folder.draft_file, {}, [Record("all", {}, "", Files.of(entries)).line()])
        with pytest.raises(OutputError, match=r"1 files were staged and are gone: index\.html"):
            folder.publish(folder.stale(folder.draft_file))


class Failed(Exception):
    """What goes wrong in a build."""


def fail(url: str, out: Path) -> None:
    """A build that has staged something beside what another one stages."""
    with StoreFolder(out, url) as folder:
        stage = folder.open_stage()
        stage.write("index.html", b"half")
        stage.flush()
        fsspec.filesystem("s3").pipe_file(f"{url}/{WORK}/next/other/index.html", b"another half")
        raise Failed


def test_a_failed_build_says_why_where_the_store_refuses_to_tidy_up(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{bucket}/refused"

    def refuse(place: store.Store, names: Iterable[str]) -> None:
        if list(names):
            raise OutputError(place.url, "AccessDenied")

    with monkeypatch.context() as patch:
        patch.setattr(store.Store, "remove", refuse)
        with pytest.raises(Failed):
            fail(url, tmp_path / "work")
    assert [record.getMessage() for record in caplog.records] == [
        f"{url}: can't be written: AccessDenied, so what the build left there waits for the next one",
        f"{url}: can't be written: AccessDenied, so the next build waits until it sees that this one is gone",
    ]
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.2)
    publish(url, tmp_path / "work", OLD)
    assert objects(url).keys() == {*OLD, f"{WORK}/manifest"}


def test_a_failed_build_takes_away_what_it_staged_and_nobody_else_s(bucket: str, tmp_path: Path) -> None:
    url = f"{bucket}/others"
    with pytest.raises(Failed):
        fail(url, tmp_path)
    assert objects(url).keys() == {f"{WORK}/next/other/index.html"}
