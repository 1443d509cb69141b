"""How well the figures agree with measured ones, by engine, figure and kind of architecture; the worst by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator import formats, urls
from generator.accuracy.bands import ALL_KINDS, COMPUTE
from generator.accuracy.bands import Row as Agreement
from generator.pages.article import ArticleBody, Section
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.scenarios import Atlas

FIGURE_NAMES = {
    "weights_file_bytes": "tensor data of the file",
    "weights_device_bytes": "weights on the device",
    "weights_host_bytes": "weights in system memory",
    "weights_bytes": "weights",
    "kv_cache_bytes+recurrent_state_bytes": "KV cache and state",
    "kv_cache_bytes": "KV cache",
    "recurrent_state_bytes": "recurrent state",
    "compute_bytes": "compute buffer, device",
    "compute_host_bytes": "compute buffer, system memory",
    "output_bytes": "output buffer",
}
MOST_WORST = 12
COLUMNS = ("Rows", "Exact", "Median error", "95% within", "Worst")


def accuracy_page(atlas: Atlas) -> Page:
    """The tables of agreement, as `python -m generator accuracy` prints them, with the rows furthest off."""
    bands = atlas.bands
    overall = [row for row in bands.table if row.kind == ALL_KINDS]
    total, exact = sum(row.n for row in overall), sum(row.exact for row in overall)
    reported = sum(row.n for row in bands.reported if row.kind == ALL_KINDS)
    return Page(
        path=urls.ACCURACY_PATH,
        kind="article",
        title="Accuracy: VRAM figures against measurements",
        description=(
            f"{formats.number(total)} measured figures of four engines beside ours: {formats.number(exact)} equal to "
            "the byte. By engine, figure and kind of architecture, with the rows that are furthest off."
        ),
        heading="How accurate are these figures?",
        body=ArticleBody(
            answer=(
                f"Of {formats.number(total)} figures that llama.cpp, vLLM, Transformers and MLX printed or returned, "
                f"{formats.number(exact)} equal ours to the byte.",
                f"Another {formats.number(reported)} are quoted from logs that others published, of many versions and "
                "backends.",
            ),
            sections=tuple(_sections(atlas, overall)),
        ),
    )


def _sections(atlas: Atlas, overall: list[Agreement]) -> Iterator[Section]:
    bands = atlas.bands
    text = (
        "Errors are (ours − measured) / measured; exact means equal to the byte. The ranges on every page are drawn "
        "from these rows; none is typed by hand."
    )
    yield Section("engines", "By engine and figure", text, (_by_engine(atlas, overall, "Measured"),))
    worst = _worst(atlas)
    if worst.rows:
        text = "The rows whose figures are furthest from ours, one for each engine, figure and kind of architecture."
        yield Section("worst", "Furthest off", text, (worst,))
    for engine in dict.fromkeys(row.engine for row in bands.table if row.metric == COMPUTE):
        rows = [row for row in bands.table if (row.engine, row.metric) == (engine, COMPUTE) and row.n]
        name = atlas.catalog.engines[engine].name
        table = _by_kind(f"Compute buffers of {name}", rows)
        yield Section(f"compute-{engine.replace('.', '-')}", f"Compute buffers of {name}, by kind", tables=(table,))
    yield Section("sizes", "Weights and caches, by kind", tables=tuple(_sizes(atlas)), folded=True)
    if bands.reported:
        text = (
            "Figures from other people's logs, beside ours for the settings that each log shows. Exact means equal as "
            "far as the log prints; versions and backends differ."
        )
        rows = [row for row in bands.reported if row.kind == ALL_KINDS]
        yield Section("reported", "As others reported", text, (_by_engine(atlas, rows, "Reported"),))
    links = (Link("How the figures come about", urls.METHODOLOGY_PATH),)
    yield Section("speed", "Speed", "Speeds are ranges from published runs; none exceeded its bound.", links=links)


def _figures(row: Agreement) -> tuple[Cell, ...]:
    return (
        Cell(formats.number(row.n)),
        Cell(formats.number(row.exact)),
        Cell(formats.percent(row.median)),
        Cell(formats.percent(row.p95)),
        Cell(formats.percent(row.worst)),
    )


def _by_engine(atlas: Atlas, rows: Iterable[Agreement], caption: str) -> Table:
    shown = tuple(
        Row((Cell(atlas.catalog.engines[row.engine].name), Cell(FIGURE_NAMES[row.metric]), *_figures(row)))
        for row in rows
        if row.n
    )
    return Table(caption, ("Engine", "Figure", *COLUMNS), shown, frozenset({1}))


def _by_kind(caption: str, rows: Iterable[Agreement]) -> Table:
    shown = tuple(Row((Cell(row.kind), *_figures(row), Cell(row.worst_run or "–"))) for row in rows)
    return Table(caption, ("Kind of architecture", *COLUMNS, "Worst run"), shown, frozenset({6}))


def _sizes(atlas: Atlas) -> Iterator[Table]:
    for engine in dict.fromkeys(row.engine for row in atlas.bands.table):
        rows = tuple(
            Row((Cell(row.kind), Cell(FIGURE_NAMES[row.metric]), *_figures(row)))
            for row in atlas.bands.table
            if row.engine == engine and row.n and row.metric != COMPUTE
        )
        name = atlas.catalog.engines[engine].name
        yield Table(f"Sizes of {name}", ("Kind of architecture", "Figure", *COLUMNS), rows, frozenset({1}))


def _worst(atlas: Atlas) -> Table:
    off = [row for row in atlas.bands.table if row.kind != ALL_KINDS and row.worst_run]
    rows = tuple(
        Row(
            (
                Cell(atlas.catalog.engines[row.engine].name),
                Cell(FIGURE_NAMES[row.metric]),
                Cell(row.worst_run),
                Cell(row.kind),
                Cell(formats.percent(row.worst)),
            )
        )
        for row in sorted(off, key=lambda row: -abs(row.worst))[:MOST_WORST]
    )
    columns = ("Engine", "Figure", "Run", "Kind of architecture", "Error")
    return Table("Rows furthest off", columns, rows, frozenset({1, 2, 3}))
