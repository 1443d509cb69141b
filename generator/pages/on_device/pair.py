"""One model and one device or group, with all that the parts of their page ask of both, each worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from msgspec import Struct

from generator import formats
from generator.catalog import Catalog, Quantization
from generator.pages.parts import holders as words
from generator.pages.parts.speeds import offloaded_speed, speed_of
from generator.pages.parts.system_memory import system_memory_way
from generator.placement import Offload
from generator.placement.holding import Candidate, Holder, best, candidates, holds
from generator.placement.speed import Speed
from generator.scenarios import Atlas, Subject

MOST_WAYS = 4
"""Quantizations shown with a part in system memory, the usual one first, then smaller ones."""


class Way(Struct, frozen=True):
    """A quantization that runs with a part in system memory.

    keeps : what system memory keeps, in words.
    """

    candidate: Candidate
    keeps: str
    offload: Offload


class Pair(Struct, frozen=True, eq=False, dict=True):
    """A model on hardware.

    Candidates stand in the order of their weights, the largest first.
    """

    atlas: Atlas
    subject: Subject
    holder: Holder

    @property
    def catalog(self) -> Catalog:
        return self.atlas.catalog

    @property
    def model(self) -> str:
        """The model's name."""
        return self.subject.model.name

    @cached_property
    def hardware(self) -> str:
        """``an RTX 4090``, ``2 × RTX 3090``."""
        return words.with_article(self.holder)

    @cached_property
    def found(self) -> tuple[Candidate, ...]:
        """All that can be tried."""
        return candidates(self.catalog, self.subject, self.holder)

    @cached_property
    def fitting(self) -> tuple[Candidate, ...]:
        """What surely fits with the short context."""
        return tuple(each for each in self.found if each.runs(self.holder))

    @cached_property
    def best(self) -> Candidate | None:
        """The one to take, None where nothing that people ask about fits."""
        return best(self.catalog, self.subject, self.holder)

    @property
    def chosen(self) -> Candidate | None:
        """The one to speak of: the best, else the largest that fits at all."""
        return self.best or next(iter(self.fitting), None)

    @property
    def usual(self) -> Quantization:
        """What one would try first."""
        return self.subject.usual

    @cached_property
    def holds_usual(self) -> bool:
        """Whether that, or on hardware without it one as large, surely fits."""
        return holds(self.catalog, self.subject, self.holder)

    @cached_property
    def fitting_usual(self) -> Candidate | None:
        """The usual quantization, where it fits."""
        return next((each for each in self.fitting if each.quantization is self.usual), None)

    @cached_property
    def worth_a_look(self) -> tuple[Candidate, ...]:
        """What people ask about, without what takes more than the form in which the model is published."""
        most = min((each.weights_device_bytes for each in self.found if each.native), default=None)
        return tuple(
            each
            for each in self.found
            if each.native or (each.asked and (most is None or each.weights_device_bytes <= most))
        )

    @cached_property
    def splits(self) -> bool:
        """Whether a part can stay in system memory of its own: one device, whose memory isn't the system's."""
        return self.holder.count == 1 and not self.holder.device.unified_memory

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Where the usual quantization doesn't fit: what runs with a part in system memory, the usual first."""
        return () if self.fitting_usual else tuple(islice(self._ways(), MOST_WAYS))

    def _ways(self) -> Iterator[Way]:
        if not self.splits:
            return
        sizes = (each.estimator.memory.weights_bytes for each in self.found if each.quantization is self.usual)
        most = max(sizes, default=0)
        for each in sorted(self.found, key=lambda one: one.quantization is not self.usual):
            smaller = each.asked and (not most or each.estimator.memory.weights_bytes < most)
            if not (smaller or each.quantization is self.usual) or each.runs(self.holder):
                continue
            way = self.way(each)
            if way is not None:
                yield way

    def way(self, candidate: Candidate) -> Way | None:
        """How a quantization runs with a part in system memory; None if its engine can't or nothing helps."""
        if not candidate.figures.offloads(candidate.engine):
            return None
        way = system_memory_way(candidate, self.holder.device)
        return Way(candidate, *way) if way is not None else None

    def speed(self, candidate: Candidate) -> Speed | None:
        """Generation with the short context, where it is known."""
        return speed_of(self.catalog, candidate, self.holder)

    def split_speed(self, way: Way) -> Speed | None:
        """Generation with a part in system memory."""
        return offloaded_speed(self.catalog, way.candidate, way.offload)

    def room(self, candidate: Candidate) -> str:
        """``up to 8,704 tokens``, or ``all 131,072 tokens`` of the model's context."""
        longest = candidate.largest_context(self.holder)
        whole = longest == self.subject.model.context_max
        return f"{'all' if whole else 'up to'} {formats.tokens(longest)}"
