"""What one run over the data files has found so far: entries with their place, and problems."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec import Struct, field

from generator.catalog.changelog import Revision
from generator.catalog.cloud import CloudInstance
from generator.catalog.comparison import Comparisons
from generator.catalog.device import Device
from generator.catalog.document import Document
from generator.catalog.efficiency import Efficiency
from generator.catalog.engine import Engine
from generator.catalog.family import Family
from generator.catalog.faq import FaqEntry
from generator.catalog.fields import FieldPath
from generator.catalog.glossary import Term
from generator.catalog.group import DeviceGroup
from generator.catalog.model import Model, Variant
from generator.catalog.problems import Problem
from generator.catalog.quality import QualityMeasurement
from generator.catalog.quantization import BlockType, Quantization
from generator.catalog.redirects import Redirects
from generator.catalog.report import FieldReport
from generator.catalog.site import Site

T = TypeVar("T")


class Found(Struct, Generic[T], frozen=True):
    """An entry, the file it stands in and its path inside it."""

    entry: T
    document: Document
    path: FieldPath = ()

    def problem(self, field_name: str, value: Any, message: str) -> Problem:
        """A problem with one field of this entry."""
        return self.document.problem((*self.path, field_name), value, message)


class Understood(Struct, frozen=True):
    """What one file says.

    state : tells whether the file is still the same. result : the finished entry, or a list of what is wrong with it.
    unfilled : values that are still to be filled in. problems : what is wrong with its text.
    """

    state: object
    document: Document
    result: Any
    unfilled: tuple[Problem, ...]
    problems: tuple[Problem, ...]


class Gathered(Struct):
    """Entries of every kind in file order, and the problems met on the way.

    variants : models that wait for the configuration they share
    kept : files as an earlier run understood them, by path; None where there will be no other run
    slugs : slug of every file by folder, readable or not, so that one fault isn't reported twice
    unread : folders with a file that couldn't be used; what refers into them can't be judged
    """

    models: list[Found[Model]] = field(default_factory=list)
    variants: list[Found[Variant]] = field(default_factory=list)
    families: list[Found[Family]] = field(default_factory=list)
    faqs: list[Found[FaqEntry]] = field(default_factory=list)
    devices: list[Found[Device]] = field(default_factory=list)
    engines: list[Found[Engine]] = field(default_factory=list)
    groups: list[Found[DeviceGroup]] = field(default_factory=list)
    instances: list[Found[CloudInstance]] = field(default_factory=list)
    block_types: list[Found[BlockType]] = field(default_factory=list)
    quantizations: list[Found[Quantization]] = field(default_factory=list)
    reports: list[Found[FieldReport]] = field(default_factory=list)
    kept: dict[str, Understood] | None = None
    site: Found[Site] | None = None
    efficiencies: tuple[Efficiency, ...] = ()
    comparisons: Found[Comparisons] | None = None
    redirects: Found[Redirects] | None = None
    changelog: tuple[Revision, ...] = ()
    glossary: list[Found[Term]] = field(default_factory=list)
    quality: list[Found[QualityMeasurement]] = field(default_factory=list)
    slugs: dict[str, set[str]] = field(default_factory=lambda: {"models": set(), "families": set(), "faq": set()})
    unread: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
