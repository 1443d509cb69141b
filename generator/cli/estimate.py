"""`estimate`: the memory of one model, or of a stream of requests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from generator import tables
from generator.cli.common import Failure, print_table, read_bands, read_catalog
from generator.fitting import Budget, FittingQuantization, fitting_quantizations, parse_budget
from generator.memory.errors import MemoryModelError
from generator.quantities import parse_tokens
from generator.requests import DEFAULTS, UNQUANTIZED, Service


@click.command()
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
@click.option(
    "--fit",
    "fit_text",
    metavar="MEMORY|DEVICE",
    help="Largest context and quantizations that fit, e.g. 24GiB or rtx-4090.",
)
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
    fit_text: str | None,
    as_json: bool,
    jsonl: bool,
) -> None:
    """Estimate the memory of MODEL (a slug, alias or Hugging Face repository)."""
    catalog, bands = read_catalog(data), read_bands(data)
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
        request |= {"config": json.loads(config.read_text(encoding="utf-8"))} if config else {"model": model}
        answer = service.answer(request)
        budget: Budget | None = None
        fitting: tuple[FittingQuantization, ...] = ()
        if fit_text:
            budget = parse_budget(catalog, engine, fit_text, "--fit")
            fitting = fitting_quantizations(
                catalog,
                bands,
                answer.architecture,
                engine,
                answer.estimator.settings,
                parse_tokens(context_text),
                answer.context_max,
                budget,
            )
    except json.JSONDecodeError as error:
        raise Failure(f"{config}: not JSON: {error}") from error
    except MemoryModelError as error:
        raise Failure(str(error)) from error
    if as_json:
        fits = [{"quant": f.quant, "fits": f.asked_fits, "largest_context": f.largest_context} for f in fitting]
        click.echo(json.dumps(answer.as_dict() | ({"fit": fits} if budget else {})))
        return
    print_table(tables.estimate_table(answer))
    print_table(tables.cache_table(answer))
    if budget:
        print_table(tables.fit_table(fitting, budget, parse_tokens(context_text)))


def _answer_lines(service: Service) -> None:
    failed = False
    for result in service.answer_lines(sys.stdin):
        failed = failed or "error" in result
        sys.stdout.write(json.dumps(result) + "\n")
    if failed:
        sys.exit(1)
