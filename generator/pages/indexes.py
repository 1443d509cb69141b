"""Home, models, families, methodology, accuracy, the form pages and the page of what isn't there."""

from __future__ import annotations

from dataclasses import dataclass

from generator import formats, urls
from generator.catalog import Family
from generator.memory.usual import usual_kv_bytes
from generator.pages.facts import facts, parameters_text
from generator.pages.page import Cell, Form, Link, Page, Row, Table
from generator.pages.prose import prose_of
from generator.pages.shared import HOME, MODELS, form, model_link
from generator.scenarios import Atlas, Subject

FAMILIES = Link("Families", urls.FAMILIES_PATH)
FIGURE_NAMES = {
    "weights_file_bytes": "tensor data of the file",
    "weights_device_bytes": "weights on the device",
    "weights_host_bytes": "weights in system memory",
    "weights_bytes": "weights",
    "kv_cache_bytes+recurrent_state_bytes": "KV cache and state",
    "compute_bytes": "compute buffer, device",
    "compute_host_bytes": "compute buffer, system memory",
    "output_bytes": "output buffer",
}
NEWEST = 12


@dataclass(frozen=True, slots=True)
class ListBody:
    """Sentences, a Markdown text, tables and links: enough for every index."""

    sentences: tuple[str, ...] = ()
    text: str = ""
    tables: tuple[Table, ...] = ()
    links: tuple[Link, ...] = ()
    form: Form | None = None


def _model_rows(atlas: Atlas, subjects: tuple[Subject, ...]) -> tuple[Row, ...]:
    default = atlas.catalog.quantizations[atlas.catalog.site.default_quantization]
    wanted = atlas.catalog.site.context_ladder[atlas.catalog.site.default_context]
    rows = []
    for subject in subjects:
        quantization = default if default in subject.quantizations else subject.quantizations[0]
        context = max((c for c in subject.contexts if c <= wanted), default=subject.contexts[0])
        estimate = subject.estimate(quantization, context)
        model = subject.model
        rows.append(
            Row(
                (
                    Cell(model.name, urls.model_path(model.slug)),
                    Cell(parameters_text(subject)),
                    Cell(formats.context(model.context_max)),
                    Cell(formats.size(estimate.weights_bytes)),
                    Cell(formats.size(estimate.total_bytes)),
                    Cell(formats.month(model.release)),
                )
            )
        )
    return tuple(rows)


MODEL_COLUMNS = ("Model", "Parameters", "Longest context", "Weights", "Total", "Released")
TEXT_COLUMNS = frozenset({1, 5})


