"""`verify`: a real GGUF file's tensors beside ours."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from generator import review_tables
from generator.catalog import UnknownName
from generator.cli.common import Failure, print_table, read_catalog
from generator.intake.gguf_header import GgufError, read_header
from generator.memory.errors import MemoryModelError
from generator.review.gguf_file import FileReview, review


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", help="The catalogue's model; found by the file's tensors where not given.")
@click.option("--quant", help="The quantization; as the file says where not given.")
@click.option("--json", "as_json", is_flag=True, help="Every tensor as JSON.")
@click.pass_context
def verify(context: click.Context, file: Path, model: str | None, quant: str | None, as_json: bool) -> None:
    """Compare the tensors of a GGUF FILE with ours, type by type and size by size; status 1 where any differs."""
    catalog = read_catalog(context.obj)
    try:
        found = review(read_header(file), catalog, catalog.model(model) if model else None, quant)
    except (GgufError, MemoryModelError, UnknownName) as error:
        raise Failure(str(error)) from error
    if as_json:
        click.echo(json.dumps(_as_dict(found)))
    else:
        print_table(review_tables.types_table(found))
        if found.differences:
            print_table(review_tables.differences_table(found))
        click.echo(review_tables.file_summary(found))
    context.exit(1 if found.differences else 0)


def _as_dict(found: FileReview) -> dict[str, object]:
    head = {"file": str(found.path), "model": found.model, "quant": found.quant, "imatrix": found.imatrix}
    totals = {"our_bytes": found.our_bytes, "file_bytes": found.file_bytes}
    return head | totals | {"tensors": [asdict(pair) for pair in found.pairs]}
