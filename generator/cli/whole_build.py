"""A build that has something to do: data and core are loaded, then what pages take."""

from __future__ import annotations

import gc
from contextlib import nullcontext
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from generator.cli.common import read_bands, read_sound_catalog
from generator.publish.due.standing import Look
from generator.publish.kept.understood import Memory
from generator.publish.options import Options, Result
from generator.publish.output.folder import OutputFolder
from generator.publish.processes.ahead import Ahead
from generator.publish.times import LOAD
from generator.scenarios import Atlas

if TYPE_CHECKING:
    from generator.publish.timing import NoClock


def whole_build(
    data: Path, options: Options, parts: tuple[Path, ...], profile: bool, look: Look | None = None
) -> Result:
    """Build what has changed, or join ``parts``; timed where ``profile`` says so. Raises Failure, saying why.

    look : at the files of the site, where it was begun.
    """
    if not profile:
        return _built(data, options, parts, None, look)
    from generator.publish.timing import Clock  # other builds load it later

    with TemporaryDirectory() as folder:
        return _built(data, options, parts, Clock(Path(folder)), look)


def _built(data: Path, options: Options, parts: tuple[Path, ...], clock: NoClock | None, look: Look | None) -> Result:
    folder = OutputFolder(options.out)
    memory = Memory(folder.understood_file)
    with clock.phase(LOAD) if clock else nullcontext():
        atlas = Atlas(read_sound_catalog(data, memory), read_bands(data))
    chosen = [slug for slug in atlas.catalog.models if fnmatchcase(slug, options.only)]
    if not chosen:
        raise click.BadParameter(f"no model's slug matches {options.only!r}", param_hint="--only")
    options = replace(options, base_url=options.base_url or atlas.catalog.site.base_url.rstrip("/"))
    news = memory.news
    ahead = Ahead.begin(atlas, filter(news.__contains__, chosen), folder.profiles, options.jobs) if look else None
    from generator.cli.published import published  # takes as long as the data; figures are worked out meanwhile

    gc.freeze()
    gc.enable()
    result = published(atlas, options, parts, clock, look, ahead)
    if not (parts or options.check):
        memory.keep()
    return result
