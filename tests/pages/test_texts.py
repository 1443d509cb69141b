"""Methodology and glossary: tables from the core, terms that lead somewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from generator import formats
from generator.accuracy.bands import ALL_KINDS
from generator.catalog import CatalogError, load_catalog
from generator.pages.about.accuracy import accuracy_page
from generator.pages.about.glossary import glossary_page
from generator.pages.about.methodology import methodology_page
from generator.pages.page import Table
from tests.reference import DATA
from tests.sample_site import atlas


def table(section: str) -> Table:
    sections = {each.id: each for each in methodology_page(atlas()).body.sections}
    return sections[section].tables[0]


def test_every_kind_of_architecture_is_set_beside_the_usual_formula_once() -> None:
    kinds = [row.texts[0] for row in table("caches").rows]
    assert kinds == sorted({subject.kind for subject in atlas().subjects()})


def test_the_usual_formula_is_the_usual_one() -> None:
    scout = next(row for row in table("caches").rows if row.texts[1] == "Llama 4 Scout")
    usual = 2 * 48 * 8 * 128 * 2 * 131072
    allocated = 12 * 2 * 8 * 128 * 2 * 131072 + 36 * 2 * 8 * 128 * 2 * (8192 + 512)
    assert list(scout.texts[2:6]) == [
        "128K",
        formats.size(usual),
        formats.size(allocated),
        formats.times(usual / allocated),
    ]


def test_the_speed_section_shows_every_measured_group() -> None:
    assert len(table("speed").rows) == len(atlas().catalog.efficiencies)


def test_the_engines_are_those_of_the_catalogue_with_their_versions() -> None:
    shown = [(row.texts[0], row.texts[1]) for row in table("engines").rows]
    assert shown == [(engine.name, engine.version) for engine in atlas().catalog.engines.values()]


@pytest.mark.parametrize(
    "slug",
    [
        "kv-cache",
        "gqa",
        "mla",
        "sliding-window",
        "chunked-attention",
        "bits-per-weight",
        "k-quant",
        "imatrix",
        "micro-batch",
        "flash-attention",
        "offload",
        "active-parameters",
        "mtp",
        "gb-gib",
    ],
)
def test_a_term_that_pages_use_is_explained_in_a_few_sentences_and_shown_somewhere(slug: str) -> None:
    term = next(term for term in atlas().catalog.glossary if term.slug == slug)
    assert 2 <= term.text.count(". ") + 1 <= 5
    assert term.see


def test_terms_stand_in_order_and_every_one_can_be_addressed() -> None:
    sections = glossary_page(atlas()).body.sections
    assert [each.heading.lower() for each in sections] == sorted(each.heading.lower() for each in sections)
    assert len({each.id for each in sections}) == len(sections)


@pytest.mark.parametrize(("old", "new"), [("(#gqa)", "(#gqb)"), ("slug: gguf", "slug: fp8")])
def test_a_term_that_leads_nowhere_or_stands_twice_is_refused(tmp_path: Path, old: str, new: str) -> None:
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("reference"))
    path = tmp_path / "data" / "glossary.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogError, match=r"glossary\.yaml"):
        load_catalog(tmp_path / "data")


def test_the_accuracy_page_names_the_runs_furthest_off_worst_first() -> None:
    sections = {each.id: each for each in accuracy_page(atlas()).body.sections}
    rows = [row for row in atlas().bands.table if row.kind != ALL_KINDS and row.worst_run]
    worst = max(rows, key=lambda row: abs(row.worst))
    shown = sections["worst"].tables[0].rows
    assert list(shown[0].texts[2::2]) == [worst.worst_run, formats.percent(worst.worst)]
    assert len(shown) == min(len(rows), 12)
    by_engine = sections["engines"].tables[0].rows
    assert len(by_engine) == len([row for row in atlas().bands.table if row.kind == ALL_KINDS and row.n])
