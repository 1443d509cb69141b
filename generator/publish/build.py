"""The build: which jobs are due, run by several processes, judged together, then published at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence, Set
from contextlib import closing

from generator.publish.due.inputs import SHAPE, Answers
from generator.publish.due.manifest import Manifest, write_manifest
from generator.publish.due.reads import ANSWERS
from generator.publish.due.record import Record, Summary
from generator.publish.due.standing import Look, all_stand
from generator.publish.jobs import CLOUD, DATA, HARDWARE, SCENARIOS, SHARED, all_jobs, model_of
from generator.publish.kept.programs import Programs
from generator.publish.options import Options, Result
from generator.publish.output.folder import OutputFolder, gone
from generator.publish.output.stage import OutputError
from generator.publish.processes.ahead import Ahead
from generator.publish.processes.crew import Crew, crew_of
from generator.publish.times import COMPARE, JUDGE, PUBLISH
from generator.publish.timing import NO_CLOCK, NoClock
from generator.publish.together import SITE, Together
from generator.publish.work import Workshop
from generator.publish.workshop import workshop
from generator.render import Renderer
from generator.scenarios import Atlas

Progress = Callable[[str, int, int, int], None]
"""Called with what is done (models that are worked out, then jobs), how many of how many, and pages built so far."""


Step = tuple[Callable[[Workshop, str], Answers], Iterable[str], Collection[str]]
"""A way to work out what is new of models, whose it is, and what it tells of each."""


def silent(what: str, done: int, total: int, pages: int) -> None:
    """The progress of a build that nobody watches."""


def build(
    atlas: Atlas,
    options: Options,
    progress: Progress = silent,
    clock: NoClock = NO_CLOCK,
    renderer: Renderer | None = None,
    look: Look | None = None,
    ahead: Ahead | None = None,
) -> Result:
    """Build the site.

    renderer : of the templates as they are, where there is one already.
    look : at the files of the site, ahead : of figures that have changed, where these were begun before the build.

    Raises
    ------
    OutputError : a file can't be written; nothing was published, or what was decided will be finished next time.
    FolderBusy : another build works there.
    BrokenSite : pages don't go together (a link to nothing, a title used twice); nothing was published.
    RenderError : a template is missing or fails, with the page it failed on; nothing was published.
    CrewError : there is nobody to run the jobs, or they would build something else; nothing was published.
    """
    started = time.monotonic()
    renderer = renderer or Renderer(options.templates, options.base_url)
    try:
        with options.folder() as folder:
            shop = workshop(atlas, options, folder, renderer, clock=clock)
            with closing(shop.stage), crew_of(shop, options, folder) as crew:
                result = BuildRun(shop, crew, folder, options, look, ahead).run(progress)
    except OSError as error:
        raise OutputError(error.filename or options.place, error) from error
    result.seconds = time.monotonic() - started
    result.times = clock.times()
    return result


class BuildRun:
    """One build under way."""

    def __init__(
        self,
        shop: Workshop,
        crew: Crew,
        folder: OutputFolder,
        options: Options,
        look: Look | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        self._shop, self._crew, self._folder, self._options = shop, crew, folder, options
        self._look, self._ahead = look, ahead
        self.result = Result()
        self._judged: set[int] = set()

    def run(self, progress: Progress) -> Result:
        """Run what is due, judge the whole, publish it."""
        due = self._due(progress)
        self._run(due, progress)
        lacking = self._lacking({*due})
        self._run(lacking, progress)
        self.finish({*due, *lacking})
        return self.result

    def _run(self, jobs: Collection[str], progress: Progress) -> None:
        """Run some jobs side by side."""
        for done, part in enumerate(self._crew.map(Workshop.run, jobs), start=1):
            self._shop.keep(part.record)
            self.result.built += part.pages
            self.result.differ(part.different)
            self._judged.update(part.links)
            progress("jobs", done, len(jobs), self.result.built)

    def _due(self, progress: Progress) -> list[str]:
        """The jobs whose inputs have changed; those that rest on new figures wait until these are worked out.

        What stays as it is is counted on the way. Where nobody else looks, jobs whose files are gone are due too.
        """
        shop, wanted = self._shop, self._wanted()
        steps = self._steps(wanted)
        due = dict.fromkeys(wanted)
        with shop.clock.phase(COMPARE):
            new = {slug for _, slugs, names in steps for slug in shop.current.unknown(slugs, names)}
            waiting = [one.job for one in shop.old.summaries() if not self._settle(one, due, new)]
        if self._ahead:
            self._ahead.wait()
        self._work_out(steps, progress)
        with shop.clock.phase(COMPARE):
            for head in filter(None, map(shop.old.head, waiting)):
                self._settle(head, due)
        return list(due)

    def _lacking(self, due: Set[str]) -> list[str]:
        """The jobs that lack a file and aren't ``due``, as those found who looked; what stays is one of them less."""
        if self._look is None:
            return []
        old, site = self._shop.old, self._shop.site
        gaps = self._look.gaps(self._folder.manifest_file)
        if gaps is None:
            gaps = frozenset(head.job for head in old.heads() if not all_stand(site, head))
        missing = gaps - due
        found = [job for job in self._wanted() if job in missing] if missing else []
        for head in filter(None, map(old.head, found)):
            self.result.count(head, -1)
        return found

    def _steps(self, wanted: Iterable[str]) -> Sequence[Step]:
        """What may be new of models: all of those that get pages, of others what these pages tell of them."""
        options, models = self._options, self._shop.atlas.catalog
        own = [job.removeprefix(SCENARIOS) for job in wanted if job.startswith(SCENARIOS)]
        listed = () if options.shard or options.alone else models.listed
        others = () if options.shard else models.models
        return (
            (Workshop.prepare, own, ANSWERS),
            (Workshop.answers, listed, ANSWERS),
            (Workshop.shape, others, SHAPE),
        )

    def _work_out(self, steps: Sequence[Step], progress: Progress) -> None:
        """Work out what is new of models, side by side."""
        for method, slugs, names in steps:
            with self._shop.clock.phase(COMPARE):
                unknown = self._shop.current.unknown(slugs, names)
            for done, answers in enumerate(self._crew.map(method, unknown), start=1):
                self._shop.current.learn(answers)
                progress("models", done, len(unknown), 0)

    def _settle(self, summary: Summary, due: dict[str, None], unknown: Set[str] = frozenset()) -> bool:
        """Take a job off those that are due if it is fresh, and count what stays.

        False where that can't be told before ``unknown`` models' figures are worked out.
        """
        if summary.job in due:
            if unknown and self._shop.current.rests_on(summary.reads, unknown):
                return False
            if not self._fresh(summary):
                return True
            del due[summary.job]
        elif summary.job == SITE or self._options.whole:
            return True
        self.result.count(summary)
        return True

    def _wanted(self) -> list[str]:
        """The jobs that this build is to see to."""
        options = self._options
        jobs = all_jobs(self._shop.atlas)
        if options.shard:
            number, count = options.shard
            return sorted(jobs)[number - 1 :: count]
        if options.whole:
            return jobs
        jobs = [job for job in jobs if not {model_of(job), job.removeprefix(SHARED)} & self._shop.left_out]
        if options.alone:
            return [job for job in jobs if model_of(job)]
        return [job for job in jobs if not job.startswith((HARDWARE, CLOUD, DATA))]

    def _fresh(self, summary: Summary) -> bool:
        """Whether a job would leave what it left; whether that stands others see where they look."""
        shop, options = self._shop, self._options
        if options.force or options.check or shop.current.digest(summary.reads) != summary.inputs:
            return False
        if self._look is not None:
            return True
        head = shop.old.head(summary.job)
        return head is not None and all_stand(shop.site, head)

    def finish(self, due: set[str]) -> None:
        """What can only be done when all records are there."""
        shop, folder, options, result = self._shop, self._folder, self._options, self.result
        jobs = sorted({*all_jobs(shop.atlas)} if options.whole else {*shop.old.jobs, *due} - {SITE})
        together = Together(shop, jobs, due)
        with shop.clock.phase(JUDGE):
            as_before = together.news is not None and not together.news
            if not as_before:
                together.judge(None if options.whole else self._judged)
            site = together.site_record(options.base_url, result) if options.whole else together.old_site
            lines = self._lines(together, due, site)
            write_manifest(folder.draft_file, options.header, lines, judged=as_before or options.whole)
            stale = gone(together.replaced(site))
        result.removed = len(stale)
        result.differ(stale)
        if not options.check:
            with shop.clock.phase(PUBLISH):
                others = shop.current.keep()
                shop.stage.flush()
                folder.publish(stale)
                if not options.store:  # what is kept for stores serves all sites of this machine
                    self._drop_others(others, fewer=not {*shop.old.jobs} <= {*jobs, SITE})
        result.strangers = folder.strangers(result.tops, everywhere=options.check)

    def _drop_others(self, others: bool, fewer: bool) -> None:
        """Delete what is kept and nobody asks for any more.

        others : whether a model is gone or has other figures. fewer : whether a job is gone.
        """
        shop = self._shop
        Programs(self._folder.programs, shop.renderer).drop_others()
        if others:
            shop.profiles.drop_others(shop.atlas.catalog.models.values())
        if fewer:
            shop.shelves.drop_others(one.reads for one in Manifest(self._folder.manifest_file).summaries())

    def _lines(self, together: Together, due: Container[str], site: Record | None) -> Iterator[bytes]:
        """The lines of the new manifest; the jobs that ran are counted while they pass."""
        for job in together.jobs:
            line = together.line(job)
            if job in due:
                self.result.count(Summary.from_line(line))
            yield line
        if site:
            self.result.count(site.head)
            yield site.line()
