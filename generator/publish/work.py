"""One job: some pages of a model, those of a device, or some that belong to neither, rendered and staged.

Jobs know nothing of each other. What a job leaves behind is its files in the stage and one record, so that it
doesn't matter which process ran it, or on which machine.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from generator.pages import Maker, Page, ProseError, SiteFile
from generator.publish.due.inputs import SHAPE, Answers, Current, Names, noted
from generator.publish.due.manifest import Manifest, add_line
from generator.publish.due.read_atlas import ReadAtlas
from generator.publish.due.reads import ANSWERS, FigureSource
from generator.publish.due.record import (
    Asked,
    Entry,
    Files,
    Head,
    Record,
    Values,
    digest,
    short_digest,
    with_inputs,
)
from generator.publish.due.standing import all_stand
from generator.publish.hosts.facts import HASHED
from generator.publish.jobs import files_of, model_of, pages_of
from generator.publish.kept.profiles import Profiles
from generator.publish.kept.shelves import Shelves
from generator.publish.links import BrokenSite, own_words
from generator.publish.output.stage import Site, Staging, file_name, url_path
from generator.publish.times import ESTIMATE, RECORDS
from generator.publish.timing import NO_CLOCK, NoClock
from generator.render import Renderer, RenderError
from generator.render.files import file_bytes
from generator.render.links import LinkedPaths, paths_of
from generator.scenarios import Atlas

IN_A_ROW = 16
"""Pages that are made before they are rendered."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a job tells whoever started it.

    record : what it leaves for the manifest, as the line there.
    different : files whose content isn't what the site has.
    links : digests of paths outside the job that can be judged although some models are left out.
    """

    job: str
    pages: int
    record: bytes
    different: tuple[str, ...]
    links: tuple[int, ...]


@dataclass(slots=True)
class Workshop:
    """All that jobs need; processes inherit it when they are forked.

    left : a manifest that grows by what each job leaves.
    today : the day that changed pages carry in the sitemap.
    shared : pages that belong to no model, by what they are about.
    same_program : whether all that stands was made by this very program.
    dry : compare only, write nothing.
    force : stage unchanged files too.
    left_out : first segments of paths, or first two, below which this build makes no page: what is there may be
        linked but needn't be there.
    """

    atlas: Atlas
    figures: FigureSource
    shelves: Shelves
    renderer: Renderer
    current: Current
    profiles: Profiles
    site: Site
    stage: Staging
    left: Path
    old: Manifest
    today: str
    shared: Mapping[str, Maker]
    same_program: bool = False
    dry: bool = False
    force: bool = False
    left_out: frozenset[str] = frozenset()
    clock: NoClock = NO_CLOCK

    def prepare(self, slug: str) -> Answers:
        """Work out the profiles that a model's pages, and others about it, ask for, and keep them; its answers."""
        with self.clock.phase(ESTIMATE):
            self.figures.of(slug).work_out()
        return self.answers(slug)

    def answers(self, slug: str) -> Answers:
        """A model's answers; the profiles that they take are kept."""
        with self.clock.phase(ESTIMATE):
            found = self.current.answers(slug, ANSWERS)
            self.profiles.keep(self.atlas.catalog.models[slug])
        return found

    def shape(self, slug: str) -> Answers:
        """The answer which models have its shape."""
        return self.current.answers(slug, SHAPE)

    def run(self, job: str) -> Done:
        """Build the pages of one job.

        Raises
        ------
        OutputError : a file can't be staged.
        RenderError : a template is missing or fails; names the page.
        """
        with self.clock.phase(RECORDS):
            return self._run(job)

    def _run(self, job: str) -> Done:
        collecting = gc.isenabled()
        gc.disable()
        old = self.old.line(job)
        if old and self._stays(old):
            return Done(job, 0, old, (), ())
        work = Work(self, Record.from_line(old) if old else None)
        atlas = ReadAtlas(self.figures, self.shelves)
        try:
            for page in self.clock.pages(in_rows(pages_of(atlas, job, self.shared))):
                work.add(page)
            for file in self.clock.files(files_of(atlas, job)):
                work.add_file(file)
        except ProseError as error:
            raise RenderError(f"{job}: {error}") from error
        except Exception as error:
            error.add_note(f"in the job {job}")
            raise
        finally:
            if collecting:
                gc.enable()
        slug = model_of(job)
        if slug:
            self.profiles.keep(self.atlas.catalog.models[slug])
        self.stage.flush()
        reads = noted(atlas.reads, work.kinds, self.atlas)
        record = work.record(job, reads, self.shelves.digest(reads))
        atlas.let_go()
        judged = work.judged(record, self.left_out) if self.left_out else ()
        return Done(job, work.pages, record.line(), tuple(work.different), judged)

    def _stays(self, old: bytes) -> bool:
        """Whether a job would make what it left: models' figures changed, and nothing that it tells of them.

        old : the line of its record.
        """
        values = Values.from_line(old).values
        if self.force or self.dry or self.left_out or not values:
            return False
        head = Head.from_line(old)
        return self.shelves.digest(head.reads) == values and all_stand(self.site, head)

    def dangling(self, job: str, targets: Container[int]) -> list[str]:
        """A line for each link of the job that leads to one of the missing ``targets``."""
        return [
            f"{page.path}: links to {path}, which no page is at"
            for page in pages_of(self.atlas, job, self.shared)
            for path in sorted(paths_of(self.renderer.rendered(page)[1]))
            if short_digest(path) in targets and not leads_into(path, self.left_out)
        ]

    def keep(self, line: bytes) -> None:
        """Put a job's record aside until the manifest is written, as all of them are more than memory should hold.

        What it rests on is summed up now, while workers are busy with other jobs.
        """
        add_line(self.left, with_inputs(line, self.current.digest(Asked.from_line(line).reads)))

    def put(self, entry: Entry, parts: Sequence[bytes], before: Entry | None) -> bool:
        """Stage a file unless the site has the same; whether it differs."""
        different = self.differs(entry, before)
        if not self.dry and (self.force or different):
            self.stage.write(entry.name, *parts)
        return different

    def differs(self, entry: Entry, before: Entry | None) -> bool:
        """Whether the site lacks the file or has another version."""
        return before is None or before.digest != entry.digest or not self.site.stands(entry.name, entry.size)


