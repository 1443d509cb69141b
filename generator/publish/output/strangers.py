"""What lies in a site and belongs to none of its pages."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from generator.publish.due.manifest import Manifest
from generator.publish.output.twins import origin, twin_list


def strangers(site: Path, names: Iterable[str], folders: Iterable[str] | None = None, below: str = "") -> list[str]:
    """Files that aren't among ``names``, hidden ones left out; a folder that holds none of ``names`` counts as one.

    folders : where to look, as the site names them; where None, in ``below`` and all folders in it.
    """
    looked = None if folders is None else {*folders}
    ours = _known(names, looked)
    twins = twin_list(site).exists()
    found: list[str] = []
    todo = [below] if looked is None else [*looked]
    while todo:
        folder = todo.pop()
        for each in os.scandir(site / folder) if (site / folder).is_dir() else ():
            name = f"{folder}/{each.name}" if folder else each.name
            if name in ours:
                if looked is None and each.is_dir():
                    todo.append(name)
            elif not each.name.startswith(".") and not (twins and origin(name) in ours):
                found.append(f"{name}/" if each.is_dir() else name)
    whole = tuple(name for name in found if name.endswith("/"))
    return sorted(name for name in found if name in whole or not name.startswith(whole))


def strangers_everywhere(site: Path, manifest: Manifest) -> list[str]:
    """The same of every folder of a site, top by top: the names of all files are more than memory should hold."""
    jobs_of = manifest.tops()
    found = strangers(site, jobs_of, {""})
    for top, jobs in jobs_of.items():
        heads = filter(None, map(manifest.head, jobs))
        own = (name for head in heads for name in head.names if name.startswith(f"{top}/"))
        found += strangers(site, own, below=top)
    return sorted(found)


def _known(names: Iterable[str], looked: set[str] | None) -> set[str]:
    """The names that lie in the folders looked at, those of folders between included."""
    ours: set[str] = set()
    for each in names:
        name = each
        while name and name not in ours:
            folder = name.rpartition("/")[0]
            if looked is None or folder in looked:
                ours.add(name)
            name = folder
    return ours
