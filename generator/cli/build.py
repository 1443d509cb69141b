"""`build`: the site."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import click

from generator.cli.common import Failure, read_bands, read_sound_catalog
from generator.publish.build import Options, default_jobs
from generator.publish.build import build as build_site
from generator.publish.links import BrokenLinks
from generator.publish.report import build_progress, build_summary
from generator.publish.writer import OutputError
from generator.render import RenderError
from generator.scenarios import Atlas


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
@click.option("--force", is_flag=True, help="Write unchanged files too.")
@click.pass_obj
def build(data: Path, out: Path, templates: Path, only: str, jobs: int, base_url: str | None, force: bool) -> None:
    """Build the site: every model, quantization and context, with all indexes."""
    catalog = read_sound_catalog(data)
    atlas = Atlas(catalog, read_bands(data))
    options = Options(out, templates, (base_url or catalog.site.base_url).rstrip("/"), only, jobs, force)
    if not any(fnmatchcase(slug, only) for slug in catalog.models):
        raise click.BadParameter(f"no model's slug matches {only!r}", param_hint="--only")
    try:
        with build_progress() as progress:
            result = build_site(atlas, options, progress)
    except (OutputError, BrokenLinks, RenderError) as error:
        raise Failure(str(error)) from error
    click.echo(build_summary(result, out))
