"""The part of a build that makes pages; with it is loaded all that they take."""

from __future__ import annotations

from pathlib import Path

from generator.catalog import CatalogError
from generator.cli.failure import Failure
from generator.publish.build import build
from generator.publish.due.standing import Look
from generator.publish.links import BrokenSite
from generator.publish.options import Options, Result
from generator.publish.output.folder import FolderBusy
from generator.publish.output.stage import OutputError
from generator.publish.processes.ahead import Ahead
from generator.publish.processes.orders import CrewError
from generator.publish.progress import build_progress
from generator.publish.shards import PartsDiffer, merge
from generator.publish.timing import NO_CLOCK, NoClock
from generator.render import RenderError
from generator.scenarios import Atlas


def published(
    atlas: Atlas,
    options: Options,
    parts: tuple[Path, ...],
    clock: NoClock | None,
    look: Look | None,
    ahead: Ahead | None,
) -> Result:
    """The site, built or joined from ``parts``. Raises Failure, saying why."""
    try:
        if parts:
            return merge(atlas, options, parts)
        with build_progress() as progress:
            return build(atlas, options, progress, clock or NO_CLOCK, look=look, ahead=ahead)
    except ModuleNotFoundError as error:
        if error.name != "distributed":
            raise
        raise Failure("--dask needs distributed: pip install 'vram-atlas[dask]'") from error
    except (CatalogError, OutputError, FolderBusy, CrewError, BrokenSite, RenderError, PartsDiffer) as error:
        raise Failure(str(error)) from error
