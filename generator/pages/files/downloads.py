"""Data downloads: the table of all figures in three formats, and the page that describes them."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.pages.article import ArticleBody, Section
from generator.pages.files.api import model_entry, parameters
from generator.pages.files.figure_table import COLUMNS, figure_table, figures_summary
from generator.pages.files.site import SiteFile
from generator.pages.page import Card, Cell, Link, Page, Row, Table
from generator.pages.structured import Dataset, Distribution
from generator.scenarios import Atlas, Figures

FILES = (
    ("CSV", "figures.csv.gz", "text/csv", "comma-separated, a line of names first, gzip"),
    ("JSON", "figures.jsonl.gz", "application/x-ndjson", "one object a line, gzip"),
    ("Parquet", "figures.parquet", "application/vnd.apache.parquet", "typed columns, zstd"),
)
"""Format, name, media type and what it is like."""


def data_files(atlas: Atlas) -> Iterator[SiteFile]:
    """The downloads."""
    table = figure_table(atlas)
    for _, name, _, _ in FILES:
        yield SiteFile(f"{urls.DATA_PATH}{name}", table)


def models_file(atlas: Atlas) -> SiteFile:
    """The list of models that scripts start from."""
    site = atlas.catalog.site
    found = atlas.of_each("parameters", _parameters)
    document = {
        "version": figures_summary(atlas).version,
        "license": site.data_license.name,
        "license_url": site.data_license.url,
        "documentation": urls.DATA_PATH,
        "models": [model_entry(subject.model, counts) for subject, counts in found],
    }
    return SiteFile(urls.API_MODELS_PATH, document)


def _parameters(_: Atlas, figures: Figures) -> dict[str, int]:
    return parameters(figures)


USE = """\
One table holds every figure of the site: a row for each model at each quantization and context, with one sequence and
each engine's defaults. All sizes are whole bytes. The three files hold the same rows in the same order.

The Parquet file can be queried where it lies, by `read_parquet` in DuckDB or `scan_parquet` in Polars; `read_csv` of
pandas takes the address of the CSV file as it is."""

API = """\
`/api/v1/models.json` lists all models. Under `figures` it names the address of each model's own document, its slug in
place of `models`. That holds every quantization: its figures at each context that has a page, and the terms that they
come from, so that a script can work out any other context. What an address holds may grow by fields; a change that breaks readers gets a new
number in place of `v1`."""

TERMS = """\
A term takes `fixed_bytes + bytes_per_cell × cells`. Fields that a term leaves out are 0, `tokens_per_cell` and
`cell_padding` 1, and `max_cells` has no limit.

1. Round the context up to a whole multiple of the profile's `context_step`.
2. With step = `tokens_per_cell × cell_padding`, cells = ⌈context ÷ step⌉ × `cell_padding`, at least `min_cells`, at
   most `max_cells`.
3. Add up the terms of each `component` in each `place`. Of those with a `phase`, add up each phase and count the
   largest: phases of one component share memory.
4. The total is all on the `device`, and `runtime.typical_bytes`. For its low end take `runtime.low_bytes` and the
   compute buffer × `compute_band.low`, rounded down; for the high end the same with `high`.

Where a quantization has several `profiles`, the engine sets its defaults by the size of the device: start with the
first, and go on to the next while the high end reaches that one's `device_bytes_from`."""


def data_page(atlas: Atlas) -> Page:
    """What can be downloaded, what it holds, and under which terms."""
    found, site = figures_summary(atlas), atlas.catalog.site
    rows, models = found.count, len(atlas.catalog.models)
    description = (
        f"Memory figures of {formats.number(models)} language models, {formats.number(rows)} rows, as CSV, JSON and "
        "Parquet, and a JSON document for each model from which any context can be worked out."
    )
    license_ = site.data_license
    return Page(
        path=urls.DATA_PATH,
        kind="article",
        title="Data: every figure as CSV, JSON and Parquet",
        description=description,
        heading="Download every figure",
        body=ArticleBody(
            answer=(description,),
            cards=(
                Card("Rows", formats.number(rows), "a model at a quantization and a context", "total"),
                Card("Version", found.version, "changes with any figure"),
                Card("Licence", license_.name, "of the figures"),
            ),
            sections=(
                Section("files", "Files", USE, (_files_table(),)),
                Section("columns", "Columns", "", (_columns_table(),)),
                Section("api", "JSON for scripts", API, (), (Link("All models", urls.API_MODELS_PATH),)),
                Section("terms", "From terms to a total", TERMS),
                Section(
                    "licence",
                    "Licence",
                    f"The figures may be used under [{license_.name}]({license_.url}): name {site.name} and link to it. "
                    "Names of models and devices belong to their makers.",
                ),
            ),
        ),
        about=Dataset(
            name=f"Memory figures of {formats.number(models)} language models",
            description=description,
            path=urls.DATA_PATH,
            license_url=license_.url,
            version=found.version,
            distributions=tuple(Distribution(f"{urls.DATA_PATH}{name}", media) for _, name, media, _ in FILES),
        ),
    )


def _files_table() -> Table:
    rows = tuple(Row((Cell(name, f"{urls.DATA_PATH}{name}"), Cell(kind), Cell(note))) for kind, name, _, note in FILES)
    return Table("Files with all rows", ("File", "Format", "What it is like"), rows, frozenset({1, 2}))


def _columns_table() -> Table:
    rows = tuple(
        Row((Cell(column.name), Cell("text" if column.text else "whole number"), Cell(column.meaning)))
        for column in COLUMNS
    )
    return Table("Columns of the table", ("Column", "Type", "Meaning"), rows, frozenset({1, 2}))
