"""`report`: a pasted log as a field report, our figures beside it."""

from __future__ import annotations

from datetime import date as today
from pathlib import Path
from typing import TextIO

import click

from generator import review_tables
from generator.catalog import FILL_IN, REPORTS
from generator.cli.common import Failure, print_table, read_catalog
from generator.engine_logs import ENGINES
from generator.review.field_report import LogError, draft_report


@click.command()
@click.argument("logfile", type=click.File(encoding="utf-8", errors="replace"))
@click.option("--model", help="The catalogue's model; as the log says where not given.")
@click.option("--quant", help="The quantization; as the log says where not given.")
@click.option("--engine", type=click.Choice(ENGINES), help="Whose log it is; told by its lines where not given.")
@click.option("--engine-version", help="Build or version; as the log says where not given.")
@click.option("--device", help="Device, driver and operating system.")
@click.option("--date", metavar="YYYY-MM", help="Month of the run; the current one where not given.")
@click.option("--source", metavar="URL", help="Where the log was published; 'own run' where not given.")
@click.option("--dry-run", is_flag=True, help="Only compare; write no file.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def report(data: Path, /, logfile: TextIO, dry_run: bool, force: bool, **given: str | None) -> None:
    """Compare the memory figures in LOGFILE (- for standard input) with ours, and keep them as a field report."""
    try:
        drafted = draft_report(logfile.read(), given, read_catalog(data), f"{today.today():%Y-%m}")
    except LogError as error:
        raise Failure(str(error)) from error
    print_table(review_tables.report_table(drafted))
    if dry_run:
        return
    path = data / REPORTS / f"{drafted.name}.yaml"
    if path.exists() and not force:
        raise Failure(f"{path} is there already; --force writes over it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(drafted.text, encoding="utf-8")
    click.echo(f"{path} written; `accuracy --write` takes it into the table")
    for field in drafted.unknown:
        click.echo(f"  {field} is marked {FILL_IN}: `check` refuses the file until it is filled in")
