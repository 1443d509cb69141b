"""Files beside the pages, as bytes that depend on what they hold and on nothing else."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from generator.pages.files.figure_table import Batch, FigureTable, packed_csv
from generator.pages.files.site import SiteFile
from generator.pages.social import SocialCard
from generator.render.atom import atom

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
    names = packed_csv([[column.name for column in table.columns]])
    return _joined(chain([names], (batch.csv for batch in table.batches())))


def _json_lines(table: FigureTable) -> bytes:
    return _joined(batch.json_lines for batch in table.batches())


def _joined(parts: Iterable[bytes]) -> bytes:
    """All parts, which ``bytes.join`` would hold a second time."""
    found = io.BytesIO()
    found.writelines(parts)
    return found.getvalue()


def _png(card: SocialCard) -> bytes:
    # Loaded only here: few builds draw a picture.
    from generator.render.cards import card_png

    return card_png(card)


def _parquet(table: FigureTable) -> bytes:
    # Loaded only here: it takes longer than everything else that a build loads, and one job needs it.
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    schema = pyarrow.schema(
        [pyarrow.field(column.name, pyarrow.string() if column.text else pyarrow.int64()) for column in table.columns]
    )
    columns = pyarrow.csv.ReadOptions(column_names=schema.names, use_threads=False)
    types = pyarrow.csv.ConvertOptions(column_types=schema)
    found = io.BytesIO()
    with pyarrow.parquet.ParquetWriter(found, schema, compression="zstd") as file:
        for lines in _groups(table.batches()):
            rows = pyarrow.csv.read_csv(io.BytesIO(lines), columns, convert_options=types)
            file.write_table(rows.combine_chunks())
    return found.getvalue()


def _groups(batches: Iterable[Batch]) -> Iterator[bytes]:
    """Batches joined to row groups, each of which a reader may skip, as lines of CSV."""
    lines, count = io.BytesIO(), 0
    for batch in batches:
        lines.write(gzip.decompress(batch.csv))
        count += batch.count
        if count >= ROW_GROUP:
            yield lines.getvalue()
            lines, count = io.BytesIO(), 0
    if count:
        yield lines.getvalue()


WRITERS: Mapping[str, Writer] = {
    ".json": _json,
    ".csv.gz": _csv,
    ".jsonl.gz": _json_lines,
    ".parquet": _parquet,
    ".png": _png,
    ".txt": str.encode,
    ".xml": atom,
}
"""By the ending of a path."""
