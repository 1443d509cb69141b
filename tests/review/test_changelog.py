"""The changelog of figures: entries are sums of a comparison, and the page says what they say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from generator.catalog import CatalogError, load_catalog
from generator.catalog.changelog import ChangelogFile
from generator.pages.about.changelog import changelog_page
from generator.review.changelog import add_revision, revision
from generator.review.diff import Change, Diff
from generator.scenarios import Atlas
from tests.publish.small_site import copy_data
from tests.sample_site import atlas

FOUND = Diff(
    added=("a",),
    removed=(),
    models=(
        Change("llama-4-scout", "compute buffer", 1_000_000_000, 900_000_000, context=8192),
        Change("llama-4-scout", "compute buffer", 2_000_000_000, 2_100_000_000, context=32768),
        Change("deepseek-v3", "compute buffer", 100, 101, context=32768),
        Change("deepseek-v3", "total", 0, 5, "Q4_K_M", 8192),
        Change("deepseek-v3", "longest context", None, 5),
    ),
    devices=(),
    added_devices=(),
    removed_devices=(),
    computed=7,
)
ENTRY = revision(FOUND, "2026-11-25", "Buffers are worked out at the context itself", ("Q4_K_M",), (8192, 32768))


def test_an_entry_sums_up_each_kind_of_figure() -> None:
    [change] = ENTRY.changes
    assert (change.figure, change.models, change.figures) == ("compute buffer", 2, 3)
    assert (change.lowest, change.highest) == (-0.1, 0.05)
    assert (change.example.model, change.example.at, change.example.new) == ("llama-4-scout", "8K", 900_000_000)
    assert ENTRY.compared == "Q4_K_M with 8K and 32K"
    assert (ENTRY.computed, ENTRY.new_models) == (7, 1)


def test_the_newest_entry_comes_first_and_the_file_stays_valid(tmp_path: Path) -> None:
    file = tmp_path / "changelog.yaml"
    add_revision(file, ENTRY)
    add_revision(file, ENTRY.model_copy(update={"date": "2026-12-01"}))
    content = ChangelogFile.model_validate_json(json.dumps(yaml.safe_load(file.read_text())))
    assert [each.date for each in content.revisions] == ["2026-12-01", "2026-11-25"]
    assert content.revisions[1] == ENTRY


def test_the_page_tells_when_why_and_by_how_much() -> None:
    known = Atlas(replace(atlas().catalog, changelog=(ENTRY,)), atlas().bands)
    [section] = changelog_page(known).body.sections
    assert section.heading == "2026-11-25"
    assert ENTRY.why in section.text
    [row] = section.tables[0].rows
    texts = [cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in row.cells]
    assert texts == [
        "compute buffer, bytes",
        "2",
        "3",
        "\N{MINUS SIGN}10% to +5.0%",
        "Llama 4 Scout",
        "8K",
        "1,000,000,000",
        "900,000,000",
    ]


def test_without_entries_the_page_says_so() -> None:
    known = Atlas(replace(atlas().catalog, changelog=()), atlas().bands)
    assert "No figure has changed" in changelog_page(known).body.answer[0]


def test_a_date_of_another_form_is_refused(tmp_path: Path) -> None:
    data = copy_data(tmp_path, ("llama-3.2-1b",))
    add_revision(data / "changelog.yaml", ENTRY)
    assert load_catalog(data).changelog == (ENTRY,)
    text = (data / "changelog.yaml").read_text().replace("2026-11-25", "25.11.2026")
    (data / "changelog.yaml").write_text(text)
    with pytest.raises(CatalogError, match=r"changelog\.yaml.*YYYY-MM-DD"):
        load_catalog(data)
