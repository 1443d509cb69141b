"""A real GGUF file's tensors beside those that we say it holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from generator.catalog import Catalog, Model
from generator.intake.gguf_config import carries_mtp, config_from_gguf, tensor_differences
from generator.intake.gguf_header import GgufError, GgufHeader
from generator.memory.architecture import Architecture, from_config
from generator.memory.errors import MemoryModelError
from generator.memory.gguf import stored_tensors

IMATRIX_KEY = "quantize.imatrix.file"
"""Metadata that llama-quantize writes where it had an importance matrix."""


@dataclass(frozen=True, slots=True)
class TensorPair:
    """One tensor; type and bytes on either side, None and 0 where that side doesn't have it."""

    name: str
    our_type: str | None
    our_bytes: int
    file_type: str | None
    file_bytes: int

    @property
    def equal(self) -> bool:
        return (self.our_type, self.our_bytes) == (self.file_type, self.file_bytes)


@dataclass(frozen=True, slots=True)
class Difference:
    """Tensors of one name in several blocks that differ in the same way.

    tensor : name without its block
    blocks : numbers of the blocks, empty for a tensor outside them
    """

    tensor: str
    blocks: tuple[int, ...]
    our_type: str | None
    file_type: str | None
    our_bytes: int
    file_bytes: int


@dataclass(frozen=True, slots=True)
class FileReview:
    """A file's tensors beside ours, in file order.

    model : slug of the catalogue's model with these tensors, None where the file's own metadata was read
    """

    path: Path
    model: str | None
    quant: str
    imatrix: bool
    with_mtp: bool
    pairs: tuple[TensorPair, ...]

    @property
    def our_bytes(self) -> int:
        return sum(pair.our_bytes for pair in self.pairs)

    @property
    def file_bytes(self) -> int:
        return sum(pair.file_bytes for pair in self.pairs)

    @property
    def types(self) -> tuple[tuple[str, int, int], ...]:
        """Each stored type with the number of our tensors and of the file's, most first."""
        ours = Counter(pair.our_type for pair in self.pairs if pair.our_type)
        theirs = Counter(pair.file_type for pair in self.pairs if pair.file_type)
        names = sorted(ours | theirs, key=lambda name: (-theirs[name], name))
        return tuple((name, ours[name], theirs[name]) for name in names)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What differs, blocks with the same difference taken together."""
        groups: dict[tuple[str, str | None, str | None], list[TensorPair]] = defaultdict(list)
        for pair in self.pairs:
            if not pair.equal:
                groups[_without_block(pair.name)[0], pair.our_type, pair.file_type].append(pair)
        return tuple(
            Difference(
                tensor,
                tuple(sorted(block for pair in group if (block := _without_block(pair.name)[1]) is not None)),
                our_type,
                file_type,
                sum(pair.our_bytes for pair in group),
                sum(pair.file_bytes for pair in group),
            )
            for (tensor, our_type, file_type), group in groups.items()
        )


def review(header: GgufHeader, catalog: Catalog, model: Model | None, quant: str | None) -> FileReview:
    """The file's tensors beside those of ``model`` at ``quant``; both are found from the file where not given.

    Raises GgufError where the file doesn't say its quantization or no config describes its tensors, MemoryModelError
    where the core has no such quantization.
    """
    chosen = quant or header.quant
    if chosen is None:
        kind = header.metadata.get("general.file_type")
        raise GgufError(f"{header.path}: general.file_type = {kind}: names no quantization; give --quant")
    found = model or _model_of(header, catalog)
    architecture = from_config(found.config if found else config_from_gguf(header))
    with_mtp = carries_mtp(header, architecture)
    imatrix = IMATRIX_KEY in header.metadata
    ours = {
        stored.tensor.full_name: (stored.format.name, stored.size)
        for stored in stored_tensors(architecture, chosen, with_mtp, imatrix)
    }
    theirs = {tensor.name: (tensor.type, tensor.size) for tensor in header.tensors}
    nothing = (None, 0)
    pairs = (
        TensorPair(name, *ours.get(name, nothing), *theirs.get(name, nothing))
        for name in dict.fromkeys([*ours, *theirs])
    )
    return FileReview(header.path, found.slug if found else None, chosen, imatrix, with_mtp, tuple(pairs))


def _model_of(header: GgufHeader, catalog: Catalog) -> Model | None:
    """The first model of the catalogue that has all tensors of the file, and no others."""
    for model in catalog.models.values():
        architecture = _architecture(model)
        if architecture and architecture.gguf == header.architecture and not tensor_differences(header, architecture):
            return model
    return None


def _architecture(model: Model) -> Architecture | None:
    try:
        return from_config(model.config)
    except MemoryModelError:
        return None


def _without_block(name: str) -> tuple[str, int | None]:
    """``blk.7.attn_k.weight`` as its name and block number."""
    if not name.startswith("blk."):
        return name, None
    _, block, rest = name.split(".", 2)
    return rest, int(block)