def _newest_first(subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    return tuple(sorted(subjects, key=lambda subject: (subject.model.release, subject.model.name), reverse=True))


def home_page(atlas: Atlas) -> Page:
    """What this is, the calculator, the newest models."""
    subjects = tuple(atlas.subjects())
    site, overall = atlas.catalog.site, atlas.bands.compute("llama.cpp", "all kinds")
    exact = [row for row in atlas.bands.table if row.kind == "all kinds" and not row.metric.startswith("compute")]
    checked = sum(row.n for row in exact)
    equal = sum(row.exact for row in exact)
    sentences = (
        "Pick a model, a quantization and a context, and see what the engine really allocates: "
        "tensor by tensor, cache by cache, with the range that driver and buffers add.",
        f"{formats.number(equal)} of {formats.number(checked)} measured sizes of weights and caches equal ours to the byte; "
        f"compute buffers have a median error of {formats.percent(overall.median)}.",
    )
    default = atlas.catalog.quantizations[site.default_quantization].name
    table = Table(
        f"Newest models, at {default} with {formats.context(site.context_ladder[site.default_context])}",
        MODEL_COLUMNS,
        _model_rows(atlas, _newest_first(subjects)[:NEWEST]),
        TEXT_COLUMNS,
    )
    return Page(
        path="/",
        kind="list",
        title=f"{site.name}: {site.tagline}",
        description=f"GPU memory of {len(subjects)} language models at every quantization and context, measured against the engines.",
        heading="How much VRAM does it need?",
        crumbs=(HOME,),
        body=ListBody(
            sentences,
            tables=(table,),
            links=(
                Link(f"All {len(subjects)} models", urls.MODELS_PATH),
                Link("Families of models", urls.FAMILIES_PATH),
                Link("How the figures come about", urls.METHODOLOGY_PATH),
                Link("How well they agree with measurements", urls.ACCURACY_PATH),
            ),
            form=form(atlas, None, site.default_quantization, site.context_ladder[site.default_context]),
        ),
    )


def models_page(atlas: Atlas) -> Page:
    """Every model, family by family, with the names people type."""
    default = atlas.catalog.quantizations[atlas.catalog.site.default_quantization].name
    context = formats.context(atlas.catalog.site.context_ladder[atlas.catalog.site.default_context])
    tables = []
    for family in sorted(atlas.catalog.families.values(), key=lambda family: family.name.lower()):
        members = tuple(atlas.subject(model.slug) for model in atlas.catalog.models_of(family.slug))
        if members:
            named = zip(_model_rows(atlas, members), members, strict=True)
            rows = tuple(Row((*row.cells, Cell(", ".join(subject.model.aliases)))) for row, subject in named)
            columns = (*MODEL_COLUMNS, "Also called")
            tables.append(Table(family.name, columns, rows, TEXT_COLUMNS | {len(MODEL_COLUMNS)}))
    count = len(atlas.catalog.models)
    return Page(
        path=urls.MODELS_PATH,
        kind="list",
        title=f"{count} language models and the VRAM they need",
        description=f"{count} models with parameters, longest context, and GPU memory at {default} with {context} of context.",
        heading="Models and the memory they need",
        crumbs=(HOME, MODELS),
        body=ListBody(
            (f"Weights and totals at {default} with {context} of context, or the model's maximum if that is less.",),
            tables=tuple(tables),
        ),
    )


def families_page(atlas: Atlas) -> Page:
    rows = []
    for family in sorted(atlas.catalog.families.values(), key=lambda family: family.name.lower()):
        members = atlas.catalog.models_of(family.slug)
        if members:
            newest = members[0]
            cells = (
                Cell(family.name, urls.family_path(family.slug)),
                Cell(family.organization),
                Cell(formats.number(len(members))),
                Cell(newest.name, urls.model_path(newest.slug)),
            )
            rows.append(Row(cells))
    table = Table("Families of models", ("Family", "Maker", "Models", "Newest"), tuple(rows), frozenset({1, 3}))
    return Page(
        path=urls.FAMILIES_PATH,
        kind="list",
        title="Families of language models and their memory",
        description=f"{len(rows)} families of open models, their makers, and how their members differ in memory.",
        heading="Families of models",
        crumbs=(HOME, FAMILIES),
        body=ListBody((f"{len(rows)} families; each page says how its members differ in memory.",), tables=(table,)),
    )


def family_page(atlas: Atlas, family: Family) -> Page:
    members = tuple(atlas.subject(model.slug) for model in atlas.catalog.models_of(family.slug))
    default = atlas.catalog.quantizations[atlas.catalog.site.default_quantization].name
    context = formats.context(atlas.catalog.site.context_ladder[atlas.catalog.site.default_context])
    table = Table(
        f"{family.name} models at {default} with {context}", MODEL_COLUMNS, _model_rows(atlas, members), TEXT_COLUMNS
    )
    return Page(
        path=urls.family_path(family.slug),
        kind="list",
        title=f"{family.name} models: VRAM compared",
        description=f"{len(members)} {family.name} models by {family.organization} with the GPU memory they need at {default} with {context}.",
        heading=f"How much VRAM do {family.name} models need?",
        crumbs=(HOME, FAMILIES, Link(family.name, urls.family_path(family.slug))),
        body=ListBody(
            text=prose_of(atlas).text(family.body, None, f"data/families/{family.slug}.md"),
            tables=(table,),
        ),
    )


def accuracy_page(atlas: Atlas) -> Page:
    """The table of agreement, as `python -m generator accuracy` prints it."""
    tables = []
    for engine in dict.fromkeys(row.engine for row in atlas.bands.table):
        rows = tuple(
            Row(
                (
                    Cell(row.kind),
                    Cell(FIGURE_NAMES[row.metric]),
                    Cell(formats.number(row.n)),
                    Cell(formats.number(row.exact)),
                    Cell(formats.percent(row.median)),
                    Cell(formats.percent(row.p95)),
                    Cell(formats.percent(row.worst)),
                )
            )
            for row in atlas.bands.table
            if row.engine == engine and row.n
        )
        columns = ("Kind of architecture", "Figure", "Rows", "Exact", "Median error", "95% within", "Worst")
        tables.append(Table(atlas.catalog.engines[engine].name, columns, rows, frozenset({1})))
    total = sum(row.n for row in atlas.bands.table if row.kind == "all kinds")
    return Page(
        path=urls.ACCURACY_PATH,
        kind="list",
        title="Accuracy: our figures against measurements",
        description=f"{formats.number(total)} measured figures of four engines beside ours, by kind of architecture: how many are equal, and how far the rest lie apart.",
        heading="How accurate are these figures?",
        crumbs=(HOME, Link("Accuracy", urls.ACCURACY_PATH)),
        body=ListBody(
            (
                f"{formats.number(total)} figures that llama.cpp, vLLM, Transformers and MLX printed or returned, each beside ours. "
                "Errors are (ours − measured) / measured; exact means equal to the byte.",
                "The ranges on every page are drawn from these rows; none is typed by hand.",
            ),
            tables=tuple(tables),
        ),
    )


METHODOLOGY = (
    "Every figure starts from the model's own config. From it we build the list of its tensors, as the engine's converter "
    "would write them, and give each the type that the quantizer would choose. Summed up, that is the size of the weights, "
    "before any file exists.",
    "The cache follows the layers: full attention keeps every token, a window only its span and room for one micro-batch, "
    "latent attention one compressed vector, linear attention and state space layers a state of fixed size. Cells are padded "
    "as the engine pads them.",
    "The compute buffer is found by laying out the engine's graph and running its allocator's rules over it: what must be held "
    "at once decides, not the sum of all steps.",
    "Driver and libraries differ from machine to machine, so they enter as a range with its source. A total therefore has a low "
    "and a high end, and we say that something fits only if the high end does.",
    "GB are 10⁹ bytes, as model sizes are quoted. A device is judged by what its driver reports, in GiB (2³⁰ bytes).",
)


def methodology_page(atlas: Atlas) -> Page:
    """How it is done, and what the usual formula says instead, one model for each kind."""
    rows, seen = [], set()
    for subject in atlas.subjects():
        if subject.kind in seen:
            continue
        seen.add(subject.kind)
        quantization, context = subject.quantizations[0], subject.contexts[-1]
        found = facts(subject, quantization, context)
        usual = usual_kv_bytes(subject.architecture, context)
        cells = (
            Cell(subject.kind),
            Cell(subject.model.name, urls.model_path(subject.model.slug)),
            Cell(formats.context(context)),
            Cell(formats.size(usual)),
            Cell(formats.size(found.cache_bytes)),
        )
        rows.append(Row(cells))
    columns = ("Kind of architecture", "For example", "Context", "Usual formula", "Allocated")
    table = Table(
        "Cache by the usual formula and as allocated",
        columns,
        tuple(sorted(rows, key=lambda r: r.cells[0].text)),
        frozenset({1}),
    )
    return Page(
        path=urls.METHODOLOGY_PATH,
        kind="list",
        title="Methodology: how the memory figures come about",
        description="Weights tensor by tensor, caches layer by layer, buffers by the allocator's own rules, and a range for the rest.",
        heading="How the figures come about",
        crumbs=(HOME, Link("Methodology", urls.METHODOLOGY_PATH)),
        body=ListBody(METHODOLOGY, tables=(table,), links=(Link("Agreement with measurements", urls.ACCURACY_PATH),)),
    )


def calculator_page(atlas: Atlas) -> Page:
    site = atlas.catalog.site
    return Page(
        path=urls.CALCULATOR_PATH,
        kind="list",
        title="VRAM calculator for language models",
        description="Choose a model, a quantization and a context; the answer is a page with the breakdown and the hardware that fits.",
        heading="VRAM calculator",
        crumbs=(HOME, Link("Calculator", urls.CALCULATOR_PATH)),
        body=ListBody(
            ("The answer is a page of its own, with an address that you can keep.",),
            form=form(atlas, None, site.default_quantization, site.context_ladder[site.default_context]),
        ),
    )


def go_page(atlas: Atlas) -> Page:
    """Where the form leads on a host without redirect rules: links to everything."""
    links = tuple(model_link(subject) for subject in atlas.subjects())
    return Page(
        path=urls.GO_PATH,
        kind="list",
        title="Go to a model",
        description="Every model, for hosts that can't lead a form's choice to its page.",
        heading="Choose a model",
        crumbs=(HOME, Link("Go", urls.GO_PATH)),
        body=ListBody(
            (
                "Your choice is in the address of this page; this host can't lead from there to its answer, so pick the model here.",
            ),
            links=links,
        ),
        indexable=False,
    )


def missing_page(atlas: Atlas) -> Page:
    return Page(
        path="/404.html",
        kind="list",
        title="No such page",
        description="There is no page at this address.",
        heading="There is no page at this address",
        crumbs=(HOME,),
        body=ListBody(
            ("The model, quantization or context may be spelled differently.",),
            links=(Link("All models", urls.MODELS_PATH), Link("Calculator", urls.CALCULATOR_PATH), Link("Home", "/")),
        ),
        indexable=False,
    )
