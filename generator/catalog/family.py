"""A family of models, one page each."""

from __future__ import annotations

from generator.catalog.fields import Frozen, Line, Slug


class FamilyFacts(Frozen):
    """Front matter of `data/families/<slug>.md`."""

    name: Line
    organization: Line


class Family(FamilyFacts):
    """A family with its slug and a Markdown paragraph on how its members differ in memory."""

    slug: Slug
    body: str
