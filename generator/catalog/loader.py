"""Reads `data/` into a `Catalog`, or tells everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from generator.catalog import readers
from generator.catalog.catalog import Catalog
from generator.catalog.checks import cross_problems
from generator.catalog.comparison import Comparisons
from generator.catalog.gathered import Gathered, Understood
from generator.catalog.problems import ABSENT, CatalogError, Problem
from generator.catalog.redirects import Redirects
from generator.catalog.shapes import complete_variants

REPORTS = "reference/reports"
"""Folder of the field reports, which may be missing."""


def load_catalog(data_dir: Path | str) -> Catalog:
    """Read every data file below `data_dir`.

    Raises CatalogError with all problems of all files; nothing is returned unless there are none.
    """
    return catalog_of(gather(data_dir))


def gather(data_dir: Path | str, kept: dict[str, Understood] | None = None) -> Gathered:
    """Everything that the files below `data_dir` hold, sound or not, with the problems of all of them.

    kept : takes what files say, so that the next run with it only reads those that have changed.

    Raises CatalogError where the folder isn't there.
    """
    root = Path(data_dir)
    if not root.is_dir():
        raise CatalogError([Problem(str(root), None, "", ABSENT, "is no folder; the data is expected there")])
    found = Gathered(kept=kept)
    for folder, suffix, read in readers.READERS:
        for path in _files(root, folder, suffix, found):
            read(path, f"{root.name}/{folder}/{path.name}", found)
    complete_variants(found)
    if (root / REPORTS).is_dir():
        for path in _files(root, REPORTS, ".yaml", found):
            readers.read_report(path, f"{root.name}/{REPORTS}/{path.name}", found)
    readers.read_site(root / "site.yaml", f"{root.name}/site.yaml", found)
    readers.read_efficiencies(root / "speed.json", f"{root.name}/speed.json", found)
    readers.read_comparisons(root / "compare.yaml", f"{root.name}/compare.yaml", found)
    readers.read_redirects(root / "redirects.yaml", f"{root.name}/redirects.yaml", found)
    readers.read_glossary(root / "glossary.yaml", f"{root.name}/glossary.yaml", found)
    readers.read_changelog(root / "changelog.yaml", f"{root.name}/changelog.yaml", found)
    readers.read_quality(root / "quality.yaml", f"{root.name}/quality.yaml", found)
    found.problems += cross_problems(found)
    return found


def catalog_of(found: Gathered) -> Catalog:
    """The entries as a catalogue. Raises CatalogError where there are problems."""
    if found.problems or found.site is None:
        raise CatalogError(found.problems)
    return Catalog(
        models={one.entry.slug: one.entry for one in found.models},
        families={one.entry.slug: one.entry for one in found.families},
        devices={one.entry.slug: one.entry for one in found.devices},
        engines={one.entry.slug: one.entry for one in found.engines},
        groups={one.entry.slug: one.entry for one in found.groups},
        instances={one.entry.slug: one.entry for one in found.instances},
        quantizations={one.entry.slug: one.entry for one in found.quantizations},
        block_types={one.entry.name: one.entry for one in found.block_types},
        faqs={one.entry.slug: one.entry for one in sorted(found.faqs, key=lambda f: (f.entry.order, f.entry.slug))},
        reports=tuple(one.entry for one in found.reports),
        site=found.site.entry,
        efficiencies=found.efficiencies,
        comparisons=found.comparisons.entry if found.comparisons else Comparisons(),
        redirects=found.redirects.entry if found.redirects else Redirects(),
        glossary=tuple(one.entry for one in found.glossary),
        changelog=found.changelog,
        quality=tuple(one.entry for one in found.quality),
    )


def _files(root: Path, folder: str, suffix: str, found: Gathered) -> Iterator[Path]:
    directory = root / folder
    shown = f"{root.name}/{folder}"
    if not directory.is_dir():
        found.problems.append(Problem(shown, None, "", ABSENT, "is no folder; it must exist, with at least one file"))
        return
    with os.scandir(directory) as entries:
        files = {each.name: each.is_file() for each in entries if not each.name.startswith(".")}
    if not files:
        found.problems.append(Problem(shown, None, "", ABSENT, f"must hold at least one {suffix} file"))
    for name in sorted(files):
        if files[name] and os.path.splitext(name)[1] == suffix:
            yield directory / name
        else:
            message = f"doesn't belong here; the folder holds {suffix} files"
            found.problems.append(Problem(f"{shown}/{name}", None, "", ABSENT, message))
