"""Figures that Markdown bodies call for, evaluated in a sandbox that offers nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from generator import formats
from generator.catalog import Device
from generator.catalog.memory_class import card_bytes
from generator.memory.estimate import Estimate
from generator.memory.usual import usual_kv_bytes
from generator.placement import smallest_device as smallest
from generator.quantities import parse_bytes, parse_tokens
from generator.scenarios import Atlas, Subject


_MARKETED = re.compile(r"(\d+)\s*GB")


class ProseError(Exception):
    """A body that can't be evaluated; names the file and what is wrong."""


class Prose:
    """Evaluates bodies against the atlas; a figure's ``model`` defaults to the body's own."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)

    def text(self, body: str, subject: Subject | None, file: str) -> str:
        """``body`` with its figures filled in, still Markdown.

        Raises
        ------
        ProseError : the body calls for what doesn't exist.
        """
        try:
            return self._environment.from_string(body).render(self._figures(subject))
        except (TemplateError, LookupError, ValueError, TypeError) as error:
            raise ProseError(f"{file}: {error}") from error

    def _figures(self, own: Subject | None) -> dict[str, Callable[..., str]]:
        def of(model: str | None) -> Subject:
            if model:
                return self._atlas.subject(model)
            if own is None:
                raise ValueError("a body that belongs to no model must say model=")
            return own

        def total(quant: str, context: str, kv_type: str = "f16", model: str | None = None) -> str:
            return formats.size(self._estimate(of(model), quant, context, kv_type).total_bytes)

        def weights(quant: str, kv_type: str = "f16", model: str | None = None) -> str:
            return formats.size(self._estimate(of(model), quant, "2K", kv_type).weights_bytes)

        def kv_cache(context: str, kv_type: str = "f16", model: str | None = None) -> str:
            return formats.size(self._estimate(of(model), "F16", context, kv_type).kv_cache_bytes)

        def kv_per_token(kv_type: str = "f16", model: str | None = None) -> str:
            subject = of(model)
            longest = subject.model.context_max
            step = 1024 * 256
            more, less = (
                self._estimate(subject, "F16", tokens, kv_type).kv_cache_bytes for tokens in (longest + step, longest)
            )
            return f"{formats.number((more - less) // step)} bytes"

        def usual_kv(context: str, kv_type: str = "f16", model: str | None = None) -> str:
            return formats.size(usual_kv_bytes(of(model).architecture, parse_tokens(context)))

        def recurrent_state(kv_type: str = "f16", model: str | None = None) -> str:
            return formats.size(self._estimate(of(model), "F16", "2K", kv_type).recurrent_state_bytes)

        def parameters(kv_type: str = "f16", model: str | None = None) -> str:
            return formats.parameters(of(model).architecture.parameters())

        def parameters_active(kv_type: str = "f16", model: str | None = None) -> str:
            return formats.parameters(of(model).architecture.parameters_active())

        def largest_context(quant: str, memory: str, kv_type: str = "f16", model: str | None = None) -> str:
            subject = of(model)
            chosen = self._atlas.catalog.quantization(quant)
            budget = self._memory(memory, subject.engine(chosen))
            found = subject.largest_context(chosen, budget, kv_type=kv_type)
            return formats.tokens(found) if found else "no context at all"

        def fits(quant: str, context: str, memory: str, kv_type: str = "f16", model: str | None = None) -> str:
            estimate = self._estimate(of(model), quant, context, kv_type)
            budget = self._memory(memory, self._engine(of(model), quant))
            return "fits" if estimate.total_high_bytes <= budget else "does not fit"

        def smallest_device(quant: str, context: str, kv_type: str = "f16", model: str | None = None) -> str:
            estimate = self._estimate(of(model), quant, context, kv_type)
            devices = self._atlas.catalog.devices_of(self._engine(of(model), quant))
            found: Device | None = smallest(estimate, devices)
            return found.name if found else "none in our list"

        figures = (
            total,
            weights,
            kv_cache,
            kv_per_token,
            usual_kv,
            recurrent_state,
            parameters,
            parameters_active,
            largest_context,
            fits,
            smallest_device,
        )
        return {figure.__name__: figure for figure in figures}

    def _memory(self, text: str, engine: str) -> int:
        """Bytes of a device sold with so many GB that ``engine`` runs on, as ``24GB`` means in prose."""
        marketed = _MARKETED.fullmatch(text)
        return card_bytes(self._atlas.catalog, int(marketed[1]), engine) if marketed else parse_bytes(text)

    def _engine(self, subject: Subject, quant: str) -> str:
        return subject.engine(self._atlas.catalog.quantization(quant))

    def _estimate(self, subject: Subject, quant: str, context: str | int, kv_type: str) -> Estimate:
        chosen = self._atlas.catalog.quantization(quant)
        return subject.estimate(chosen, parse_tokens(context), kv_type=kv_type)


@lru_cache(maxsize=1)
def prose_of(atlas: Atlas) -> Prose:
    """The one evaluator of an atlas."""
    return Prose(atlas)
