"""Files beside the pages, as bytes that depend on what they hold and on nothing else."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from generator.pages.downloads import Figures, FigureTable
from generator.pages.files import SiteFile
from generator.render.atom import atom
from generator.render.cards import card_png

Writer = Callable[[Any], bytes]

ROW_GROUP = 16384
"""Rows of a Parquet file that are held in memory at once, at least."""


def file_bytes(file: SiteFile) -> bytes:
    """A file as its path's ending asks.

    Raises ValueError where nothing is known of the ending.
    """
    for ending, write in WRITERS.items():
        if file.path.endswith(ending):
            return write(file.body)
    raise ValueError(f"{file.path}: no file of this kind can be written")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _csv(table: FigureTable) -> bytes:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")

    def parts() -> Iterator[bytes]:
        lines.writerow(column.name for column in table.columns)
        for batch in table.batches():
            lines.writerows(batch)
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()

    return _gzip(parts())


def _json_lines(table: FigureTable) -> bytes:
    names = [column.name for column in table.columns]
    return _gzip(_json(dict(zip(names, row, strict=True))) + b"\n" for batch in table.batches() for row in batch)


def _gzip(parts: Iterable[bytes]) -> bytes:
    """Compressed without the hour, part by part."""
    found = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=found, mtime=0) as file:
        for part in parts:
            file.write(part)
    return found.getvalue()


def _parquet(table: FigureTable) -> bytes:
    # Loaded only here: it takes longer than everything else that a build loads, and one job needs it.
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema(
        [pyarrow.field(column.name, pyarrow.string() if column.text else pyarrow.int64()) for column in table.columns]
    )
    found = io.BytesIO()
    with pyarrow.parquet.ParquetWriter(found, schema, compression="zstd") as file:
        for rows in _groups(table.batches()):
            columns = zip(zip(*rows, strict=True), schema, strict=True)
            arrays = [pyarrow.array(values, field.type) for values, field in columns]
            file.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
    return found.getvalue()


def _groups(batches: Iterable[list[Figures]]) -> Iterator[list[Figures]]:
    """Batches joined to row groups, each of which a reader may skip."""
    rows: list[Figures] = []
    for batch in batches:
        rows += batch
        if len(rows) >= ROW_GROUP:
            yield rows
            rows = []
    if rows:
        yield rows


WRITERS: Mapping[str, Writer] = {
    ".json": _json,
    ".csv.gz": _csv,
    ".jsonl.gz": _json_lines,
    ".parquet": _parquet,
    ".png": card_png,
    ".txt": str.encode,
    ".xml": atom,
}
"""By the ending of a path."""
