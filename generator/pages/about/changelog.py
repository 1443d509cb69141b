"""The changelog of figures: when figures changed, why, and by how much."""

from __future__ import annotations

from generator import formats, urls
from generator.catalog.changelog import FigureChange, Revision
from generator.pages.article import ArticleBody, Section
from generator.pages.page import Cell, Page, Row, Table
from generator.scenarios import Atlas

IN_BYTES = frozenset({"weights", "KV cache", "recurrent state", "compute buffer", "total"})
COLUMNS = ("Figure", "Models", "Figures", "Change", "Largest change", "At", "Old", "New")


def changelog_page(atlas: Atlas) -> Page:
    """Every revision, the newest first."""
    revisions = atlas.catalog.changelog
    if revisions:
        last = revisions[0]
        state = f"Last change, {last.date}: {last.why}."
        count = f"{formats.number(len(revisions))} change{'' if len(revisions) == 1 else 's'}"
        said = f"{count} of figures, the last on {last.date}: which, why, and by how much."
    else:
        state = f"No figure has changed since the first edition of {formats.number(len(atlas.catalog.models))} models."
        said = state
    return Page(
        path=urls.CHANGELOG_PATH,
        kind="article",
        title="Changelog: which figures changed, and why",
        description=said,
        heading="What changed in the figures",
        body=ArticleBody(
            answer=(
                state,
                "Each entry compares all models before and after, each side by its own code and data.",
            ),
            sections=tuple(_section(atlas, place, revision) for place, revision in enumerate(reversed(revisions), 1))[
                ::-1
            ],
        ),
    )


def _section(atlas: Atlas, number: int, revision: Revision) -> Section:
    """One revision; ``number`` counts from the oldest, so that addresses stay."""
    sentences = [
        f"{revision.why}. {formats.number(revision.computed)} models were compared at {revision.compared} of context."
    ]
    if not revision.changes:
        sentences.append("None of their figures changed.")
    if revision.new_models:
        sentences.append(f"{formats.number(revision.new_models)} models came.")
    if revision.removed_models:
        sentences.append(f"{formats.number(revision.removed_models)} models went.")
    rows = tuple(_row(atlas, change) for change in revision.changes)
    tables = (Table(f"Figures that changed on {revision.date}", COLUMNS, rows, frozenset({4, 5})),) if rows else ()
    return Section(f"change-{number}", revision.date, " ".join(sentences), tables)


def _row(atlas: Atlas, change: FigureChange) -> Row:
    example = change.example
    model = atlas.catalog.models.get(example.model)
    ends = [formats.change(end) for end in (change.lowest, change.highest)]
    return Row(
        (
            Cell(f"{change.figure}, bytes" if change.figure in IN_BYTES else change.figure),
            Cell(formats.number(change.models)),
            Cell(formats.number(change.figures)),
            Cell(" to ".join(dict.fromkeys(ends))),
            Cell(model.name, urls.model_path(model.slug)) if model else Cell(example.model),
            Cell(example.at),
            Cell(formats.number(example.old)),
            Cell(formats.number(example.new)),
        )
    )
