"""Files beside the pages, as bytes that depend on what they hold and on nothing else."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from generator.pages.files.figure_table import FigureTable, arrow_schema, csv_lines, packed
from generator.pages.files.site import SiteFile
from generator.pages.social import SocialCard
from generator.render.atom import atom

Writer = Callable[[Any], bytes]

ROW_GROUP = 16384
"""Rows of a Parquet file that are held in memory at once, and that a reader may skip together."""


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
    names = packed(csv_lines([[column.name for column in table.columns]]))
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
    # Loaded only here: one job needs it.
    from arro3.core import RecordBatchReader
    from arro3.io import read_ipc_stream, write_parquet

    streams = (read_ipc_stream(io.BytesIO(batch.arrow)) for batch in table.batches())
    rows = RecordBatchReader.from_batches(arrow_schema(table.columns), chain.from_iterable(streams))
    texts: dict[str | Sequence[str], bool] = {column.name: column.text for column in table.columns}
    found = io.BytesIO()
    write_parquet(rows, found, compression="zstd(3)", column_dictionary_enabled=texts, max_row_group_size=ROW_GROUP)
    return found.getvalue()


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