@dataclass(slots=True)
class Work:
    """A job under way: its pages and files are rendered, compared with what the site has, and staged."""

    shop: Workshop
    old: Record | None
    entries: dict[str, tuple[Entry, int]] = field(default_factory=dict)
    different: list[str] = field(default_factory=list)
    links: LinkedPaths = field(default_factory=LinkedPaths)
    kinds: set[str] = field(default_factory=set)
    before: dict[str, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.old:
            self.before = {entry.name: entry for entry in self.old.entries}

    def add(self, page: Page) -> None:
        """Render one page and put it in its place."""
        name = file_name(page.path)
        if name in self.entries:
            raise BrokenSite([f"{page.path}: two pages have this address, the second is called {page.title!r}"])
        parts, addresses = self.shop.renderer.rendered(page)
        words = own_words(*parts) if page.indexable else ""
        before = self.before.get(name)
        changed = ""
        if page.indexable:
            changed = before.changed if before and before.words == words and before.changed else self.shop.today
        entry = Entry(name, page.kind, digest(*parts), sum(map(len, parts)), page.indexable, words, changed)
        if self.shop.put(entry, parts, before):
            self.different.append(name)
        self.entries[name] = entry, short_digest(page.title)
        self.kinds.add(page.kind)
        self.links.add(addresses, page.path)

    def add_file(self, file: SiteFile) -> None:
        """Put a file beside the pages in its place; in place of a title it has its address."""
        name = file_name(file.path)
        entry = self._kept(name)
        if entry is None:
            body = file_bytes(file)
            entry = Entry(name, "", digest(body), len(body))
            if self.shop.put(entry, (body,), self.before.get(name)):
                self.different.append(name)
        self.entries[name] = entry, short_digest(file.path)

    def _kept(self, name: str) -> Entry | None:
        """A file that stands and need not be made again: its name tells what it shows, and the same program made it."""
        before = self.before.get(name)
        stays = before and self.shop.same_program and re.search(HASHED, name)
        return before if before and stays and self.shop.site.stands(name, before.size) else None

    @property
    def pages(self) -> int:
        """How many of the entries are pages."""
        return sum(bool(entry.kind) for entry, _ in self.entries.values())

    def judged(self, record: Record, left_out: Container[str]) -> tuple[int, ...]:
        """Digests of linked paths outside the job, as its ``record`` has them, that don't lead to what is left out."""
        kept = {short_digest(path) for path in self.links.paths if not leads_into(path, left_out)}
        return tuple(kept.intersection(record.links))

    def record(self, job: str, reads: Names, values: str) -> Record:
        """What the job leaves behind."""
        ordered = [self.entries[name] for name in sorted(self.entries)]
        paths = [short_digest(url_path(entry.name)) for entry, _ in ordered]
        linked = set(map(short_digest, self.links.paths))
        pages = (path for path, (entry, _) in zip(paths, ordered, strict=True) if entry.kind)  # files need no link
        return Record(
            job,
            reads,
            "",
            Files.of(entry for entry, _ in ordered),
            links=sorted(linked.difference(paths)),
            lonely=sorted(path for path in pages if path not in linked),
            titles=[title for _, title in ordered],
            paths=paths,
            values=values,
        )


def in_rows(pages: Iterable[Page]) -> Iterator[Page]:
    """The pages, some made before the first of them is asked for: code and data that are in use in turn push each other
    out of the processor's caches.
    """
    rest = iter(pages)
    while row := list(islice(rest, IN_A_ROW)):
        yield from row


def leads_into(path: str, folders: Container[str]) -> bool:
    """Whether a path lies below one of some folders, named by the first segment or the first two."""
    first, _, rest = path[1:].partition("/")
    return first in folders or f"{first}/{rest.partition('/')[0]}" in folders
