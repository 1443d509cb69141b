"""Reads data files of each kind into what was gathered, with everything that is wrong with them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from generator.catalog.changelog import ChangelogFile
from generator.catalog.cloud import CloudFile, CloudInstance
from generator.catalog.comparison import Comparisons
from generator.catalog.document import Document, Parsed, UnreadableFile, read_markdown, read_yaml
from generator.catalog.drafts import blanks
from generator.catalog.efficiency import EfficiencyFile
from generator.catalog.engine import EngineFile
from generator.catalog.family import Family, FamilyFacts
from generator.catalog.faq import FaqEntry, FaqFacts
from generator.catalog.fields import PATTERN_WORDS, RESERVED_SLUGS, SLUG_PATTERN
from generator.catalog.gathered import Found, Gathered, Understood
from generator.catalog.glossary import GlossaryFile
from generator.catalog.hardware import HardwareFile
from generator.catalog.model import Model, ModelFacts, Variant
from generator.catalog.problems import ABSENT, Problem
from generator.catalog.prose import split_faq, text_problems
from generator.catalog.quality import QualityFile
from generator.catalog.quantization import QuantizationFile
from generator.catalog.redirects import Redirects
from generator.catalog.report import FieldReport
from generator.catalog.report_checks import with_sound_log
from generator.catalog.shapes import shape_problems
from generator.catalog.site import Site
from generator.catalog.validation import validated

T = TypeVar("T", bound=BaseModel)

Reader = Callable[[Path, str], Parsed]
Finish = Callable[[Any, Document], Any]
"""Makes an entry of a file's validated front matter and its document, or a list of what is wrong."""


def _read(
    kind: type[T], read: Reader, path: Path, shown: str, found: Gathered, finish: Finish | None = None
) -> tuple[Any, Document] | None:
    """A file as ``kind`` or what ``finish`` makes of it, and its document; None with the problems noted."""
    try:
        one = _understood(kind, read, path, shown, found.kept, finish)
    except UnreadableFile as error:
        found.problems.append(error.problem)
        found.unread.add(path.parent.name)
        return None
    found.problems += one.problems
    if one.unfilled or isinstance(one.result, list):
        told = {problem.field for problem in one.unfilled}
        found.problems += one.unfilled
        found.problems += [p for p in one.result if p.field not in told] if isinstance(one.result, list) else []
        found.unread.add(path.parent.name)
        return None
    return one.result, one.document


def _understood(
    kind: type[T],
    read: Reader,
    path: Path,
    shown: str,
    kept: dict[str, Understood] | None,
    finish: Finish | None,
) -> Understood:
    """What a file says, from ``kept`` where it is there and the file the same. Raises UnreadableFile."""
    if kept is None:
        return _understanding(kind, read(path, shown), None, finish)
    name = str(path)
    found = os.stat(name)
    state = (found.st_ino, found.st_mtime_ns, found.st_size)
    if name not in kept or kept[name].state != state:
        kept[name] = _understanding(kind, read(path, shown), state, finish)
    return kept[name]


def _understanding(kind: type[T], parsed: Parsed, state: object, finish: Finish | None) -> Understood:
    document, unfilled = parsed.document, blanks(parsed)
    problems = text_problems(document.file, document.body, document.body_line)
    result: Any = validated(kind, parsed)
    if finish and not unfilled and not isinstance(result, list):
        result = finish(result, document)
    return Understood(state, document, result, unfilled, tuple(problems))


def _read_entry(
    kind: type[T], finish: Finish, path: Path, shown: str, found: Gathered, reserved: frozenset[str] = frozenset()
) -> Found[Any] | None:
    """What ``finish`` makes of a Markdown file's front matter and body, or None with the problems noted."""
    slug = path.stem
    found.slugs[path.parent.name].add(slug)
    wrong = None
    if not re.match(SLUG_PATTERN, slug):
        wrong = f"the file name {PATTERN_WORDS[SLUG_PATTERN]}"
    elif slug in reserved:
        wrong = "is reserved: the site has a page of its own there; rename the file"
    if wrong is not None:
        found.problems.append(Problem(shown, None, "slug", slug, wrong))
    read = _read(kind, read_markdown, path, shown, found, None if wrong else finish)
    return None if read is None or wrong else Found(*read)


def read_model(path: Path, shown: str, found: Gathered) -> None:
    """A model, or a variant that takes its shape from another."""
    one = _read_entry(ModelFacts, _model, path, shown, found, RESERVED_SLUGS)
    if one is not None:
        of_its_kind: list[Found[Any]] = found.variants if isinstance(one.entry, Variant) else found.models
        of_its_kind.append(one)


def _model(facts: ModelFacts, document: Document) -> Model | Variant | list[Problem]:
    introduction, questions, unsplit = split_faq(document.file, document.body, document.body_line)
    problems = [*shape_problems(facts, document), *unsplit]
    if problems:
        return problems
    slug = _slug(document)
    if facts.shape_of is not None:
        return Variant(facts=facts, slug=slug, introduction=introduction, faq=questions)
    return Model(**dict(facts), slug=slug, introduction=introduction, faq=questions)


def read_family(path: Path, shown: str, found: Gathered) -> None:
    """A family of models."""
    one = _read_entry(FamilyFacts, _family, path, shown, found)
    if one is not None:
        found.families.append(one)


