"""Methodology, accuracy and the pages of the form."""

from __future__ import annotations

from collections.abc import Iterable

from generator import formats, urls
from generator.accuracy.bands import Row as BandRow
from generator.pages.lists import ListBody
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.pages.shared import HOME, form, model_link
from generator.pages.structured import Application
from generator.scenarios import Atlas

FIGURE_NAMES = {
    "weights_file_bytes": "tensor data of the file",
    "weights_device_bytes": "weights on the device",
    "weights_host_bytes": "weights in system memory",
    "weights_bytes": "weights",
    "kv_cache_bytes+recurrent_state_bytes": "KV cache and state",
    "kv_cache_bytes": "KV cache",
    "recurrent_state_bytes": "recurrent state",
    "compute_bytes": "compute buffer, device",
    "compute_host_bytes": "compute buffer, system memory",
    "output_bytes": "output buffer",
}


def _agreement(title: str, rows: Iterable[BandRow]) -> Table:
    columns = ("Kind of architecture", "Figure", "Rows", "Exact", "Median error", "95% within", "Worst")
    cells = (
        (
            Cell(row.kind),
            Cell(FIGURE_NAMES[row.metric]),
            Cell(formats.number(row.n)),
            Cell(formats.number(row.exact)),
            Cell(formats.percent(row.median)),
            Cell(formats.percent(row.p95)),
            Cell(formats.percent(row.worst)),
        )
        for row in rows
        if row.n
    )
    return Table(title, columns, tuple(Row(row) for row in cells), frozenset({1}))


def accuracy_page(atlas: Atlas) -> Page:
    """The tables of agreement, as `python -m generator accuracy` prints them."""
    bands, engines = atlas.bands, atlas.catalog.engines
    tables = [
        _agreement(engines[engine].name, (row for row in bands.table if row.engine == engine))
        for engine in dict.fromkeys(row.engine for row in bands.table)
    ]
    tables += [
        _agreement(
            f"{engines[engine].name}, as others reported", (row for row in bands.reported if row.engine == engine)
        )
        for engine in dict.fromkeys(row.engine for row in bands.reported)
    ]
    reported = sum(row.n for row in bands.reported if row.kind == "all kinds")
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
                f"Another {formats.number(reported)} figures are quoted from logs that others published, of many versions and "
                "backends; they stand in tables of their own, where exact means equal as far as the log prints.",
            ),
            tables=tuple(tables),
        ),
    )


def calculator_page(atlas: Atlas) -> Page:
    site = atlas.catalog.site
    answer = "The answer is a page of its own, with an address that you can keep."
    return Page(
        path=urls.CALCULATOR_PATH,
        kind="list",
        title="VRAM calculator for language models",
        description="Choose a model, a quantization and a context; the answer is a page with the breakdown and the hardware that fits.",
        heading="VRAM calculator",
        crumbs=(HOME, Link("Calculator", urls.CALCULATOR_PATH)),
        body=ListBody(
            (answer,),
            form=form(atlas, None, site.default_quantization, site.context_ladder[site.default_context]),
        ),
        about=Application("VRAM calculator", answer, urls.CALCULATOR_PATH),
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
