"""All jobs of the site to be, looked at together: what pages must agree in, and the files that are made of all."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import cached_property

from msgspec.structs import replace

from generator.publish.due.manifest import Manifest
from generator.publish.due.record import Bonds, Entry, Files, Head, Record, digest, short_digest, unpacked
from generator.publish.due.standing import all_stand
from generator.publish.links import BrokenSite, News, SiteCheck
from generator.publish.options import Result
from generator.publish.output.stage import file_name, url_path
from generator.publish.sitemap import robots, sitemap_files
from generator.publish.work import Workshop

SITE = "site"
"""The record of files that are made of all pages together: sitemaps, robots.txt."""

JOBS_A_SHARE = 2000
"""Jobs, of some hundred pages each, whose addresses and titles are judged at once, which takes 80 MB."""

MOST_NEWS = 100_000
"""Addresses and titles that are judged by themselves; where more have come or gone, all are judged anew in shares."""


class Together:
    """The records of the site to be: of jobs that were due what they left, of the others what stands.

    jobs : all of them. due : those that ran, each of which has left a record.
    """

    def __init__(self, shop: Workshop, jobs: Sequence[str], due: Container[str]) -> None:
        self.jobs = jobs
        self._shop, self._due = shop, due
        self._left = Manifest(shop.left)
        self._ran = [job for job in jobs if job in due]

    def record(self, job: str) -> Record:
        """The record of a job."""
        return Record.from_line(self.line(job))

    def line(self, job: str) -> bytes:
        """The line of a job."""
        line = (self._left if job in self._due else self._shop.old).line(job)
        if line is None:
            raise KeyError(job)
        return line

    def replaced(self, site: Record | None) -> Iterator[tuple[bytes | None, bytes | None]]:
        """Lines of the jobs that ran or are gone, and of ``site``, before and now; None where there is none."""
        yield self._shop.old.line(SITE), site.line() if site else None
        for job in self.changed:
            yield self._shop.old.line(job), self._left.line(job)

    @property
    def changed(self) -> set[str]:
        """The jobs that ran, and those that the old site has and this one hasn't."""
        return {*self._ran} | {*self._shop.old.jobs} - {*self.jobs, SITE}

    @cached_property
    def news(self) -> News | None:
        """What is to be judged anew; None where all is, as the old site wasn't or much is new."""
        old, left = self._shop.old, self._left
        if not old.judged:
            return None
        found = News()
        for job in self.changed:
            found.add(*(Bonds.from_line(line) if line else Bonds() for line in (old.line(job), left.line(job))))
            if len(found) > MOST_NEWS:
                return None
        return found

    def judge(self, linked: set[int] | None) -> None:
        """Hold pages to each other.

        linked : digests of paths that must be there where some models are left out; None where all are judged.

        Raises
        ------
        BrokenSite : pages don't go together.
        """
        news = self.news if linked is None else None
        shares = 1 if news else 1 + len(self.jobs) // JOBS_A_SHARE
        for share in range(shares):
            check = SiteCheck(share, shares, news)
            for job in self.jobs:
                check.add(self._bonds(job))
            findings = []
            missing = check.dangling if linked is None else check.missing(linked)
            if missing:
                suspects = [job for job in self.jobs if not missing.isdisjoint(unpacked(self._bonds(job).links))]
                findings += [line for job in suspects for line in self._shop.dangling(job, missing)]
            if check.twice or (linked is None and check.orphans):
                findings += check.named(map(self.record, self.jobs))
            if findings:
                raise BrokenSite(findings)

    def site_record(self, base_url: str, result: Result) -> Record:
        """Sitemaps and robots.txt, staged where they differ, which ``result`` is told."""
        shop, old = self._shop, self._shop.old.record(SITE)
        inputs = shop.current.digest({})
        if old and old.inputs == inputs and self._listed_as_before and all_stand(shop.site, old.head):
            return old
        before = {entry.name: entry for entry in old.entries} if old else {}
        listed = sorted((url_path(name), day) for head in self._heads() for name, day in head.changes)
        entries = []
        for path, body in [*sitemap_files(base_url, listed), ("/robots.txt", robots(base_url))]:
            entry = Entry(file_name(path), "", digest(body), len(body))
            if shop.put(entry, (body,), before.get(entry.name)):
                result.differ([entry.name])
            entries.append(entry)
        files = Files.of(sorted(entries, key=lambda entry: entry.name))
        return Record(SITE, {}, inputs, files, paths=[short_digest(url_path(name)) for name in files.names])

    @property
    def old_site(self) -> Record | None:
        """The record of sitemaps and robots.txt as they stand, marked where they no longer say what the pages do."""
        old = self._shop.old.record(SITE)
        return old if old is None or self._listed_as_before else replace(old, inputs="")

    @property
    def _listed_as_before(self) -> bool:
        """Whether the sitemap has the same pages with the same days."""
        old = self._shop.old
        if self._shop.dry or self._shop.force or {*self.jobs, SITE} != {*old.jobs}:
            return False
        before = ((job, old.head(job)) for job in self._ran)
        return all(head is not None and [*head.changes] == [*self._head(job).changes] for job, head in before)

    def _bonds(self, job: str) -> Bonds:
        return Bonds.from_line(self.line(job))

    def _heads(self) -> Iterator[Head]:
        return map(self._head, self.jobs)

    def _head(self, job: str) -> Head:
        return Head.from_line(self.line(job))
