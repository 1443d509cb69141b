"""Pages that don't go together are found before they are published."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from generator.publish import together
from generator.publish.due.manifest import Manifest, write_manifest
from generator.publish.due.record import Bonds, Entry, Files, Record, short_digest
from generator.publish.links import BrokenSite, News, SiteCheck, own_words
from generator.publish.output.stage import url_path
from generator.publish.sitemap import BYTES_PER_FILE, URLS_PER_FILE, robots, sitemap_files
from generator.render.links import internal_links


def record(job: str, *names: str, links: tuple[str, ...] = (), lonely: tuple[str, ...] = (), titles=()) -> Record:
    paths = [url_path(name) for name in names]
    numbers = [tuple(map(short_digest, texts)) for texts in (links, lonely, titles, paths)]
    return Record(job, {}, "", Files.of(Entry(name, "list", "", 0) for name in names), *numbers)


def bonds(record: Record) -> Bonds:
    return Bonds.from_line(record.line())


def checked(*records: Record) -> SiteCheck:
    check = SiteCheck()
    for each in records:
        check.add(bonds(each))
    return check


def test_links_leave_out_queries_fragments_and_other_sites() -> None:
    body = (
        b'<a href="/a/?x=1">a</a><a href="/b/#c">b</a><a href="https://example.org/">c</a><form action="/go/">'
        b'<a href="//elsewhere.example/">d</a><a href="/">home</a>'
    )
    assert internal_links(body) == {"/a/", "/b/", "/go/", "/"}


def test_a_link_between_jobs_must_lead_to_a_page() -> None:
    check = checked(record("one", "a/index.html", links=("/b/", "/c/")), record("two", "b/index.html"))
    assert check.dangling == {short_digest("/c/")}


def test_a_page_that_no_other_job_links_to_is_an_orphan() -> None:
    records = record("one", "a/index.html", "b/index.html", lonely=("/a/", "/b/")), record("two", links=("/b/",))
    assert list(checked(*records).named(records)) == ["/a/: no page links to it"]


def test_home_and_the_page_for_missing_ones_need_no_link() -> None:
    assert checked(record("one", "index.html", "404.html", lonely=("/", "/404.html"))).orphans == set()


def test_an_address_or_a_title_that_stands_twice_is_named_with_both() -> None:
    one = record("one", "a/index.html", "b/index.html", titles=("A", "B"))
    two = record("two", "a/index.html", "c/index.html", titles=("C", "B"))
    check = checked(one, two)
    assert check.twice
    assert sorted(check.named([one, two])) == [
        "/a/: both one and two make a page of this address",
        "/c/: has the title of /b/",
    ]


def test_shares_find_together_what_a_whole_check_finds() -> None:
    one = record(
        "one", "a/index.html", "b/index.html", links=("/c/", "/d/", "/e/"), lonely=("/a/", "/b/"), titles=("A", "B")
    )
    two = record("two", "a/index.html", "c/index.html", links=("/f/",), titles=("C", "B"))
    whole, parts = SiteCheck(), [SiteCheck(share, 3) for share in range(3)]
    for check in (whole, *parts):
        check.add(bonds(one))
        check.add(bonds(two))
    assert set().union(*(part.dangling for part in parts)) == whole.dangling
    assert set().union(*(part.orphans for part in parts)) == whole.orphans
    assert set().union(*(part.missing(whole.dangling) for part in parts)) == whole.dangling
    named = [line for part in parts for line in part.named([one, two])]
    assert sorted(named) == sorted(whole.named([one, two]))
    assert whole.dangling
    assert whole.orphans
    assert named


ONE = record("one", "a/index.html", "b/index.html", links=("/c/",), lonely=("/a/",), titles=("A", "B"))
TWO = record("two", "c/index.html", "d/index.html", links=("/a/",), lonely=("/c/",), titles=("C", "D"))


@pytest.mark.parametrize(
    "other",
    [
        record("two", "c/index.html", "d/index.html", links=("/a/",), lonely=("/c/",), titles=("B", "D")),
        record("two", "c/index.html", "d/index.html", links=("/a/",), lonely=("/c/",), titles=("D", "D")),
        record("two", "c/index.html", "d/index.html", links=("/a/", "/e/"), lonely=("/c/",), titles=("C", "D")),
        record("two", "c/index.html", "d/index.html", lonely=("/c/",), titles=("C", "D")),
        record("two", "c/index.html", "d/index.html", links=("/a/",), lonely=("/c/", "/d/"), titles=("C", "D")),
        record("two", "d/index.html", links=("/a/",), titles=("D",)),
        record("two", "a/index.html", "c/index.html", links=("/a/",), lonely=("/c/",), titles=("C", "D")),
        record("two"),
    ],
)
def test_what_is_wrong_is_found_in_what_is_new_alone(other: Record) -> None:
    """``other`` takes the place of ``TWO`` in a site that goes together."""
    old = checked(ONE, TWO)
    assert [*old.dangling, *old.named([ONE, TWO])] == []
    news = News()
    news.add(bonds(TWO), bonds(other))
    found, whole = SiteCheck(news=news), checked(ONE, other)
    for each in (ONE, other):
        found.add(bonds(each))
    assert (found.dangling, found.orphans) == (whole.dangling, whole.orphans)
    named = [*whole.named([ONE, other])]
    assert [*found.named([ONE, other])] == named
    assert whole.dangling or named


def test_jobs_that_leave_what_they_left_bring_no_news() -> None:
    news = News()
    news.add(bonds(ONE), bonds(ONE))
    assert not news


@pytest.mark.parametrize("most", [0, 100])
def test_much_that_is_new_is_judged_as_all_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, most: int) -> None:
    monkeypatch.setattr(together, "MOST_NEWS", most)
    second = record("two", "c/index.html", "d/index.html", links=("/a/",), lonely=("/c/",), titles=("B", "D"))
    write_manifest(tmp_path / "old", {}, [ONE.line(), TWO.line()], judged=True)
    write_manifest(tmp_path / "left", {}, [second.line()])
    shop: Any = SimpleNamespace(old=Manifest(tmp_path / "old"), left=tmp_path / "left")
    jobs = together.Together(shop, ["one", "two"], {"two"})
    assert (jobs.news is None) is (most == 0)
    with pytest.raises(BrokenSite, match=r"^/c/: has the title of /b/$"):
        jobs.judge(None)


def test_a_long_list_of_findings_is_cut() -> None:
    assert str(BrokenSite(f"line {n}" for n in range(30))).splitlines()[-1] == "and 10 more"


def test_words_change_with_figures_and_not_with_markup_or_forms() -> None:
    page = b'<header>x</header><main class="a"><p>24 GB</p><form><option>A</form></main>'
    same = b'<header>y</header><main class="b"><p> 24  GB</p>\n<form><option>B</form></main>'
    assert own_words(page) == own_words(same) != own_words(page.replace(b"24", b"25"))


def test_a_page_s_words_count_in_whatever_parts_it_comes() -> None:
    page = b'<style>a{b:c}</style>\n<main id="main"><p>24 GB</p></main><footer>y</footer>'
    assert own_words(page[:20], page[20:]) == own_words(page[:8], page[8:20], page[20:30], page[30:]) == own_words(page)


def test_all_words_of_a_page_without_a_main_part_count() -> None:
    page = b"<style>a{b:c}</style>", b"<p>24 GB</p>"
    assert own_words(*page) == own_words(b"".join(page)) != own_words(page[0], b"<p>25 GB</p>")


def test_a_sitemap_says_when_a_page_changed() -> None:
    found = dict(sitemap_files("https://x.example", [("/b&c/", "2026-01-02")]))
    assert list(found) == ["/sitemap.xml"]
    assert b"<loc>https://x.example/b&amp;c/</loc><lastmod>2026-01-02</lastmod>" in found["/sitemap.xml"]


def test_a_sitemap_is_split_below_an_index_where_there_are_too_many_urls() -> None:
    many = dict(sitemap_files("https://x.example", ((f"/{n}/", "2026-01-02") for n in range(URLS_PER_FILE + 1))))
    assert sorted(many) == ["/sitemap-1.xml", "/sitemap-2.xml", "/sitemap.xml"]
    assert many["/sitemap-1.xml"].count(b"<loc>") == URLS_PER_FILE
    assert b"<loc>https://x.example/sitemap-2.xml</loc>" in many["/sitemap.xml"]
    assert b"Sitemap: https://x.example/sitemap.xml" in robots("https://x.example")


def test_a_sitemap_is_split_where_it_would_be_too_large() -> None:
    long = "x" * 2000
    parts = dict(sitemap_files("https://x.example", ((f"/{long}{n}/", "2026-01-02") for n in range(26_000))))
    assert all(len(body) <= BYTES_PER_FILE for body in parts.values())
    assert sum(body.count(b"<loc>") for name, body in parts.items() if name != "/sitemap.xml") == 26_000
