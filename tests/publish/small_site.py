"""A small catalogue that is built in a moment, and what a reader sees of a site."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import yaml

from generator.accuracy.bands import Bands
from generator.catalog import load_catalog
from generator.publish.output.folder import WORK
from generator.publish.output.stage import file_name
from generator.scenarios import Atlas
from tests.reference import DATA

KEPT_QUANTIZATIONS = ("f16", "q8_0", "q6_k", "q4_k_m", "q4_0", "awq-int4")
KEPT_MODELS = ("llama-3.1-8b", "llama-4-scout", "llama-4-maverick", "llama-3.2-1b")

SPARE_DEVICE = "tesla-p40"
"""A device that neither instances nor pages of models name."""

BODY = """---

A model.

## FAQ

### How large is it?

It takes {{ total("Q4_K_M", "2K") }}.
"""


def copy_data(folder: Path, models: tuple[str, ...]) -> Path:
    """The real data with a few models of one family, in few words, at two contexts and their longest."""
    for part in DATA.iterdir():
        if part.is_dir() and part.name not in ("models", "reference", "schema"):
            shutil.copytree(part, folder / part.name)
    for path in (folder / "quantization").iterdir():
        content = yaml.safe_load(path.read_text())
        kept = [each for each in content.get("quantizations", ()) if each["slug"] in KEPT_QUANTIZATIONS]
        path.write_text(yaml.safe_dump(content | {"quantizations": kept}))
    for path in (folder / "faq").iterdir():
        if "{{" in path.read_text():
            path.unlink()
    (folder / "models").mkdir()
    for name in models:
        text = (DATA / "models" / f"{name}.md").read_text()
        (folder / "models" / f"{name}.md").write_text(f"{text[: text.index('---', 3)]}{BODY}")
    for family in (folder / "families").iterdir():
        if family.name != "llama.md":
            family.unlink()
    text = (folder / "families" / "llama.md").read_text()
    (folder / "families" / "llama.md").write_text(text[: text.index("---", 3)] + "---\n\nLlamas.\n")
    site = yaml.safe_load((DATA / "site.yaml").read_text())
    site |= {"contexts": ["2k", "32k"], "common_quantizations": list(KEPT_QUANTIZATIONS)}
    site |= {"common_models": [models[0]], "example_models": [models[0]]}
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    _keep_some_hardware(
        folder, {*site["common_devices"], *site["more_devices"], SPARE_DEVICE}, site["memory_classes_gb"]
    )
    shutil.copy(DATA / "accuracy.json", folder)
    return folder


def _keep_some_hardware(folder: Path, wanted: set[str], sizes: list[int]) -> None:
    """Leave the wanted devices and groups, what instances have, and one device of each size that has a page."""
    for path in (folder / "cloud").iterdir():
        wanted |= {instance["device"] for instance in yaml.safe_load(path.read_text())["instances"]}
    missing = set(sizes)
    for path in sorted((folder / "hardware").iterdir()):
        content = yaml.safe_load(path.read_text())
        devices, groups = content.get("devices", []), content.get("groups", [])
        for device in devices:
            if device["memory_gb_marketed"] in missing:
                missing.discard(device["memory_gb_marketed"])
                wanted.add(device["slug"])
        kept = {"devices": [each for each in devices if each["slug"] in wanted]}
        kept["groups"] = [each for each in groups if f"{each['count']}x-{each['device']}" in wanted]
        path.write_text(yaml.safe_dump({name: entries for name, entries in kept.items() if entries}))
        if not any(kept.values()):
            path.unlink()


def set_text(path: Path, old: str, new: str) -> None:
    """Replace a text that a file must hold."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def atlas_of(data: Path) -> Atlas:
    return Atlas(load_catalog(data), Bands.load(data / "accuracy.json"))


def files(site: Path) -> dict[str, bytes]:
    """What a reader can get: every file but the build's own."""
    paths = (path for path in site.rglob("*") if path.is_file() and WORK not in path.parts)
    return {str(path.relative_to(site)): path.read_bytes() for path in paths}


def broken_links(site: Path) -> set[str]:
    """Links that lead to nothing on the pages that a reader reaches from home."""
    seen, missing, todo = {"/"}, set(), ["/"]
    while todo:
        path = todo.pop()
        found = site / file_name(path)
        if not found.is_file():
            missing.add(path)
            continue
        if found.suffix != ".html":
            continue
        for target in re.findall(r'(?:href|action)="(/[^/"#?][^"#?]*|/)["#?]', found.read_text(encoding="utf-8")):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return missing


def killed(work: Callable[[], object]) -> bool:
    """Run ``work`` in a child process; whether it was killed before it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