def _family(facts: FamilyFacts, document: Document) -> Family | list[Problem]:
    body = document.body.strip()
    if not body:
        return [Problem(document.file, document.body_line, "", ABSENT, "must describe the family")]
    return Family(**dict(facts), slug=_slug(document), body=body)


def read_faq(path: Path, shown: str, found: Gathered) -> None:
    """A question asked of every model of a kind."""
    one = _read_entry(FaqFacts, _faq, path, shown, found)
    if one is not None:
        found.faqs.append(one)


def _faq(facts: FaqFacts, document: Document) -> FaqEntry | list[Problem]:
    answer = document.body.strip()
    if not answer:
        return [Problem(document.file, document.body_line, "", ABSENT, "must answer the question")]
    return FaqEntry(**dict(facts), slug=_slug(document), answer=answer)


def _slug(document: Document) -> str:
    return Path(document.file).stem


def _each(document: Document, name: str, entries: Iterable[T]) -> list[Found[T]]:
    """The entries of a list in a file, each with its place there."""
    return [Found(entry, document, (name, number)) for number, entry in enumerate(entries)]


def read_hardware(path: Path, shown: str, found: Gathered) -> None:
    """Devices and groups of them."""
    read = _read(HardwareFile, read_yaml, path, shown, found)
    if read is not None:
        content, document = read
        found.devices += _each(document, "devices", content.devices)
        found.groups += _each(document, "groups", content.groups)


def read_cloud(path: Path, shown: str, found: Gathered) -> None:
    """A provider's instances."""
    read = _read(CloudFile, read_yaml, path, shown, found)
    if read is not None:
        content, document = read
        for i, instance in enumerate(content.instances):
            entry = CloudInstance(**dict(instance), provider=content.provider)
            found.instances.append(Found(entry, document, ("instances", i)))


def read_engines(path: Path, shown: str, found: Gathered) -> None:
    """Engines."""
    read = _read(EngineFile, read_yaml, path, shown, found)
    if read is not None:
        found.engines += _each(read[1], "engines", read[0].engines)


def read_quantizations(path: Path, shown: str, found: Gathered) -> None:
    """Block layouts and schemes."""
    read = _read(QuantizationFile, read_yaml, path, shown, found)
    if read is not None:
        content, document = read
        found.block_types += _each(document, "block_types", content.block_types)
        found.quantizations += _each(document, "quantizations", content.quantizations)


def read_report(path: Path, shown: str, found: Gathered) -> None:
    """What an engine printed somewhere."""
    read = _read(FieldReport, read_yaml, path, shown, found, with_sound_log)
    if read is not None:
        found.reports.append(Found(*read))


def read_site(path: Path, shown: str, found: Gathered) -> None:
    """What the site is called and shows first."""
    read = _read(Site, read_yaml, path, shown, found)
    if read is not None:
        found.site = Found(*read)


def read_efficiencies(path: Path, shown: str, found: Gathered) -> None:
    """How near measured runs come to their bounds; may be missing."""
    if not path.exists():
        return
    read = _read(EfficiencyFile, read_yaml, path, shown, Gathered(kept=found.kept))
    if read is not None:
        found.efficiencies = read[0].efficiencies
    else:
        message = "isn't what this version of the program writes; run `python -m generator speed --write`"
        found.problems.append(Problem(shown, None, "", ABSENT, message))


def read_comparisons(path: Path, shown: str, found: Gathered) -> None:
    """Pairs that have pages; may be missing."""
    read = _read(Comparisons, read_yaml, path, shown, found) if path.exists() else None
    if read is not None:
        found.comparisons = Found(*read)


def read_redirects(path: Path, shown: str, found: Gathered) -> None:
    """What stands in the place of removed entries; may be missing."""
    read = _read(Redirects, read_yaml, path, shown, found) if path.exists() else None
    if read is not None:
        found.redirects = Found(*read)


def read_glossary(path: Path, shown: str, found: Gathered) -> None:
    """Terms; may be missing."""
    read = _read(GlossaryFile, read_yaml, path, shown, found) if path.exists() else None
    if read is not None:
        found.glossary += _each(read[1], "terms", read[0].terms)


def read_changelog(path: Path, shown: str, found: Gathered) -> None:
    """Changes of figures; may be missing."""
    read = _read(ChangelogFile, read_yaml, path, shown, found) if path.exists() else None
    if read is not None:
        found.changelog = read[0].revisions


def read_quality(path: Path, shown: str, found: Gathered) -> None:
    """Measured quality; may be missing."""
    read = _read(QualityFile, read_yaml, path, shown, found) if path.exists() else None
    if read is not None:
        found.quality += _each(read[1], "measurements", read[0].measurements)


READERS: tuple[tuple[str, str, Callable[[Path, str, Gathered], None]], ...] = (
    ("families", ".md", read_family),
    ("models", ".md", read_model),
    ("faq", ".md", read_faq),
    ("engines", ".yaml", read_engines),
    ("hardware", ".yaml", read_hardware),
    ("cloud", ".yaml", read_cloud),
    ("quantization", ".yaml", read_quantizations),
)
"""Folders that must be there, the ending of their files, and what reads one."""
