"""Downloads: three files of the same rows, each of which a page shows; bytes that depend on nothing else."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pyarrow.parquet
import pytest

from generator.pages.files.downloads import data_files, data_page, models_file
from generator.pages.files.figure_table import COLUMNS, Batch, Column, FigureTable, figures_summary
from generator.pages.files.site import SiteFile
from generator.pages.structured import Dataset
from generator.render.files import file_bytes
from tests.sample_site import small_atlas


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    return {file.path: file_bytes(file) for file in data_files(small_atlas())}


def csv_rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(body).decode())))


def test_every_scenario_has_one_row_with_the_figures_of_its_page(written: dict[str, bytes]) -> None:
    atlas = small_atlas()
    rows = map(json.loads, gzip.decompress(written["/data/figures.jsonl.gz"]).splitlines())
    for subject in atlas.subjects():
        for scenario in subject.scenarios():
            row = next(rows)
            estimate = subject.estimate(scenario.quantization, scenario.context)
            named = subject.model.slug, scenario.quantization.slug, scenario.context
            assert (row["model"], row["quantization"], row["context_tokens"]) == named
            assert row["total_bytes"] == estimate.total_bytes
            assert row["kv_cache_bytes"] == estimate.kv_cache_bytes
            assert row["host_bytes"] == estimate.host_bytes
    assert next(rows, None) is None


def test_the_three_files_hold_the_same_rows(written: dict[str, bytes]) -> None:
    rows = [json.loads(line) for line in gzip.decompress(written["/data/figures.jsonl.gz"]).splitlines()]
    assert figures_summary(small_atlas()).count == len(rows)
    assert {tuple(row) for row in rows} == {tuple(column.name for column in COLUMNS)}
    assert pyarrow.parquet.read_table(io.BytesIO(written["/data/figures.parquet"])).to_pylist() == rows
    as_text = [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    assert csv_rows(written["/data/figures.csv.gz"]) == as_text


def test_files_of_the_same_rows_have_the_same_bytes(written: dict[str, bytes]) -> None:
    assert {file.path: file_bytes(file) for file in data_files(small_atlas())} == written


def table_of(columns: tuple[Column, ...], **rows: list[tuple[str | int | None, ...]]) -> FigureTable:
    return FigureTable(columns, lambda: [(slug, Batch.of(columns, slug, own)) for slug, own in rows.items()])


def test_another_figure_makes_another_version() -> None:
    columns = COLUMNS[:2] + COLUMNS[-1:]
    version = table_of(columns, a=[("q4_0", 8)], b=[("q8_0", None)]).summary().version
    assert table_of(columns, a=[("q4_0", 8)], b=[("q8_0", None)]).summary().version == version
    assert table_of(columns, a=[("q4_0", 8)], b=[("q8_0", 12)]).summary().version != version
    assert table_of(columns, a=[("q4_0", 8)], c=[("q8_0", None)]).summary().version != version


def test_the_list_of_models_leads_to_each_model_s_figures() -> None:
    document = json.loads(file_bytes(models_file(small_atlas())))
    assert document["version"] == figures_summary(small_atlas()).version
    assert {entry["figures"] for entry in document["models"]} == {
        f"/api/v1/{slug}.json" for slug in small_atlas().catalog.models
    }


def test_the_page_tells_of_every_file_and_column() -> None:
    page = data_page(small_atlas())
    sections = {section.id: section for section in page.body.sections}
    assert [row.texts[0] for row in sections["columns"].tables[0].rows] == [column.name for column in COLUMNS]
    listed = {row.cells[0].path for row in sections["files"].tables[0].rows}
    assert listed == {file.path for file in data_files(small_atlas()) if file.path.startswith("/data/")}
    assert isinstance(page.about, Dataset)
    assert {each.path for each in page.about.distributions} == listed


def test_a_small_table_is_written_row_by_row() -> None:
    table = table_of(COLUMNS[:2] + COLUMNS[-1:], a=[("q4_0", 8)], b=[("q8_0", None)])
    assert gzip.decompress(file_bytes(SiteFile("/x.csv.gz", table))) == (
        b"model,quantization,memory_class_gb\na,q4_0,8\nb,q8_0,\n"
    )
