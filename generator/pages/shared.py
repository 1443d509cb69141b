"""What many pages say in the same way: forms, questions, links among pages."""

from __future__ import annotations

from functools import lru_cache

from generator import formats, urls
from generator.catalog import Model, Quantization
from generator.pages.facts import common_and
from generator.pages.page import Form, Link, Option, Question, Switch
from generator.pages.prose import prose_of
from generator.pages.traits import applies
from generator.scenarios import Atlas, Subject

MODELS = Link("Models", urls.MODELS_PATH)
MOST_RELATIVES = 100
"""Of a family beside one of its models; the family's own page lists them all."""

CACHE_OPTIONS = tuple(Option(name, name, name == "f16") for name in ("f16", "q8_0", "q4_0"))
FORM_NOTE = (
    "Pages stand for one sequence, an f16 cache and a quantization's own engine; python -m generator estimate takes "
    "any other choice."
)


def model_link(subject: Subject) -> Link:
    return Link(subject.model.name, urls.model_path(subject.model.slug))


@lru_cache(maxsize=8)
def above_quantizations(subject: Subject) -> tuple[Link, ...]:
    """The pages above those of a model's quantizations."""
    return MODELS, model_link(subject)


@lru_cache(maxsize=8)
def _model_options(atlas: Atlas, subject: Subject | None) -> tuple[Option, ...]:
    """Every listed model; beside a chosen one its family and the models that people ask about most."""
    models, common = atlas.catalog.models, atlas.catalog.site.common_models
    if subject is None:
        return tuple(Option(slug, models[slug].name, slug == common[0]) for slug in atlas.catalog.listed)
    chosen = subject.model
    shown = {model.slug: model for model in (chosen, *relatives(atlas, chosen))}
    shown |= {slug: models[slug] for slug in common if slug in models}
    return tuple(Option(slug, model.name, slug == chosen.slug) for slug, model in sorted(shown.items()))


@lru_cache(maxsize=8)
def _engine_options(atlas: Atlas, chosen: str | None) -> tuple[Option, ...]:
    engines = atlas.catalog.engines
    return tuple(Option(slug, engine.name, slug == (chosen or next(iter(engines)))) for slug, engine in engines.items())


@lru_cache(maxsize=64)
def _quantization_options(atlas: Atlas, subject: Subject | None, chosen: str | None) -> tuple[Option, ...]:
    shown = subject.quantizations if subject else atlas.catalog.quantizations.values()
    return tuple(Option(q.slug, q.name, q.slug == chosen) for q in shown)


@lru_cache(maxsize=64)
def _context_options(atlas: Atlas, subject: Subject | None, chosen: int | None) -> tuple[Option, ...]:
    ladder = subject.contexts if subject else atlas.catalog.site.context_ladder.values()
    return tuple(Option(urls.context_slug(c), formats.context(c), c == chosen) for c in ladder)


def form(
    atlas: Atlas, subject: Subject | None, quantization: str | None, context: int | None, engine: str | None = None
) -> Form:
    """The calculator with the page's own configuration chosen; the first engine where none is given."""
    return Form(
        action=urls.GO_PATH,
        models=_model_options(atlas, subject),
        quantizations=_quantization_options(atlas, subject, quantization),
        contexts=_context_options(atlas, subject, context),
        engines=_engine_options(atlas, engine),
        cache_types=CACHE_OPTIONS,
        note=FORM_NOTE,
    )


def switch(atlas: Atlas, subject: Subject, quantization: Quantization, context: int) -> Switch:
    """The same model at a quantization that people ask about, or the page's own, with any of its contexts."""
    return Switch(
        action=urls.GO_PATH,
        model=subject.model.slug,
        quantizations=_options_beside(subject, quantization),
        contexts=_context_options(atlas, subject, context),
    )


@lru_cache(maxsize=64)
def _options_beside(subject: Subject, chosen: Quantization) -> tuple[Option, ...]:
    return tuple(Option(each.slug, each.name, each is chosen) for each in common_and(subject, chosen))


def introduction(atlas: Atlas, subject: Subject) -> str:
    """The model's own introduction, figures filled in, Markdown."""
    return prose_of(atlas).text(subject.model.introduction, subject, f"data/models/{subject.model.slug}.md")


def questions(atlas: Atlas, subject: Subject) -> tuple[Question, ...]:
    """The model's own questions, then the general ones that fit it.

    Where the site's default is named, the quantization is meant that the model's pages take first.
    """
    general = (entry for entry in atlas.catalog.faqs.values() if applies(entry, subject))
    prose = prose_of(atlas)
    default = atlas.catalog.quantizations[atlas.catalog.site.default_quantization]
    return (
        *own_questions(atlas, subject),
        *(
            Question(
                entry.question,
                prose.text(
                    entry.answer.replace(default.name, subject.usual.name), subject, f"data/faq/{entry.slug}.md"
                ),
            )
            for entry in general
        ),
    )


def own_questions(atlas: Atlas, subject: Subject) -> tuple[Question, ...]:
    """The questions of the model's own file."""
    file = f"data/models/{subject.model.slug}.md"
    prose = prose_of(atlas)
    return tuple(Question(q.question, prose.text(q.answer, subject, file)) for q in subject.model.faq)


def family_links(atlas: Atlas, model: Model) -> tuple[Link, ...]:
    """The other models of the family, in the alphabet."""
    others = sorted(relatives(atlas, model), key=lambda other: other.slug)
    return tuple(Link(other.name, urls.model_path(other.slug)) for other in others)


def relatives(atlas: Atlas, model: Model) -> tuple[Model, ...]:
    """The other models of the family, no more than a page has room for, nearest in the alphabet first."""
    return atlas.catalog.kin(model, MOST_RELATIVES)
