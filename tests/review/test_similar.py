"""Pages that say nearly the same are found, whatever their figures and whatever stands around the text."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.publish.sitemap import sitemap_files
from generator.review.similar import phrases, similar_pages

TEXT = "the cache of this model grows with every token and outweighs the weights at a context of {} tokens in all"
OTHER = "a state of fixed size is all that these layers keep however long a conversation with the model becomes"


def page(text: str, around: str = "") -> str:
    return f'<html><head></head><body><p>{around}</p><main class="scenario"><p>{text}</p></main></body></html>'


def write(folder: Path, pages: dict[str, str], listed: str) -> Path:
    for name, html in pages.items():
        (folder / name).mkdir()
        (folder / name / "index.html").write_text(html)
    urls = ((f"/{name}/", "2026-11-29") for name in listed)
    for path, content in sitemap_files("https://atlas.example", urls):
        (folder / path[1:]).write_bytes(content)
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    pages = {
        "a": page(TEXT.format("8,192"), around="One"),
        "b": page(TEXT.format("32,768"), around="Another header"),
        "c": page(OTHER),
        "hidden": page(TEXT.format("1")),
    }
    return write(tmp_path, pages, "abc")


def test_pages_that_differ_in_figures_alone_are_one(site: Path) -> None:
    found = similar_pages(site)
    assert [(pair.one, pair.other, pair.share) for pair in found.pairs] == [("/a/", "/b/", 1.0)]
    assert found.pages == 3


def test_the_share_of_phrases_that_stand_nowhere_else_is_told_for_each_kind(site: Path) -> None:
    [kind] = similar_pages(site).kinds
    assert (kind.name, kind.pages, kind.least_own) == ("scenario", 3, 0.0)
    assert kind.mean_own == pytest.approx(1 / 3)


def test_only_pages_that_match_are_compared(site: Path) -> None:
    assert similar_pages(site, only="/[ac]/").pairs == ()


def test_a_share_is_counted_phrase_by_phrase(tmp_path: Path) -> None:
    # Ten words hold six phrases; a changed last word changes one of them: 5 of 7 are common.
    words = "one two three four five six seven eight nine"
    write(tmp_path, {name: page(f"{words} {last}") for name, last in (("a", "ten"), ("b", "eleven"))}, "ab")
    [pair] = similar_pages(tmp_path, above=0.7).pairs
    assert pair.share == pytest.approx(5 / 7)


def test_figures_units_forms_and_charts_do_not_count() -> None:
    bare = phrases("it takes so much memory on a card with the whole cache")
    assert (phrases("it takes 18.4 GB so much memory on a 24 GB card with the whole 128K cache") == bare).all()


def test_digits_of_a_name_count() -> None:
    one, other = (phrases(f"all that {name} keeps for a context of 8,192 tokens") for name in ("Qwen3 2507", "Qwen3"))
    assert len(one) == len(other) + 1


def test_a_name_in_the_breadcrumb_is_a_word_whatever_its_digits(tmp_path: Path) -> None:
    pages = {}
    for name in ("Gemma 2 27B", "Gemma 3 27B"):
        crumbs = f'<nav class="crumbs"><ol><li><a href="/x/">{name}</a></li><li>32K</li></ol></nav>'
        text = f"{crumbs}<p>the cache of {name} grows with every token of the 32K that it holds at most</p>"
        pages[name[6]] = f'<html><head></head><body><main class="model">{text}</main></body></html>'
    assert similar_pages(write(tmp_path, pages, "23")).pairs == ()


def test_a_figure_in_the_breadcrumb_stays_a_figure() -> None:
    assert (phrases("all that fits in 24 GB of memory", {"24 GB"}) == phrases("all that fits in of memory")).all()


def test_forms_charts_and_commands_are_no_words_of_a_page(tmp_path: Path) -> None:
    extra = "<form><label>choose any of these many models</label></form><svg><text>a b c d e f</text></svg>"
    command = "<pre>run this long command line now</pre>"
    write(tmp_path, {"a": page(TEXT.format(1)), "b": page(TEXT.format(1) + extra + command)}, "ab")
    assert [pair.share for pair in similar_pages(tmp_path).pairs] == [1.0]


def test_the_command_names_pairs_and_fails_where_there_are_any(site: Path) -> None:
    result = CliRunner().invoke(main, ["similar", "--site", str(site)])
    assert result.exit_code == 1
    assert "/a/" in result.output
    assert "1 of 3 pairs of 3 pages" in result.output
    alone = CliRunner().invoke(main, ["similar", "--site", str(site), "--only", "/c/"])
    assert alone.exit_code == 0, alone.output


def test_a_folder_without_a_sitemap_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["similar", "--site", str(tmp_path)])
    assert result.exit_code == 1
    assert "sitemap.xml" in result.output
