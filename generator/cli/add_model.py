"""`add-model`: a data file for a model that the catalogue lacks."""

from __future__ import annotations

from pathlib import Path

import click

from generator import formats
from generator.catalog import RESERVED_SLUGS, draft_problems
from generator.cli.common import Failure, read_catalog
from generator.intake.gguf_header import GgufError
from generator.intake.hub import from_hub
from generator.intake.model_file import ModelFile, model_file
from generator.intake.origin import Origin, OriginError, from_config_file, from_gguf_file
from generator.memory.errors import MemoryModelError
from generator.memory.kinds import architecture_kind


@click.command("add-model")
@click.argument("source", metavar="ORG/REPO|CONFIG.JSON|FILE.GGUF")
@click.option("--name", help="The model's name as people write it.")
@click.option("--slug", help="Name of the file and of the page; from the repository by default.")
@click.option("--family", help="A file of data/families, without .md.")
@click.option("--organization", help="Who publishes the model.")
@click.option("--license", "license_name", help="The licence as its maker names it.")
@click.option("--release", metavar="YYYY-MM", help="Month of the release.")
@click.option("--repository", metavar="ORG/REPO", help="Hugging Face repository, where SOURCE is a file.")
@click.option("--facts-from", metavar="TEXT", help="Where config and facts were read, for the list of sources.")
@click.option("--endpoint", envvar="HF_ENDPOINT", default="https://huggingface.co", show_default=True, show_envvar=True)
@click.option("--token", envvar="HF_TOKEN", show_envvar=True, help="Access to gated and private repositories.")
@click.option("--timeout", default=20.0, show_default=True, help="Seconds that one request may take.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def add_model(
    data: Path,
    source: str,
    name: str | None,
    slug: str | None,
    family: str | None,
    organization: str | None,
    license_name: str | None,
    release: str | None,
    repository: str | None,
    facts_from: str | None,
    endpoint: str,
    token: str | None,
    timeout: float,
    force: bool,
) -> None:
    """Write data/models/SLUG.md for a model of the Hugging Face Hub, a config.json or a GGUF file."""
    catalog = read_catalog(data)
    given = {
        "slug": slug,
        "name": name,
        "family": family,
        "organization": organization,
        "license": license_name,
        "release": release,
        "hf_repo": repository,
        "sources": facts_from,
    }
    try:
        made = model_file(_origin(source, endpoint.rstrip("/"), token, timeout), given, catalog)
    except (OriginError, GgufError) as error:
        raise Failure(str(error)) from error
    except MemoryModelError as error:
        lead = "the core can't read this config"
        raise Failure(
            f"{source}: {lead}: {error}\nAn unknown model_type is taught in generator/memory/architectures/."
        ) from error
    _write(data / "models" / f"{made.slug}.md", made, force)


def _origin(source: str, endpoint: str, token: str | None, timeout_s: float) -> Origin:
    path = Path(source)
    if path.suffix.lower() == ".gguf":
        return from_gguf_file(path)
    if path.suffix.lower() == ".json" or path.is_file():
        return from_config_file(path)
    return from_hub(source, endpoint, token, timeout_s)


def _write(path: Path, made: ModelFile, force: bool) -> None:
    if made.slug in RESERVED_SLUGS:
        raise Failure(f"{made.slug} is reserved: the site has a page of its own there; give another --slug")
    if path.exists() and not force:
        raise Failure(f"{path} is there already; --force writes over it, --slug names another")
    shown = f"{path.parent.parent.name}/models/{path.name}"
    problems = draft_problems(made.text, shown)
    if problems:
        raise Failure(
            "\n".join([*map(str, problems), "Nothing was written; an option such as --name says it otherwise."])
        )
    path.write_text(made.text, encoding="utf-8")
    found = made.architecture
    click.echo(f"{path}: {formats.parameters(found.parameters())} parameters, {architecture_kind(found)}")
    for field in made.unknown:
        click.echo(f"  fill in {field}: `check` refuses the file until then")
    for note in made.notes:
        click.echo(f"  {note}")
