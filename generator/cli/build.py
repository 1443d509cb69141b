"""`build`: the site."""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.failure import Failure
from generator.publish.folder import FolderBusy
from generator.publish.options import Options, default_jobs, unchanged
from generator.publish.report import build_summary, check_report
from generator.publish.stage import OutputError


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("site"),
    show_default=True,
    help="Output folder.",
)
@click.option(
    "--templates",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("templates"),
    show_default=True,
    help="Folder of the templates.",
)
@click.option(
    "--only", default="*", metavar="GLOB", help="Only models whose slug matches; others' pages stay as they are."
)
@click.option("--jobs", type=click.IntRange(1), default=default_jobs, show_default="one a core", help="Processes.")
@click.option("--base-url", help="Where the site will be, for canonical links; data/site.yaml's by default.")
@click.option("--force", is_flag=True, help="Render everything, and write unchanged files too.")
@click.option("--check", is_flag=True, help="Write nothing; fail if the site isn't what would be built.")
@click.pass_obj
def build(
    data: Path,
    out: Path,
    templates: Path,
    only: str,
    jobs: int,
    base_url: str | None,
    force: bool,
    check: bool,
) -> None:
    """Build the site: every model, quantization and context, with all indexes."""
    asked = (base_url or "").rstrip("/")
    options = Options(out, templates, asked, only, jobs, force, check, data, asked)
    try:
        result = unchanged(options)
    except (OutputError, FolderBusy) as error:
        raise Failure(str(error)) from error
    if result is None:
        # Loaded only here: a build without news ends before pages, templates and the core are needed.
        from generator.cli.whole_build import whole_build

        result = whole_build(data, options)
    if check and result.different:
        raise Failure(check_report(result, out))
    click.echo(build_summary(result, out))
