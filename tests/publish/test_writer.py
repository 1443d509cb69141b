"""Files are written whole, unchanged ones are left alone, and nothing that isn't ours is removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.publish.links import BrokenLinks, check_links, internal_links
from generator.publish.sitemap import URLS_PER_FILE, robots, sitemap_files
from generator.publish.writer import (
    OutputError,
    Writer,
    check_writable,
    file_name,
    read_manifest,
    remove_stale,
    write_manifest,
)


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", "index.html"), ("/a/b/", "a/b/index.html"), ("/404.html", "404.html"), ("/robots.txt", "robots.txt")],
)
def test_a_url_path_has_one_file(path: str, name: str) -> None:
    assert file_name(path) == name


def test_an_unchanged_page_is_not_written_again(tmp_path: Path) -> None:
    first = Writer(tmp_path, {})
    first.write("/a/", b"text")
    before = (tmp_path / "a/index.html").stat()
    second = Writer(tmp_path, first.written)
    second.write("/a/", b"text")
    after = (tmp_path / "a/index.html").stat()
    assert (first.changed, second.changed) == (1, 0)
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_page_that_someone_deleted_is_written_again(tmp_path: Path) -> None:
    first = Writer(tmp_path, {})
    first.write("/a/", b"text")
    (tmp_path / "a/index.html").unlink()
    second = Writer(tmp_path, first.written)
    second.write("/a/", b"text")
    assert (tmp_path / "a/index.html").read_bytes() == b"text"


def test_no_temporary_file_stays_when_a_page_cannot_be_put_in_place(tmp_path: Path) -> None:
    (tmp_path / "a/index.html").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"index\.html: can't be written"):
        Writer(tmp_path, {}).write("/a/", b"text")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["index.html"]


def test_an_output_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("not a folder")
    with pytest.raises(OutputError, match="site: can't be written"):
        check_writable(tmp_path / "site")


def test_only_what_an_earlier_build_wrote_is_removed(tmp_path: Path) -> None:
    writer = Writer(tmp_path, {})
    writer.write("/old/page/", b"x")
    writer.write("/kept/", b"x")
    write_manifest(tmp_path, writer.written)
    (tmp_path / "old/mine.txt").write_text("mine")
    removed = remove_stale(tmp_path, read_manifest(tmp_path), {"kept/index.html": ""})
    assert removed == 1
    assert not (tmp_path / "old/page").exists()
    assert (tmp_path / "old/mine.txt").read_text() == "mine"
    assert (tmp_path / "kept/index.html").exists()


def test_links_leave_out_queries_fragments_and_other_sites() -> None:
    body = b'<a href="/a/?x=1">a</a><a href="/b/#c">b</a><a href="https://example.org/">c</a><form action="/go/">'
    assert internal_links(body) == {"/a/", "/b/", "/go/"}


def test_a_link_to_no_page_names_page_and_target() -> None:
    check_links({"/a/": "/"}, ["a/index.html"])
    with pytest.raises(BrokenLinks, match=r"/from/: links to /gone/, which no page is at"):
        check_links({"/gone/": "/from/"}, ["a/index.html"])


def test_a_sitemap_is_split_below_an_index_where_there_are_too_many_urls() -> None:
    few = dict(sitemap_files("https://x.example", ["/a/", "/b&c/"]))
    assert list(few) == ["/sitemap.xml"]
    assert b"<loc>https://x.example/b&amp;c/</loc>" in few["/sitemap.xml"]
    many = dict(sitemap_files("https://x.example", [f"/{n}/" for n in range(URLS_PER_FILE + 1)]))
    assert sorted(many) == ["/sitemap-1.xml", "/sitemap-2.xml", "/sitemap.xml"]
    assert many["/sitemap-1.xml"].count(b"<loc>") == URLS_PER_FILE
    assert b"<loc>https://x.example/sitemap-2.xml</loc>" in many["/sitemap.xml"]
    assert b"Sitemap: https://x.example/sitemap.xml" in robots("https://x.example")
