"""The commands; what they do lives elsewhere."""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import click
from rich.console import Console

from generator import tables
from generator.accuracy import bands as accuracy_bands
from generator.accuracy.compare import compare
from generator.accuracy.measurement import measured_models
from generator.accuracy.measurements import measurements
from generator.catalog import Catalog, CatalogError, load_catalog
from generator.fitting import fitting_quantizations
from generator.memory.errors import MemoryModelError
from generator.publish.build import Options, default_jobs
from generator.publish.build import build as build_site
from generator.publish.links import BrokenLinks
from generator.publish.report import build_progress, build_summary
from generator.publish.writer import OutputError
from generator.quantities import parse_bytes, parse_tokens
from generator.render import RenderError
from generator.requests import DEFAULTS, UNQUANTIZED, Service
from generator.scenarios import Atlas

ACCURACY_FILE = "accuracy.json"


class Failure(click.ClickException):
    """A run that failed: its message, exit status 1."""


def _catalog(data: Path) -> Catalog:
    try:
        return load_catalog(data)
    except CatalogError as error:
        raise Failure(str(error)) from error


def _bands(data: Path) -> accuracy_bands.Bands:
    path = data / ACCURACY_FILE
    if not path.exists():
        raise Failure(f"{path} is missing: run `python -m generator accuracy --write`")
    return accuracy_bands.Bands.load(path)


def _print(table: object) -> None:
    Console(width=None if sys.stdout.isatty() else 160).print(table)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Folder of the data files.",
)
@click.pass_context
def main(context: click.Context, data: Path) -> None:
    """How much memory a language model needs, and the site that says so."""
    context.obj = data


@main.command()
@click.argument("model", required=False)
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A config.json in place of MODEL."
)
@click.option("--quant", help=f"Quantization; {DEFAULTS['quant']} by default, {UNQUANTIZED} where there is no GGUF.")
@click.option(
    "--context", "context_text", default="32K", show_default=True, help="Tokens of one sequence: 32768, 32K, 1M."
)
@click.option("--batch", default=1, show_default=True, help="Sequences side by side.")
@click.option("--kv-type", default=DEFAULTS["kv_type"], show_default=True, help="Stored type of the KV cache.")
@click.option("--engine", default=DEFAULTS["engine"], show_default=True, help="llama.cpp, vllm, transformers or mlx.")
@click.option("--flash-attention", type=click.Choice(["on", "off"]), default="on", show_default=True)
@click.option("--ubatch", default=512, show_default=True, help="Micro-batch, tokens.")
@click.option("--fit", "budget", metavar="MEMORY", help="Largest context and quantizations that fit, e.g. 24GB.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--jsonl", is_flag=True, help="Requests on stdin, one JSON object a line; results likewise.")
@click.pass_obj
def estimate(
    data: Path,
    model: str | None,
    config: Path | None,
    quant: str | None,
    context_text: str,
    batch: int,
    kv_type: str,
    engine: str,
    flash_attention: str,
    ubatch: int,
    budget: str | None,
    as_json: bool,
    jsonl: bool,
) -> None:
    """Estimate the memory of MODEL (a slug, alias or Hugging Face repository)."""
    catalog, bands = _catalog(data), _bands(data)
    service = Service(catalog, bands)
    if jsonl:
        _answer_lines(service)
        return
    if (model is None) == (config is None):
        raise click.UsageError("give either MODEL or --config")
    request = {
        "quant": quant,
        "context": context_text,
        "batch": batch,
        "kv_type": kv_type,
        "engine": engine,
        "flash_attention": flash_attention == "on",
        "ubatch": ubatch,
    }
    try:
        request |= {"model": model} if model else {"config": json.loads(config.read_text(encoding="utf-8"))}
        answer = service.answer(request)
        fitting = ()
        if budget:
            fitting = fitting_quantizations(
                catalog,
                bands,
                answer.architecture,
                engine,
                answer.estimator.settings,
                parse_tokens(context_text),
                answer.context_max,
                parse_bytes(budget, "--fit"),
            )
    except json.JSONDecodeError as error:
        raise Failure(f"{config}: not JSON: {error}") from error
    except MemoryModelError as error:
        raise Failure(str(error)) from error
    if as_json:
        fits = [{"quant": f.quant, "fits": f.asked_fits, "largest_context": f.largest_context} for f in fitting]
        click.echo(json.dumps(answer.as_dict() | ({"fit": fits} if budget else {})))
        return
    _print(tables.estimate_table(answer))
    _print(tables.cache_table(answer))
    if budget:
        _print(tables.fit_table(fitting, budget, parse_tokens(context_text)))


def _answer_lines(service: Service) -> None:
    failed = False
    for result in service.answer_lines(sys.stdin):
        failed = failed or "error" in result
        sys.stdout.write(json.dumps(result) + "\n")
    if failed:
        sys.exit(1)


@main.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("site"),
    show_default=True,
    help="Output folder.",
)
@click.option(
    "--templates",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("templates"),
    show_default=True,
    help="Folder of the templates.",
)
@click.option(
    "--only", default="*", metavar="GLOB", help="Only models whose slug matches; others' pages stay as they are."
)
@click.option("--jobs", type=click.IntRange(1), default=default_jobs, show_default="one a core", help="Processes.")
@click.option("--base-url", help="Where the site will be, for canonical links; data/site.yaml's by default.")
@click.option("--force", is_flag=True, help="Write unchanged files too.")
@click.pass_obj
def build(data: Path, out: Path, templates: Path, only: str, jobs: int, base_url: str | None, force: bool) -> None:
    """Build the site: every model, quantization and context, with all indexes."""
    catalog, bands = _catalog(data), _bands(data)
    atlas = Atlas(catalog, bands)
    problems = atlas.problems()
    if problems:
        raise Failure("\n".join(str(problem) for problem in problems))
    options = Options(out, templates, (base_url or catalog.site.base_url).rstrip("/"), only, jobs, force)
    if not any(fnmatchcase(slug, only) for slug in catalog.models):
        raise click.BadParameter(f"no model's slug matches {only!r}", param_hint="--only")
    try:
        with build_progress() as progress:
            result = build_site(atlas, options, progress)
    except (OutputError, BrokenLinks, RenderError) as error:
        raise Failure(str(error)) from error
    click.echo(build_summary(result, out))


@main.command()
@click.option("--write", is_flag=True, help="Also write the table to data/accuracy.json, which pages and bands read.")
@click.option("--json", "as_json", is_flag=True, help="The table as JSON.")
@click.pass_obj
def accuracy(data: Path, write: bool, as_json: bool) -> None:
    """Print our figure against every measured row, by engine, kind of architecture and figure."""
    reference = data / "reference"
    comparisons = compare(measurements(reference), measured_models(reference))
    found = accuracy_bands.Bands(accuracy_bands.rows(comparisons))
    if write:
        (data / ACCURACY_FILE).write_text(found.dumps(), encoding="utf-8")
    if as_json:
        click.echo(found.dumps(), nl=False)
    else:
        _print(tables.accuracy_table(found.table))


@main.command()
@click.pass_obj
def check(data: Path) -> None:
    """Check the data files: schema, cross-references, and that the core can read every model."""
    catalog = _catalog(data)
    problems = Atlas(catalog, _bands(data)).problems()
    if problems:
        raise Failure("\n".join(str(problem) for problem in problems))
    click.echo(
        f"{len(catalog.models)} models, {len(catalog.devices)} devices, "
        f"{len(catalog.quantizations)} quantizations: no problems"
    )
