"""The data files as validated, frozen values.

`load_catalog` reads a folder such as `data/` into a `Catalog`, or raises a `CatalogError` that names every
problem with its file, line, field, value and what is expected. This layer knows no memory formula.
"""

from generator.catalog.catalog import Catalog, UnknownName
from generator.catalog.cloud import CloudInstance
from generator.catalog.device import Device
from generator.catalog.document import UnreadableFile, read_front_matter
from generator.catalog.drafts import FILL_IN, draft_problems
from generator.catalog.efficiency import Efficiency, SystemMemory
from generator.catalog.engine import Engine
from generator.catalog.family import Family
from generator.catalog.faq import FaqEntry
from generator.catalog.fields import CONTEXT_LIMIT, RESERVED_SLUGS, context_tokens
from generator.catalog.gathered import Found, Gathered, Understood
from generator.catalog.group import DeviceGroup
from generator.catalog.loader import REPORTS, catalog_of, gather, load_catalog
from generator.catalog.model import Model, Question
from generator.catalog.problems import ABSENT, CatalogError, Problem
from generator.catalog.quantization import BlockField, BlockType, Quantization
from generator.catalog.report import FieldReport
from generator.catalog.schemas import schema_problems, schemas, write_schemas
from generator.catalog.site import Site

__all__ = [
    "ABSENT",
    "CONTEXT_LIMIT",
    "FILL_IN",
    "REPORTS",
    "RESERVED_SLUGS",
    "BlockField",
    "BlockType",
    "Catalog",
    "CatalogError",
    "CloudInstance",
    "Device",
    "DeviceGroup",
    "Efficiency",
    "Engine",
    "Family",
    "FaqEntry",
    "FieldReport",
    "Found",
    "Gathered",
    "Model",
    "Problem",
    "Quantization",
    "Question",
    "Site",
    "SystemMemory",
    "Understood",
    "UnknownName",
    "UnreadableFile",
    "catalog_of",
    "context_tokens",
    "draft_problems",
    "gather",
    "load_catalog",
    "read_front_matter",
    "schema_problems",
    "schemas",
    "write_schemas",
]
