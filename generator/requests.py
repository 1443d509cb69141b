"""Estimation requests as scripts send them: one mapping in, one mapping out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from msgspec import Struct

from generator.accuracy.bands import Band, Bands
from generator.catalog import Catalog, UnknownName
from generator.memory.architecture import Architecture, from_config
from generator.memory.errors import MemoryModelError
from generator.memory.estimate import Estimate, Estimator, estimator
from generator.memory.settings import RunSettings
from generator.quantities import parse_tokens

DEFAULTS: Mapping[str, Any] = {
    "quant": "Q4_K_M",
    "context": 32768,
    "batch": 1,
    "kv_type": "f16",
    "engine": "llama.cpp",
    "flash_attention": True,
    "ubatch": 512,
    "swa_full": False,
    "n_seq_max": None,
    "kv_unified": False,
    "n_outputs_max": None,
    "max_num_batched_tokens": 8192,
    "max_num_seqs": 1024,
}
"""Every field of a request besides ``model`` and ``config``, with what it is when absent."""

UNQUANTIZED = "BF16"
"""What an engine without GGUF mixes takes where no quantization is asked for."""

_ENGINE_FIELDS = (
    "batch",
    "kv_type",
    "flash_attention",
    "ubatch",
    "swa_full",
    "n_seq_max",
    "kv_unified",
    "n_outputs_max",
    "max_num_batched_tokens",
    "max_num_seqs",
)
_FIELDS = ("model", "config", *DEFAULTS)


class Answer(Struct, frozen=True):
    """A request understood, with its figures.

    request : the request's fields, defaults filled in.
    """

    request: Mapping[str, Any]
    architecture: Architecture
    estimator: Estimator
    band: Band
    estimate: Estimate
    context_max: int

    def as_dict(self) -> dict[str, Any]:
        """The request's fields and the figures, as the JSON forms print them."""
        return {**self.request, **self.estimate._asdict()}


class Service:
    """Answers requests from the catalogue, or from a config that no data file names."""

    def __init__(self, catalog: Catalog, bands: Bands) -> None:
        self._catalog = catalog
        self._bands = bands
        self._architecture = lru_cache(maxsize=512)(self._read_config)

    def answer(self, request: Mapping[str, Any]) -> Answer:
        """All figures of one request.

        Raises
        ------
        MemoryModelError : a field is unknown, missing, impossible, or the engine refuses it.
        """
        if not isinstance(request, Mapping):
            raise MemoryModelError("request", request, "must be an object")
        for name in request:
            if name not in _FIELDS:
                near = get_close_matches(str(name), _FIELDS, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise MemoryModelError(str(name), request[name], f"not a field of a request{hint}")
        given = {name: value for name, value in request.items() if value is not None}
        if ("model" in given) == ("config" in given):
            raise MemoryModelError("model", request.get("model"), "give either model or config")
        if "quant" not in given and given.get("engine", DEFAULTS["engine"]) != DEFAULTS["engine"]:
            given["quant"] = UNQUANTIZED
        filled = {**DEFAULTS, **given, "context": parse_tokens(given.get("context", DEFAULTS["context"]))}
        architecture, settings, context_max = self._subject(given, filled)
        for name in ("quant", "engine"):
            if not isinstance(filled[name], str):
                raise MemoryModelError(name, filled[name], "must be a string")
        found = estimator(architecture, filled["quant"], filled["engine"], settings)
        band = self._bands.of(filled["engine"], architecture)
        vendor = self._catalog.engines[filled["engine"]].vendor
        estimate = found.exactly(filled["context"], vendor, band.error)
        return Answer(filled, architecture, found, band, estimate, context_max)

    def _subject(self, given: Mapping[str, Any], filled: Mapping[str, Any]) -> tuple[Architecture, RunSettings, int]:
        run = {name: filled[name] for name in _ENGINE_FIELDS}
        if "model" in given:
            try:
                model = self._catalog.model(str(given["model"]))
            except UnknownName as error:
                raise MemoryModelError("model", given["model"], f"not in the catalogue{error.hint}") from error
            text = json.dumps(model.config, sort_keys=True)
            return self._architecture(text), RunSettings(**run, mtp_in_file=model.mtp_in_gguf), model.context_max
        if not isinstance(given["config"], Mapping):
            raise MemoryModelError("config", given["config"], "must be an object, the model's config.json")
        architecture = self._architecture(json.dumps(given["config"], sort_keys=True))
        return architecture, RunSettings(**run), architecture.context_max

    @staticmethod
    def _read_config(text: str) -> Architecture:
        return from_config(json.loads(text))

    def answer_lines(self, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
        """One result for each line of JSON, in order; what can't be answered becomes ``{"error": ...}``."""
        for line in lines:
            if not line.strip():
                continue
            try:
                yield self.answer(json.loads(line)).as_dict()
            except json.JSONDecodeError as error:
                yield {"error": f"not JSON: {error}"}
            except MemoryModelError as error:
                yield {"error": str(error), "field": error.field}
