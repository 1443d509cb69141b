"""A language model: what its maker publishes, and the prose about its memory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from generator.catalog.fields import CONTEXT_LIMIT, Frozen, Line, Month, PositiveInt, Repository, Slug, Sources, Url


class Question(Frozen):
    """One question with its answer in Markdown; figures are called for as `{{ ... }}`.

    line : of the file, no part of what the entry says.
    """

    question: str
    answer: str
    line: Annotated[int, Field(repr=False)]


class PublishedFormat(Frozen):
    """A quantized checkpoint that the maker of the model publishes itself."""

    quantization: Annotated[Slug, Field(description="scheme in data/quantization that the checkpoint is stored in")]
    repo: Repository
    parameters: Annotated[
        PositiveInt | None, Field(description="elements of the checkpoint as published, scales among them")
    ] = None
    source: Annotated[Line, Field(description="where repository, format and count were read")]
    note: Annotated[Line | None, Field(description="how the checkpoint departs from the scheme, a clause")] = None


class ModelFacts(Frozen):
    """Front matter of `data/models/<slug>.md`.

    A file either gives its `config`, or names by `shape_of` the model whose configuration it shares.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["modality", "context_max", "config"]}, {"required": ["shape_of"]}]}
    )

    name: Line
    family: Slug
    organization: Line
    license: Annotated[Line | None, Field(description="as its maker names it; null where it was not read")]
    license_url: Url | None = None
    release: Month
    hf_repo: Repository
    aliases: tuple[Line, ...] = ()
    shape_of: Annotated[
        Slug | None, Field(description="model whose configuration, and what else isn't given here, holds for this one")
    ] = None
    config_overrides: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict, description="config fields that differ from those of shape_of; nested ones nest here"
        ),
    ]
    modality: Literal["text", "vision"] | None = None
    context_max: Annotated[int | None, Field(gt=0, le=CONTEXT_LIMIT, description="tokens the maker declares")] = None
    parameters_published: Annotated[
        PositiveInt | None, Field(description="parameters in the published checkpoint, null where no figure was read")
    ] = None
    parameters_published_source: Line | None = None
    parameters_published_includes: Annotated[
        Line | None, Field(description="what that count holds beyond the language model")
    ] = None
    parameters_counted: Annotated[
        PositiveInt | None, Field(description="parameters of the reference implementation built from the config")
    ] = None
    parameters_counted_source: Line | None = None
    parameters_text: Annotated[
        PositiveInt | None, Field(description="of the counted parameters, those of the language model alone")
    ] = None
    parameters_active_published: Annotated[
        PositiveInt | None, Field(description="parameters at work on a token as the maker states them, rounded")
    ] = None
    tier: Annotated[Literal["core", "extra"], Field(description="core models are listed first")] = "core"
    mtp_in_gguf: Annotated[bool, Field(description="published GGUF files carry the multi-token-prediction block")] = (
        False
    )
    published_formats: Annotated[
        tuple[PublishedFormat, ...], Field(description="quantized checkpoints of the maker's own")
    ] = ()
    sources: Sources
    doubts: tuple[Line, ...] = ()
    config: Annotated[
        dict[str, Any] | None, Field(min_length=1, description="Hugging Face config fields, verbatim")
    ] = None
    config_defaults: Annotated[
        tuple[str, ...], Field(description="config fields the maker's file omits, taken from the class defaults")
    ] = ()


class Model(ModelFacts):
    """A model as the rest of the program sees it: facts, slug and prose; a variant has its shape's facts filled in.

    introduction : Markdown above `## FAQ`
    faq : the questions below it, in file order
    """

    modality: Literal["text", "vision"]
    context_max: int
    config: dict[str, Any]
    slug: Slug
    introduction: str
    faq: tuple[Question, ...]

    @property
    def parameters_vision(self) -> int:
        """Parameters of the encoders, where both the whole and its language model were counted; else 0."""
        if self.parameters_counted is None or self.parameters_text is None:
            return 0
        return self.parameters_counted - self.parameters_text

    @property
    def hf_url(self) -> str:
        """Where the model is published."""
        return f"https://huggingface.co/{self.hf_repo}"


class Variant(Frozen):
    """A model of another's shape, before that other is known."""

    facts: ModelFacts
    slug: Slug
    introduction: str
    faq: tuple[Question, ...]
