"""Which scenarios search engines are asked to list: those whose answer is of another kind than their neighbours'.

Hardly anybody searches for a context length, and most scenarios say what their neighbours say with other figures.
They are reachable and linked, but not listed. Of a family's scenarios that answer alike one is listed: that of a model
people ask about, else of the last in the alphabet, which mostly is the newest version.
"""

from __future__ import annotations

from functools import lru_cache

from generator.catalog import Quantization
from generator.pages.indexable import stand_in
from generator.pages.lists import default_context
from generator.pages.shared import relatives
from generator.scenarios import Atlas, Subject
from generator.scenarios.apart import Answer, Reason


def reason(atlas: Atlas, subject: Subject, quantization: Quantization, context: int) -> Reason | None:
    """Why a scenario is listed, None where it isn't."""
    return _listed(atlas, subject).get((quantization.slug, context))


@lru_cache(maxsize=8)
def _listed(atlas: Atlas, subject: Subject) -> dict[tuple[str, int], Reason]:
    """The listed scenarios of a model by quantization and context."""
    return atlas.told("listed", listed_of, subject.model.slug)


def listed_of(atlas: Atlas, slug: str) -> dict[tuple[str, int], Reason]:
    """A model's scenarios that no model of the family that goes before it answers alike.

    Up to the context that the quantization's own page takes, that page stands for them.
    """
    subject = atlas.subject(slug)
    if stand_in(atlas, subject) is not None:
        return {}
    before: list[Answer] = []
    own = _rank(atlas, slug)
    for model in relatives(atlas, subject.model):
        other = atlas.subject(model.slug)
        if _rank(atlas, model.slug) > own and stand_in(atlas, other) is None:
            before += [each.answer for each in other.scenarios_apart]
    shown = default_context(atlas, subject)
    return {
        (each.quantization, each.context): each.reason
        for each in subject.scenarios_apart
        if each.context > shown and not any(each.answer.alike(answer) for answer in before)
    }


def _rank(atlas: Atlas, slug: str) -> tuple[bool, str]:
    return slug in atlas.catalog.site.common_models, slug
