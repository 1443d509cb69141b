"""Questions that apply to every model with some trait."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.catalog.fields import CONTEXT_PATTERN, Frozen, Line, Slug, context_tokens

Trait = Literal["any", "moe", "mla", "sliding_window", "chunked", "linear_attention", "ssm", "tied_embeddings"]


class FaqFacts(Frozen):
    """Front matter of `data/faq/<slug>.md`.

    when : the trait a model must have for the question to be asked of it
    min_context : the smallest context_max a model must have, because the answer uses contexts up to it
    order : position among the questions of a page, smaller first
    """

    question: Line
    when: Trait
    min_context: Annotated[str, Field(pattern=CONTEXT_PATTERN)] | None = None
    order: int = 100


class FaqEntry(FaqFacts):
    """A question with its slug and its answer in Markdown."""

    slug: Slug
    answer: str

    @property
    def min_context_tokens(self) -> int:
        """Smallest context_max, in tokens, of models this question applies to."""
        return 0 if self.min_context is None else context_tokens(self.min_context)
