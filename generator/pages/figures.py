"""Figures that prose calls for, each a method that answers with text."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

from generator import formats
from generator.catalog import Quantization
from generator.catalog.memory_class import card_bytes
from generator.catalog.prose import FULL_CONTEXT, FigureCall
from generator.memory.estimate import Estimate
from generator.memory.profile import Component, EngineMemory
from generator.memory.usual import usual_kv_bytes
from generator.pages.parts.vision import VISION_PARAMETER_BYTES
from generator.placement import experts_in_ram, smallest_device, together
from generator.quantities import parse_bytes, parse_tokens
from generator.scenarios import GGUF_ENGINE, Atlas, Subject

CARDS_GB = (8, 12, 16, 24, 32, 48)
"""Sizes that consumer and workstation cards are sold with, as answers list them."""

PLAIN = "F16"
"""Quantization under which figures that no quantization changes are looked up."""
NONE = "none"

_MARKETED = re.compile(r"(\d+)\s*GB")


class Figures:
    """The functions of prose for one model; ``model`` names another than the body's own.

    Methods without a docstring give what their name says, for a server with one slot of ``context`` tokens.
    """

    def __init__(self, atlas: Atlas, own: Subject | None) -> None:
        self._atlas = atlas
        self._own = own

    def of(self, call: FigureCall) -> str:
        """The figure that a call in prose asks for."""
        found: str = getattr(self, call.function)(**call.arguments)
        return found

    def total(self, quant: str, context: str, kv_type: str | None = None, model: str | None = None) -> str:
        return formats.size(self._estimate(model, quant, context, kv_type=kv_type).total_bytes)

    def total_gib(self, quant: str, context: str, kv_type: str | None = None, model: str | None = None) -> str:
        return formats.gib(self._estimate(model, quant, context, kv_type=kv_type).total_bytes)

    def total_of_users(
        self, quant: str, context: str, count: str, kv_type: str | None = None, model: str | None = None
    ) -> str:
        """``count`` sequences at once, each of ``context`` tokens."""
        return formats.size(self._estimate(model, quant, context, kv_type=kv_type, batch=int(count)).total_bytes)

    def total_without_flash_attention(
        self, quant: str, context: str, kv_type: str | None = None, model: str | None = None
    ) -> str:
        estimate = self._estimate(model, quant, context, kv_type=kv_type, flash_attention=False)
        return formats.size(estimate.total_bytes)

    def total_with_full_windows(
        self, quant: str, context: str, kv_type: str | None = None, model: str | None = None
    ) -> str:
        """With ``--swa-full``: windowed layers keep the whole context too."""
        return formats.size(self._estimate(model, quant, context, kv_type=kv_type, swa_full=True).total_bytes)

    def total_with_micro_batch(
        self, quant: str, context: str, count: str, kv_type: str | None = None, model: str | None = None
    ) -> str:
        """With ``count`` tokens computed at once."""
        return formats.size(self._estimate(model, quant, context, kv_type=kv_type, ubatch=int(count)).total_bytes)

    def total_by_engine(self, quant: str, context: str, kv_type: str | None = None, model: str | None = None) -> str:
        """The total in every engine that has the model at ``quant``."""
        subject, chosen = self._of(model), self._quantization(quant)
        tokens = self._tokens(subject, context)
        totals = (
            (engine, subject.estimate(chosen, tokens, engine, kv_type=kv_type).total_bytes)
            for engine in subject.engines(chosen)
        )
        return formats.listed([f"{formats.size(size)} in {subject.engine_name(engine)}" for engine, size in totals])

    def fullest_of(
        self, quant: str, context: str, count: str, kv_type: str | None = None, model: str | None = None
    ) -> str:
        """What the fullest of ``count`` alike devices holds that share the layers."""
        subject, chosen = self._of(model), self._quantization(quant)
        engine = subject.engine(chosen)
        fit = together(
            subject.estimator(chosen, kv_type=kv_type),
            self._tokens(subject, context),
            self._atlas.catalog.devices_of(engine)[0],
            int(count),
            subject.band(engine).error,
        )
        return formats.size(fit.used_bytes)

    def gpu_beside_experts(self, quant: str, context: str, kv_type: str | None = None, model: str | None = None) -> str:
        """What a GPU holds with all routed experts in system memory, from middle to high."""
        device_bytes, high_bytes, _ = self._experts_in_ram(model, quant, context, kv_type)
        return formats.span(device_bytes, high_bytes)

    def ram_with_experts(self, quant: str, context: str, kv_type: str | None = None, model: str | None = None) -> str:
        """What system memory holds then."""
        return formats.size(self._experts_in_ram(model, quant, context, kv_type)[2])

    def weights(self, quant: str, kv_type: str | None = None, model: str | None = None) -> str:
        return formats.size(self._memory_of(model, quant).weights_bytes)

    def weights_on_gpu(self, quant: str, kv_type: str | None = None, model: str | None = None) -> str:
        """Without what the processor keeps, the embedding above all."""
        return formats.size(self._memory_of(model, quant).held_profile.size(0, Component.WEIGHTS))

    def bits_per_weight(self, quant: str, kv_type: str | None = None, model: str | None = None) -> str:
        stored = self._memory_of(model, quant).weights_bytes
        return formats.bits(stored * 8 / self._of(model).architecture.parameters())

    def prediction_block(self, quant: str, kv_type: str | None = None, model: str | None = None) -> str:
        """Weights of the multi-token-prediction blocks."""
        subject, chosen = self._of(model), self._quantization(quant)
        with_block, without = (
            subject.estimator(chosen, kv_type=kv_type, mtp_in_file=carried).memory.weights_file_bytes
            for carried in (True, False)
        )
        return formats.size(with_block - without)

    def kv_cache(self, context: str, kv_type: str | None = None, model: str | None = None) -> str:
        return formats.size(self._cache_bytes(model, self._tokens(self._of(model), context), kv_type))

    def kv_per_token(self, kv_type: str | None = None, model: str | None = None) -> str:
        """Growth beyond all windows."""
        longest = self._of(model).model.context_max
        step = 1024 * 256
        more, less = (self._cache_bytes(model, tokens, kv_type) for tokens in (longest + step, longest))
        return f"{formats.number((more - less) // step)} bytes"

    def usual_kv(self, context: str, kv_type: str | None = None, model: str | None = None) -> str:
        """What counting every layer as full attention of all listed heads gives."""
        subject = self._of(model)
        return formats.size(usual_kv_bytes(subject.architecture, self._tokens(subject, context)))

    def recurrent_state(self, kv_type: str | None = None, model: str | None = None) -> str:
        return formats.size(self._memory_of(model, PLAIN).held_profile.size(0, Component.RECURRENT_STATE))

    def parameters(self, kv_type: str | None = None, model: str | None = None) -> str:
        return formats.parameters(self._of(model).architecture.parameters())

    def parameters_active(self, kv_type: str | None = None, model: str | None = None) -> str:
        return formats.parameters(self._of(model).architecture.parameters_active())

    def vision_parameters(self, kv_type: str | None = None, model: str | None = None) -> str:
        return formats.parameters(self._of(model).model.parameters_vision)

    def vision_weights(self, kv_type: str | None = None, model: str | None = None) -> str:
        """In sixteen bits, as projector files mostly are."""
        return formats.size(self._of(model).model.parameters_vision * VISION_PARAMETER_BYTES)

    def context_max(self, kv_type: str | None = None, model: str | None = None) -> str:
        return formats.tokens(self._of(model).model.context_max)

    def largest_context(self, quant: str, memory: str, kv_type: str | None = None, model: str | None = None) -> str:
        found = self._largest_context(model, quant, memory, kv_type)
        return formats.tokens(found) if found else "no context at all"

    def fits(self, quant: str, context: str, memory: str, kv_type: str | None = None, model: str | None = None) -> str:
        needed = self._estimate(model, quant, context, kv_type=kv_type).total_high_bytes
        return "fits" if needed <= self._memory(memory, model, quant) else "does not fit"

    def smallest_device(self, quant: str, context: str, kv_type: str | None = None, model: str | None = None) -> str:
        chosen = self._quantization(quant)
        estimate = self._estimate(model, quant, context, kv_type=kv_type)
        found = smallest_device(estimate, self._atlas.catalog.devices_of(self._of(model).engine(chosen), chosen))
        return found.name if found else "none in our list"

    def context_by_card(self, quant: str, kv_type: str | None = None, model: str | None = None) -> str:
        """The largest context on each size of card."""

        def answer(gigabytes: int) -> str:
            found = self._largest_context(model, quant, f"{gigabytes}GB", kv_type)
            return f"all {formats.tokens(found)}" if found == longest else formats.tokens(found) if found else NONE

        longest = self._of(model).model.context_max
        return _by_card(answer)

    def quantization_by_card(self, context: str, kv_type: str | None = None, model: str | None = None) -> str:
        """The largest of the GGUF quantizations people ask about that fits each size of card as a whole."""
        subject = self._of(model)
        offered = [q for q in subject.common_quantizations if subject.engine(q) == GGUF_ENGINE]

        def answer(gigabytes: int) -> str:
            marketed = f"{gigabytes}GB"
            fitting = (q.name for q in offered if self.fits(q.name, context, marketed, kv_type, model) == "fits")
            return next(fitting, NONE)

        return _by_card(answer)

    def _of(self, model: str | None) -> Subject:
        if model:
            return self._atlas.subject(model)
        if self._own is None:
            raise ValueError("a body that belongs to no model must say model=")
        return self._own

    def _quantization(self, quant: str) -> Quantization:
        return self._atlas.catalog.quantization(quant)

    def _tokens(self, subject: Subject, context: str) -> int:
        return subject.model.context_max if context == FULL_CONTEXT else parse_tokens(context)

    def _memory(self, memory: str, model: str | None, quant: str) -> int:
        """Bytes of a device sold with so many GB that the engine runs on, as ``24GB`` means in prose."""
        marketed = _MARKETED.fullmatch(memory)
        if not marketed:
            return parse_bytes(memory)
        subject, gb = self._of(model), int(marketed[1])
        engine = subject.engine(self._quantization(quant))
        known = (each.capacity_bytes for each in subject.memory_classes(engine) if each.gb == gb)
        return next(known, 0) or card_bytes(self._atlas.catalog, gb, engine)

    def _estimate(self, model: str | None, quant: str, context: str, **settings: object) -> Estimate:
        subject, chosen = self._of(model), self._quantization(quant)
        tokens, engine = self._tokens(subject, context), subject.engine(chosen)
        given = {name: value for name, value in settings.items() if value is not None}
        if given:
            return subject.estimate_once(chosen, tokens, engine, **given)
        return subject.estimate(chosen, tokens, engine)

    def _memory_of(self, model: str | None, quant: str, **settings: object) -> EngineMemory:
        """What needs no compute buffer to be found, which takes much longer than all else."""
        subject, chosen = self._of(model), self._quantization(quant)
        return subject.estimator(chosen, subject.engine(chosen), **settings).memory

    def _cache_bytes(self, model: str | None, tokens: int, kv_type: str | None) -> int:
        return self._memory_of(model, PLAIN, kv_type=kv_type).held_profile.size(tokens, Component.KV_CACHE)

    def _largest_context(self, model: str | None, quant: str, memory: str, kv_type: str | None) -> int:
        budget = self._memory(memory, model, quant)
        return self._of(model).largest_context(self._quantization(quant), budget, kv_type=kv_type)

    def _experts_in_ram(self, model: str | None, quant: str, context: str, kv_type: str | None) -> tuple[int, int, int]:
        """Middle and high total of the device, and what system memory holds, bytes."""
        subject, chosen = self._of(model), self._quantization(quant)
        engine = subject.engine(chosen)
        device = self._atlas.catalog.devices_of(engine)[0]
        estimator = subject.estimator(chosen, kv_type=kv_type)
        found = experts_in_ram(estimator, self._tokens(subject, context), device, subject.band(engine).error)
        if found is None:
            raise ValueError(f"{subject.model.slug} has no routed experts")
        return found.device_bytes, found.device_high_bytes, found.host_bytes


def _by_card(answer: Callable[[int], str]) -> str:
    """``none up to 12 GB, Q4_K_M on 16 GB, Q8_0 on 24 GB and more``: neighbours with one answer together."""
    parts = []
    for text, sizes in groupby(CARDS_GB, answer):
        cards = [formats.memory_class(size) for size in sizes]
        if len(cards) == 1:
            place = f"on {cards[0]}"
        elif text == NONE:
            place = f"up to {cards[-1]}"
        elif cards[-1] == formats.memory_class(CARDS_GB[-1]):
            place = f"on {cards[0]} and more"
        else:
            place = f"on {formats.listed(cards)}"
        parts.append(f"{text} {place}")
    return ", ".join(parts)
