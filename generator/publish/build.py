"""The build: jobs by model, rendered by several processes, then links, sitemap and manifest."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from generator.pages import Page, pages_for_device, pages_for_model, pages_of_hardware, shared_pages
from generator.placement.holding import holders
from generator.publish.links import check_links, internal_links
from generator.publish.sitemap import robots, sitemap_files
from generator.publish.writer import Writer, check_writable, read_manifest, remove_stale, write_manifest
from generator.render import Renderer
from generator.scenarios import Atlas

SHARED = ""
"""The job of the pages that belong to no model."""

HARDWARE = "gpus/"
"""The job of the pages about hardware at large; with a slug behind it, of one device or group."""

HARDWARE_SECTIONS = frozenset({"gpus", "vram", "cloud"})
"""First path segments of pages that need every model, so that only whole builds make them."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a build is asked for.

    only : a pattern of model slugs; other models' pages stay as they are.
    jobs : processes.
    force : write unchanged files too.
    """

    out: Path
    templates: Path
    base_url: str
    only: str = "*"
    jobs: int = 1
    force: bool = False


@dataclass(slots=True)
class Result:
    """What was built.

    files : file name -> digest. links : target -> a page that links to it. indexable : URL paths.
    """

    pages: int = 0
    changed: int = 0
    total_bytes: int = 0
    removed: int = 0
    seconds: float = 0.0
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    indexable: list[str] = field(default_factory=list)

    def add(self, other: Result) -> None:
        """Take over what another job built."""
        self.pages += other.pages
        self.changed += other.changed
        self.total_bytes += other.total_bytes
        self.files |= other.files
        self.links |= other.links
        self.indexable += other.indexable


@dataclass(slots=True)
class _Shared:
    """What every job needs; processes inherit it when they are forked."""

    atlas: Atlas
    renderer: Renderer
    options: Options
    known: dict[str, str]


_shared: _Shared | None = None

Progress = Callable[[int, int, int], None]
"""Called with jobs done, jobs in all and pages built so far."""


def _silent(done: int, total: int, pages: int) -> None:
    """The progress of a build that nobody watches."""


def build(atlas: Atlas, options: Options, progress: Progress = _silent) -> Result:
    """Build the site.

    Raises
    ------
    OutputError : the output folder can't be written.
    BrokenLinks : a page links to nothing; the manifest is then left as it was.
    RenderError : a template is missing or fails, with the page it failed on.
    """
    global _shared
    started = time.monotonic()
    check_writable(options.out)
    old = read_manifest(options.out)
    renderer = Renderer(options.templates, options.base_url)
    _shared = _Shared(atlas, renderer, options, {} if options.force else old)
    jobs = list(_jobs(atlas, options))
    result = Result()
    for done, part in enumerate(_run(jobs, options.jobs), start=1):
        result.add(part)
        progress(done, len(jobs), result.pages)
    _finish(result, old, atlas, options)
    result.seconds = time.monotonic() - started
    return result


def _jobs(atlas: Atlas, options: Options) -> Iterator[str]:
    """Models first: they warm what the pages about hardware ask of every model."""
    yield from (slug for slug in atlas.catalog.models if fnmatchcase(slug, options.only))
    if options.only == "*":
        yield HARDWARE
        yield from (f"{HARDWARE}{slug}" for slug in holders(atlas.catalog))
    yield SHARED


def _pages(atlas: Atlas, job: str) -> Iterator[Page]:
    if job == SHARED:
        return shared_pages(atlas)
    if job == HARDWARE:
        return pages_of_hardware(atlas)
    if job.startswith(HARDWARE):
        return pages_for_device(atlas, job.removeprefix(HARDWARE))
    return pages_for_model(atlas, job)


def _run(jobs: list[str], processes: int) -> Iterable[Result]:
    if processes == 1:
        yield from map(_job, jobs)
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=gc.freeze) as pool:
        pending = [pool.submit(_job, name) for name in jobs]
        try:
            for future in as_completed(pending):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _job(name: str) -> Result:
    shared = _shared
    writer = Writer(shared.options.out, shared.known)
    result = Result()
    for page in _pages(shared.atlas, name):
        body = shared.renderer.render(page)
        writer.write(page.path, body)
        _note(result, page, body)
    result.changed, result.total_bytes, result.files = writer.changed, writer.total_bytes, writer.written
    return result


def _note(result: Result, page: Page, body: bytes) -> None:
    result.pages += 1
    for target in internal_links(body):
        result.links.setdefault(target, page.path)
    if page.indexable:
        result.indexable.append(page.path)


def _checkable(links: dict[str, str], atlas: Atlas, options: Options) -> dict[str, str]:
    """The links to pages that this build makes: others may not have been built yet."""
    skipped = {slug for slug in atlas.catalog.models if not fnmatchcase(slug, options.only)}
    if options.only != "*":
        skipped |= HARDWARE_SECTIONS
    return {target: page for target, page in links.items() if target.split("/", 2)[1] not in skipped}


def _finish(result: Result, old: dict[str, str], atlas: Atlas, options: Options) -> None:
    """What can only be done when all pages are known."""
    whole = options.only == "*"
    writer = Writer(options.out, {} if options.force else old)
    if whole:
        for path, body in sitemap_files(options.base_url, sorted(result.indexable)):
            writer.write(path, body)
        writer.write("/robots.txt", robots(options.base_url))
    result.files |= writer.written
    result.changed += writer.changed
    result.total_bytes += writer.total_bytes
    files = result.files if whole else old | result.files
    check_links(_checkable(result.links, atlas, options), files)
    if whole:
        result.removed = remove_stale(options.out, old, files)
    write_manifest(options.out, files)


def default_jobs() -> int:
    """One process a core."""
    return os.cpu_count() or 1
