"""Files beside the pages, as bytes that depend on what they hold and on nothing else."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from generator.pages.downloads import FigureTable
from generator.pages.files import SiteFile
from generator.render.atom import atom
from generator.render.cards import card_png

Writer = Callable[[Any], bytes]


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
    lines.writerow(column.name for column in table.columns)
    lines.writerows(table.rows)
    return _gzip(text.getvalue().encode())


def _json_lines(table: FigureTable) -> bytes:
    names = [column.name for column in table.columns]
    return _gzip(b"".join(_json(dict(zip(names, row, strict=True))) + b"\n" for row in table.rows))


def _gzip(body: bytes) -> bytes:
    """Compressed without the hour."""
    return gzip.compress(body, mtime=0)


def _parquet(table: FigureTable) -> bytes:
    # Loaded only here: it takes longer than everything else that a build loads, and one job needs it.
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema(
        [pyarrow.field(column.name, pyarrow.string() if column.text else pyarrow.int64()) for column in table.columns]
    )
    columns = [
        pyarrow.array(values, field.type) for values, field in zip(zip(*table.rows, strict=True), schema, strict=True)
    ]
    found = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(columns, schema=schema), found, compression="zstd")
    return found.getvalue()


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
