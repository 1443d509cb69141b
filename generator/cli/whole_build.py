"""A build that has something to do: data, core and templates are loaded."""

from __future__ import annotations

import gc
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from msgspec.structs import replace

from generator.catalog import CatalogError
from generator.cli.common import read_bands, read_sound_catalog
from generator.cli.failure import Failure
from generator.publish.build import build
from generator.publish.due.standing import Look
from generator.publish.kept.understood import Memory
from generator.publish.links import BrokenSite
from generator.publish.options import Options, Result
from generator.publish.output.folder import FolderBusy, OutputFolder
from generator.publish.output.stage import OutputError
from generator.publish.processes.orders import CrewError
from generator.publish.progress import build_progress
from generator.publish.shards import PartsDiffer, merge
from generator.publish.times import LOAD
from generator.publish.timing import NO_CLOCK, Clock, NoClock
from generator.render import RenderError
from generator.scenarios import Atlas


def whole_build(
    data: Path, options: Options, parts: tuple[Path, ...], profile: bool, look: Look | None = None
) -> Result:
    """Build what has changed, or join ``parts``; timed where ``profile`` says so. Raises Failure, saying why.

    look : at the files of the site, where it was begun.
    """
    if not profile:
        return _built(data, options, parts, NO_CLOCK, look)
    with TemporaryDirectory() as folder:
        return _built(data, options, parts, Clock(Path(folder)), look)


def _built(data: Path, options: Options, parts: tuple[Path, ...], clock: NoClock, look: Look | None) -> Result:
    memory = Memory(OutputFolder(options.out).understood_file)
    with clock.phase(LOAD):
        atlas = Atlas(read_sound_catalog(data, memory), read_bands(data))
    gc.freeze()
    gc.enable()
    if not any(fnmatchcase(slug, options.only) for slug in atlas.catalog.models):
        raise click.BadParameter(f"no model's slug matches {options.only!r}", param_hint="--only")
    options = replace(options, base_url=options.base_url or atlas.catalog.site.base_url.rstrip("/"))
    try:
        if parts:
            return merge(atlas, options, parts)
        with build_progress() as progress:
            result = build(atlas, options, progress, clock, look=look)
        if not options.check:
            memory.keep()
        return result
    except ModuleNotFoundError as error:
        if error.name != "distributed":
            raise
        raise Failure("--dask needs distributed: pip install 'vram-atlas[dask]'") from error
    except (CatalogError, OutputError, FolderBusy, CrewError, BrokenSite, RenderError, PartsDiffer) as error:
        raise Failure(str(error)) from error
