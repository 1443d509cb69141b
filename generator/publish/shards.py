"""A build in parts: each on a machine of its own, then joined to what one machine would have built."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from generator.publish.build import BuildRun
from generator.publish.due.manifest import Manifest
from generator.publish.due.record import Entry, Files
from generator.publish.jobs import all_jobs
from generator.publish.options import Options, Result
from generator.publish.output.folder import WORK
from generator.publish.output.stage import OutputError
from generator.publish.processes.crew import LocalCrew
from generator.publish.work import Workshop
from generator.publish.workshop import workshop
from generator.render import Renderer
from generator.scenarios import Atlas


class PartsDiffer(Exception):
    """Parts that don't make up the site: jobs missing, or built from something else."""


def merge(atlas: Atlas, options: Options, parts: Iterable[Path]) -> Result:
    """Join what ``build --shard`` left in the folders ``parts`` into the site.

    Raises
    ------
    PartsDiffer : names the jobs that no part has, or the part that was built from other data, templates or code.
    OutputError, FolderBusy, BrokenSite : as a build does.
    """
    started = time.monotonic()
    renderer = Renderer(options.templates, options.base_url)
    try:
        with options.folder() as folder:
            shop = workshop(atlas, options, folder, renderer)
            with closing(shop.stage), LocalCrew(shop, 1) as crew:
                jobs = set(all_jobs(shop.atlas))
                run = BuildRun(shop, crew, folder, options)
                for part in parts:
                    _take(shop, part, jobs, run.result)
                if jobs:
                    raise PartsDiffer(f"no part has {len(jobs)} of the jobs: {', '.join(sorted(jobs)[:10])}")
                run.finish(set(all_jobs(shop.atlas)))
    except OSError as error:
        raise OutputError(error.filename or options.place, error) from error
    run.result.seconds = time.monotonic() - started
    return run.result


def _take(shop: Workshop, part: Path, missing: set[str], result: Result) -> None:
    """Stage a part's files, those that differ from the site's; takes its jobs off ``missing``."""
    found = Manifest(part / WORK / "manifest")
    if not found.jobs:
        raise PartsDiffer(f"{part}: holds no part of a build")
    for job in sorted(missing.intersection(found.jobs)):
        record = found.record(job)
        if record is None or shop.current.digest(record.reads) != record.inputs:
            raise PartsDiffer(f"{part}: {job} was built from other data, templates or code")
        old = shop.old.record(job)
        before = {entry.name: entry for entry in old.entries} if old else {}
        for entry in record.entries:
            if shop.differs(entry, before.get(entry.name)):
                result.differ([entry.name])
                shop.stage.take(entry.name, part / entry.name)
        files = Files.of(_dated(entry, before.get(entry.name)) for entry in record.entries)
        shop.keep(replace(record, files=files).line())
        missing.discard(job)


def _dated(entry: Entry, before: Entry | None) -> Entry:
    """The entry with the day of the site's own, where the words are the same."""
    return replace(entry, changed=before.changed) if before and before.words == entry.words else entry
