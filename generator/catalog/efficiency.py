"""How near measured speeds come to what bandwidth and compute allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from generator.catalog.fields import Frozen, PositiveFloat, PositiveInt

Phase = Literal["decode", "prefill"]
Kind = Literal["dense", "MoE", "any"]
Share = Annotated[float, Field(gt=0, le=1)]
ANY: Literal["any"] = "any"


class Efficiency(Frozen):
    """Measured speed as a part of its bound, over the measured rows of one group.

    vendor, kind : maker of the devices, and whether models are mixtures of experts; `any` where all rows count
    rows, devices : what the quantiles rest on
    low, median, high : 10th, 50th and 90th percentile
    best : the row that comes nearest to its bound
    fastest : the most tokens a second of any row
    """

    phase: Phase
    vendor: str
    kind: Kind
    rows: PositiveInt
    devices: PositiveInt
    low: Share
    median: Share
    high: Share
    best: Share
    fastest: PositiveFloat


Groups = Mapping[tuple[Phase, str, str], Efficiency]
"""Efficiencies by phase, vendor and kind."""


class SystemMemory(Frozen):
    """Bandwidth of system memory that is assumed where a part of a model stays there, GB a second."""

    low_gb_s: PositiveFloat
    high_gb_s: PositiveFloat
    basis: str


class EfficiencyFile(Frozen):
    """Content of `data/speed.json`, which `python -m generator speed --write` writes."""

    efficiencies: tuple[Efficiency, ...]
