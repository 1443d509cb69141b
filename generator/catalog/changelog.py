"""What changed in the figures, and why."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.catalog.fields import DATE_PATTERN, Frozen, Line, PositiveInt, Slug

Count = Annotated[int, Field(ge=0)]


class Example(Frozen):
    """The figure of a model that changed most; ``at`` says at which quantization and context."""

    model: Slug
    at: str
    old: Count
    new: Count


class FigureChange(Frozen):
    """How one kind of figure changed.

    models, figures : how many. lowest, highest : change of one figure, a part of the old one.
    """

    figure: Line
    models: PositiveInt
    figures: PositiveInt
    lowest: float
    highest: float
    example: Example


class Revision(Frozen):
    """One change of figures.

    compared : quantizations and contexts that were compared. computed : models that were compared.
    """

    date: Annotated[str, Field(pattern=DATE_PATTERN)]
    why: Line
    compared: Line
    computed: Count
    new_models: Count = 0
    removed_models: Count = 0
    changes: tuple[FigureChange, ...] = ()


class ChangelogFile(Frozen):
    """Content of `data/changelog.yaml`, the newest first."""

    revisions: tuple[Revision, ...] = ()
