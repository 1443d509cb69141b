"""Where a build's jobs are done: what they need, put together for one output."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from generator import urls
from generator.pages import TOLD, shared_parts
from generator.publish.due.inputs import Current
from generator.publish.due.manifest import Manifest
from generator.publish.due.reads import FigureSource
from generator.publish.jobs import WHOLE_SECTIONS
from generator.publish.kept.profiles import Profiles
from generator.publish.kept.programs import Programs
from generator.publish.kept.shelves import Shelves
from generator.publish.options import EVERY_MODEL, Options
from generator.publish.output.folder import OutputFolder
from generator.publish.timing import NO_CLOCK, NoClock
from generator.publish.work import Workshop
from generator.render import Renderer
from generator.scenarios import Atlas


def workshop(
    atlas: Atlas,
    options: Options,
    folder: OutputFolder,
    renderer: Renderer,
    shared: bool = False,
    clock: NoClock = NO_CLOCK,
) -> Workshop:
    """All that the jobs of a build need; ``shared`` where this process may outlive the build.

    Raises
    ------
    OutputError : new files can't be put anywhere.
    """
    profiles = Profiles(folder.profiles)
    renderer.packed = Programs(folder.programs, renderer)
    known = Atlas(atlas.catalog, atlas.bands, clock.estimates(profiles.source))
    figures = FigureSource(known)
    current = Current(figures, renderer, options.base_url, renderer.version, folder.answers_file)
    old = Manifest(folder.manifest_file)
    return Workshop(
        atlas=known,
        figures=figures,
        shelves=Shelves(folder.shelves, figures, current, TOLD),
        renderer=clock.rendering(renderer),
        current=current,
        profiles=profiles,
        site=folder,
        stage=clock.writing(folder.open_stage(shared)),
        left=folder.left_file,
        old=old,
        today=today(),
        shared=shared_parts(known.catalog),
        same_program=not (options.force or options.check) and _made_by(old.header) == options.header.get("code", ""),
        dry=options.check,
        force=options.force,
        left_out=_left_out(known, options),
        clock=clock,
    )


def today() -> str:
    """The day that changed pages carry: SOURCE_DATE_EPOCH's where that is set, UTC."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(given), UTC) if given else datetime.now(UTC)
    return moment.date().isoformat()


def _made_by(header: Mapping[str, str]) -> str | None:
    """The program that made all of a site; None where it made some models' pages alone, or nobody knows."""
    return header.get("code") if header.get("only") == EVERY_MODEL else None


def _left_out(atlas: Atlas, options: Options) -> frozenset[str]:
    """Folders of the pages that a build of some models doesn't make: of others, of families without one of them."""
    if options.only == EVERY_MODEL:
        return frozenset()
    models = atlas.catalog.models.values()
    chosen = {model.slug: model.family for model in models if fnmatchcase(model.slug, options.only)}
    others = (model.slug for model in models if model.slug not in chosen)
    families = {*atlas.catalog.families} - {*chosen.values()}
    return frozenset((*others, *(urls.family_path(family).strip("/") for family in families), *WHOLE_SECTIONS))
