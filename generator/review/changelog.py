"""An entry of the changelog, summed up from what two versions differ in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from generator import formats
from generator.catalog.changelog import Example, FigureChange, Revision
from generator.review.diff import Change, Diff

HEAD = "# yaml-language-server: $schema=schema/changelog.schema.json\n"


def revision(found: Diff, date: str, why: str, quants: Sequence[str], contexts: Sequence[int]) -> Revision:
    """What ``found`` says, in short."""
    at = " with ".join((formats.listed(list(quants)), formats.listed([formats.context(each) for each in contexts])))
    return Revision(
        date=date,
        why=why,
        compared=at,
        computed=found.computed,
        new_models=len(found.added),
        removed_models=len(found.removed),
        changes=tuple(_changes(found.models)),
    )


def _changes(changes: Sequence[Change]) -> Iterator[FigureChange]:
    """Each kind of figure that changed; figures that only one side has, or that were nothing, are left out."""
    kinds: dict[str, list[tuple[float, Change]]] = defaultdict(list)
    for change in changes:
        if change.old and change.new is not None:
            kinds[change.figure].append(((change.new - change.old) / change.old, change))
    for figure, own in kinds.items():
        parts = [part for part, _ in own]
        _, most = max(own, key=lambda pair: abs(pair[0]))
        yield FigureChange(
            figure=figure,
            models=len({change.subject for _, change in own}),
            figures=len(own),
            lowest=round(min(parts), 6),
            highest=round(max(parts), 6),
            example=Example(model=most.subject, at=_place(most), old=most.old or 0, new=most.new or 0),
        )


def _place(change: Change) -> str:
    return " ".join(
        [*([change.quant] if change.quant else []), *([formats.context(change.context)] if change.context else [])]
    )


def add_revision(file: Path, entry: Revision) -> None:
    """Put an entry above those that the file holds."""
    content = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    revisions = [entry.model_dump(mode="json"), *((content or {}).get("revisions") or [])]
    text = yaml.safe_dump({"revisions": revisions}, sort_keys=False, allow_unicode=True, width=118)
    file.write_text(HEAD + text, encoding="utf-8")
