"""Every figure of every scenario as one table: what its columns mean, and its rows as the downloads hold them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from generator.scenarios import Atlas, Figures

if TYPE_CHECKING:
    from arro3.core import Schema

Row = tuple[str | int | None, ...]


class Column(Struct, frozen=True):
    """A column: its name, whether it holds text, and what that means."""

    name: str
    text: bool
    meaning: str


COLUMNS = (
    Column("model", True, "slug of the model, the first part of its page's address"),
    Column("quantization", True, "slug of the quantization, the second part"),
    Column("engine", True, "engine whose memory it is"),
    Column("context_tokens", False, "tokens of one sequence"),
    Column("weights_device_bytes", False, "weights on the device"),
    Column("weights_host_bytes", False, "weights in system memory"),
    Column("kv_cache_bytes", False, "KV cache"),
    Column("recurrent_state_bytes", False, "state of linear attention and state space layers"),
    Column("compute_bytes", False, "compute buffer on the device"),
    Column("runtime_bytes", False, "driver and libraries, the typical value"),
    Column("total_bytes", False, "all that the device must hold"),
    Column("total_low_bytes", False, "low end of the total's range"),
    Column("total_high_bytes", False, "high end of the total's range"),
    Column("host_bytes", False, "all that stays in system memory"),
    Column(
        "memory_class_gb", False, "smallest size that devices are sold with, GB, that surely holds it; empty beyond"
    ),
)
"""Of the table of all figures, in order."""

_FROM_ESTIMATE = tuple(column.name for column in COLUMNS[4:-1])


class Batch(Struct, frozen=True):
    """Rows of one model as the files hold them.

    csv, json_lines : packed by gzip: packed parts one after the other are one file.
    arrow : a stream of Arrow's, from which Parquet is made. count : rows.
    digest : of the rows, without the model's slug.
    """

    csv: bytes
    json_lines: bytes
    arrow: bytes
    count: int
    digest: bytes

    @classmethod
    def of(cls, columns: Sequence[Column], slug: str, rows: Sequence[Row]) -> Self:
        """The rows of the model ``slug``, which is their first column and which they lack."""
        named = [(slug, *row) for row in rows]
        names = [column.name for column in columns]
        lines = (json.dumps(dict(zip(names, row, strict=True)), separators=(",", ":")) for row in named)
        body = json.dumps(rows, separators=(",", ":")).encode()
        text = csv_lines(named)
        return cls(
            packed(text),
            packed("".join(f"{line}\n" for line in lines)),
            _arrow(columns, text, len(rows)),
            len(rows),
            hashlib.blake2b(body, digest_size=16).digest(),
        )


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Lines of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def packed(text: str) -> bytes:
    """A text by gzip, without the hour."""
    found = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=found, mtime=0) as file:
        file.write(text.encode())
    return found.getvalue()


def arrow_schema(columns: Iterable[Column]) -> Schema:
    """The columns as Arrow knows them."""
    from arro3.core import DataType, Field, Schema

    types = {True: DataType.string(), False: DataType.int64()}
    return Schema([Field(column.name, types[column.text], nullable=True) for column in columns])


def _arrow(columns: Iterable[Column], lines: str, count: int) -> bytes:
    """Lines of a CSV file as a stream of Arrow's."""
    # Loaded only here: few builds have new rows.
    from arro3.io import read_csv, write_ipc_stream

    rows = read_csv(io.BytesIO(lines.encode()), arrow_schema(columns), has_header=False, batch_size=count)
    found = io.BytesIO()
    write_ipc_stream(rows, found, compression="LZ4")
    return found.getvalue()


class TableSummary(Struct, frozen=True):
    """How many rows the table has, and a digest of all: another one says that a figure has changed, come or gone."""

    count: int
    version: str


class FigureTable:
    """Columns and rows of the downloads.

    batches : rows of each model with its slug, to be asked for whenever they are needed, as all of them are more than
        memory should hold.
    """

    def __init__(self, columns: tuple[Column, ...], batches: Callable[[], Iterable[tuple[str, Batch]]]) -> None:
        self.columns = columns
        self._batches = batches

    def batches(self) -> Iterator[Batch]:
        """The rows model by model."""
        return (batch for _, batch in self._batches())

    def summary(self) -> TableSummary:
        """Of all rows."""
        count, version = 0, hashlib.blake2b(digest_size=6)
        for slug, batch in self._batches():
            count += batch.count
            version.update(slug.encode() + batch.digest)
        return TableSummary(count, version.hexdigest())


def figure_table(atlas: Atlas) -> FigureTable:
    """Every figure of every scenario, a batch for each model, in the order of the pages."""
    return FigureTable(COLUMNS, partial(_batches, atlas))


def figures_summary(atlas: Atlas) -> TableSummary:
    """Of every figure, looked through once for all jobs."""
    return atlas.once("figures", lambda inner: figure_table(inner).summary())


def _batches(atlas: Atlas) -> Iterator[tuple[str, Batch]]:
    for slug in atlas.catalog.models:
        for batch in atlas.values(f"rows/{slug}", partial(_batch, slug=slug), (slug,)):
            yield slug, batch


def _batch(_: Atlas, figures: Figures, slug: str) -> Batch:
    return Batch.of(COLUMNS, slug, tuple(_rows(figures)))


def _rows(found: Figures) -> Iterator[Row]:
    """Rows without the model's slug."""
    for quantization in found.quantizations:
        engine = found.engine(quantization)
        classes = found.memory_classes(engine)
        for context in found.contexts:
            estimate = found.estimate(quantization, context, engine)
            high = estimate.total_high_bytes
            holding = next((each.gb for each in classes if each.capacity_bytes >= high), None)
            figures = (getattr(estimate, name) for name in _FROM_ESTIMATE)
            yield quantization.slug, engine, context, *figures, holding
