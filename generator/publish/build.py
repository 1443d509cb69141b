"""The build: which jobs are due, run by several processes, judged together, then published at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from generator.publish.crew import Crew, crew_of
from generator.publish.folder import OutputFolder
from generator.publish.jobs import CLOUD, DATA, HARDWARE, SCENARIOS, Workshop, all_jobs, model_of, record_file
from generator.publish.links import BrokenSite, SiteCheck
from generator.publish.manifest import Entry, Files, Record, digest, short_digest, write_manifest
from generator.publish.options import Options, Result, all_stand
from generator.publish.sitemap import robots, sitemap_files
from generator.publish.stage import OutputError, file_name, url_path
from generator.publish.times import COMPARE, JUDGE, PUBLISH
from generator.publish.timing import NO_CLOCK, NoClock
from generator.publish.workshop import workshop
from generator.render import Renderer
from generator.scenarios import Atlas

SITE = "site"
"""The record of files that are made of all pages together: sitemaps, robots.txt."""


JOBS_A_SHARE = 5000
"""Jobs, of some hundred pages each, whose addresses and titles are judged at once."""

Progress = Callable[[int, int, int], None]
"""Called with jobs done, jobs in all and pages built so far."""


def _silent(done: int, total: int, pages: int) -> None:
    """The progress of a build that nobody watches."""


def build(atlas: Atlas, options: Options, progress: Progress = _silent, clock: NoClock = NO_CLOCK) -> Result:
    """Build the site.

    Raises
    ------
    OutputError : a file can't be written; nothing was published, or what was decided will be finished next time.
    FolderBusy : another build works there.
    BrokenSite : pages don't go together (a link to nothing, a title used twice); nothing was published.
    RenderError : a template is missing or fails, with the page it failed on; nothing was published.
    CrewError : there is nobody to run the jobs, or they would build something else; nothing was published.
    """
    started = time.monotonic()
    renderer = Renderer(options.templates, options.base_url)
    try:
        with options.folder() as folder:
            shop = workshop(atlas, options, folder, renderer, clock=clock)
            with closing(shop.stage), crew_of(shop, options, folder) as crew:
                result = BuildRun(shop, crew, folder, options).run(progress)
    except OSError as error:
        raise OutputError(error.filename or options.place, error) from error
    result.seconds = time.monotonic() - started
    result.times = clock.times()
    return result


class BuildRun:
    """One build under way."""

    def __init__(self, shop: Workshop, crew: Crew, folder: OutputFolder, options: Options) -> None:
        self._shop, self._crew, self._folder, self._options = shop, crew, folder, options
        self.result = Result()
        self._judged: set[int] = set()

    def run(self, progress: Progress) -> Result:
        """Run what is due, judge the whole, publish it."""
        due = self._due()
        for done, part in enumerate(self._crew.map(Workshop.run, due), start=1):
            self._shop.keep(part.job, part.record)
            self.result.built += part.pages
            self.result.differ(part.different)
            self._judged.update(part.links)
            progress(done, len(due), self.result.built)
        self.finish(set(due))
        return self.result

    def _due(self) -> list[str]:
        """The jobs whose inputs have changed or whose files are gone; profiles that are new are worked out first."""
        shop, wanted = self._shop, self._wanted()
        with shop.clock.phase(COMPARE):
            unknown = shop.current.unknown
        if self._options.shard:
            unknown = [slug for slug in unknown if f"{SCENARIOS}{slug}" in wanted]
        for answers in self._crew.map(Workshop.prepare, unknown):
            shop.current.learn(answers)
        if self._options.force or self._options.check:
            return wanted
        with shop.clock.phase(COMPARE):
            fresh = {record.job for record in shop.old.records() if self._fresh(record)}
        return [job for job in wanted if job not in fresh]

    def _wanted(self) -> list[str]:
        """The jobs that this build is to see to."""
        options = self._options
        jobs = all_jobs(self._shop.atlas)
        if options.shard:
            number, count = options.shard
            return sorted(jobs)[number - 1 :: count]
        if options.whole:
            return jobs
        return [
            job
            for job in jobs
            if model_of(job) not in self._shop.left_out and not job.startswith((HARDWARE, CLOUD, DATA))
        ]

    def _fresh(self, record: Record) -> bool:
        shop = self._shop
        return shop.current.digest(record.reads) == record.inputs and all_stand(shop.site, record)

    def finish(self, due: set[str]) -> None:
        """What can only be done when all records are there."""
        shop, folder, options, result = self._shop, self._folder, self._options, self.result
        jobs = sorted({*all_jobs(shop.atlas)} if options.whole else {*shop.old.jobs, *due} - {SITE})
        with shop.clock.phase(JUDGE):
            write_manifest(folder.draft_file, options.header(), self._lines(jobs, due))
            stale = folder.stale(folder.draft_file)
        result.removed = len(stale)
        result.differ(stale)
        if not options.check:
            with shop.clock.phase(PUBLISH):
                shop.current.keep()
                shop.stage.flush()
                folder.publish()
        result.strangers = folder.strangers(result.tops, everywhere=options.check)

    def _lines(self, jobs: list[str], due: set[str]) -> Iterator[str]:
        """The lines of the new manifest; all records are counted and judged while they pass."""
        shares = 1 + len(jobs) // JOBS_A_SHARE
        check = SiteCheck(0, shares)
        listed: list[tuple[str, str]] = []
        for job in jobs:
            line = None if job in due else self._old_line(job)
            record = self._new_record(job) if line is None else Record.from_line(line)
            self.result.count(record)
            check.add(record)
            listed += ((url_path(name), changed) for name, changed in record.files.changes)
            yield record.line() if line is None else line
        self._judge(check, jobs, due)
        for share in range(1, shares):
            check = SiteCheck(share, shares)
            for job in jobs:
                check.add(self._record(job, due))
            self._judge(check, jobs, due)
        site = self._site_record(listed) if self._options.whole else self._shop.old.record(SITE)
        if site:
            self.result.count(site)
            yield site.line()

    def _judge(self, check: SiteCheck, jobs: list[str], due: set[str]) -> None:
        whole = self._options.whole
        missing = check.dangling if whole else check.missing(self._judged)
        findings = []
        if missing:
            suspects = [job for job in jobs if not missing.isdisjoint(self._record(job, due).links)]
            findings += [line for job in suspects for line in self._shop.dangling(job, missing)]
        if check.twice or (whole and check.orphans):
            findings += check.named(self._record(job, due) for job in jobs)
        if findings:
            raise BrokenSite(findings)

    def _record(self, job: str, due: set[str]) -> Record:
        """A job's record as it is now."""
        return self._new_record(job) if job in due else Record.from_line(self._old_line(job))

    def _new_record(self, job: str) -> Record:
        """What a job left that has run, with a digest of what it read."""
        record = Record.from_line(record_file(self._shop.records, job).read_bytes())
        return replace(record, inputs=self._shop.current.digest(record.reads))

    def _old_line(self, job: str) -> str:
        """The line of a job that wasn't due."""
        line = self._shop.old.line(job)
        if line is None:
            raise KeyError(job)
        return line

    def _site_record(self, listed: list[tuple[str, str]]) -> Record:
        """Sitemaps and robots.txt, staged where they differ.

        listed : path and day of every indexable page.
        """
        old = self._shop.old.record(SITE)
        before = {entry.name: entry for entry in old.entries} if old else {}
        base_url = self._options.base_url
        entries = []
        for path, body in [*sitemap_files(base_url, sorted(listed)), ("/robots.txt", robots(base_url))]:
            entry = Entry(file_name(path), "", digest(body), len(body))
            if self._shop.put(entry, body, before.get(entry.name)):
                self.result.differ([entry.name])
            entries.append(entry)
        files = Files.of(sorted(entries, key=lambda entry: entry.name))
        return Record(SITE, {}, "", files, paths=[short_digest(url_path(name)) for name in files.names])
