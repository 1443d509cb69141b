"""Questions that apply to every model with some trait."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.catalog.fields import CONTEXT_PATTERN, Frozen, Line, Slug, context_tokens

Trait = Literal[
    "gguf",
    "kv_cache",
    "quantizable_cache",
    "moe",
    "mtp",
    "one_card",
    "usual_errs",
    "usual_holds",
    "vision_counted",
    "vision_uncounted",
    "tied_embeddings",
    "mla",
    "sliding_window",
    "chunked",
    "linear_attention",
    "ssm",
]
"""What a model can be like, as far as a question depends on it.

gguf : llama.cpp runs it
kv_cache : some layer keeps something for every past token
quantizable_cache : llama.cpp can store that in eight-bit blocks
mtp : GGUF files can carry blocks of it that predict further tokens
one_card : some quantization that people ask about fits a card, with a little context
usual_errs, usual_holds : the usual formula misses its cache, or gives it
vision_counted, vision_uncounted : it has a vision tower, whose parameters are known or not
"""


class FaqFacts(Frozen):
    """Front matter of `data/faq/<slug>.md`.

    when : traits that a model must have for the question to be asked of it, all of them
    min_context : the smallest context_max a model must have, because the answer uses contexts up to it
    order : position among the questions of a page, smaller first
    """

    question: Line
    when: tuple[Trait, ...]
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
