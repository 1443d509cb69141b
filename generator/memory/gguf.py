"""The types of a GGUF file's tensors for a mix, and so its size to the byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.errors import unknown
from generator.memory.gguf_recipes import MIXES, Category, Mix, Place, category, choose
from generator.memory.layers import Attention, GatedDeltaNet, LatentAttention
from generator.memory.quantization import BlockFormat, block_format, fitting_format
from generator.memory.tensors import Tensor

NEVER_QUANTIZED = (
    "ffn_gate_inp.weight",
    "ffn_gate_tid2eid.weight",
    "altup",
    "laurel",
    "per_layer_model_proj",
    "ssm_conv1d",
    "shortconv.conv.weight",
    "indexer.k_proj.weight",
    "indexer.q_proj.weight",
)
"""Parts of names that llama-quantize leaves in their source type, besides norms and vectors."""

NEVER_QUANTIZED_IN = {
    "glm5-next": (
        "hc_",
        "indexer.attn_q_b",
        "indexer.attn_k",
        "indexer.proj",
        "indexer_compressor_gate",
        "indexer_compressor_ape",
        "ssm_f_a.weight",
        "ssm_f_b.weight",
        "ssm_g_a.weight",
        "ssm_g_b.weight",
        "ssm_beta.weight",
        "attn_kv_a_mqa.weight",
        "attn_k_b.weight",
        "attn_v_b.weight",
    )
}
AT_LEAST_Q8_0_IN = {"glm5-next": ("attn_q_a", "attn_q_b", "nextn.eh_proj")}
"""Names that an architecture keeps at Q8_0 in every quantized mix."""

SEVENTY_B_LAYERS = {"llama": 80, "qwen2": 80, "deci": 80}
"""Block counts that llama.cpp takes for its 70B type, by architecture."""


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor and the type that it has in a file.

    layers : blocks of all alike tensors that it stands for, itself included; None outside the blocks.
    """

    tensor: Tensor
    format: BlockFormat
    layers: tuple[int | None, ...]

    @property
    def count(self) -> int:
        """Tensors that it stands for."""
        return len(self.layers)

    @property
    def size(self) -> int:
        """Bytes of one tensor's data."""
        return self.format.size(self.tensor.elements)


def mix(name: str) -> Mix:
    """The mix called ``name``, in any case."""
    found = MIXES.get(name.upper())
    if found is None:
        raise unknown("quant", name, MIXES)
    return found


def quantizable(tensor: Tensor, gguf: str) -> bool:
    """Whether llama-quantize changes this tensor's type at all."""
    name = tensor.name
    matrix = any(size > 1 for size in tensor.shape[1:])
    return (
        matrix
        and name.endswith("weight")
        and not name.endswith("_norm.weight")
        and not any(part in name for part in NEVER_QUANTIZED)
        and not any(part in name for part in NEVER_QUANTIZED_IN.get(gguf, ()))
    )


def query_group(architecture: Architecture) -> int:
    """Query heads for each KV head as the quantizer reads them: those of the first block.

    Latent attention has one KV head. A recurrent first block has none, except in Gated DeltaNet
    models, whose files carry one head count for all blocks.
    """
    for layer in architecture.layers:
        mixer = layer.mixers[0] if layer.mixers else None
        if isinstance(mixer, LatentAttention):
            return mixer.num_attention_heads
        if isinstance(mixer, Attention):
            return mixer.num_attention_heads // mixer.num_key_value_heads
        if not isinstance(mixer, GatedDeltaNet):
            return 0
    return 0


def is_seventy_b(architecture: Architecture) -> bool:
    """Whether llama.cpp calls the model a 70B."""
    if SEVENTY_B_LAYERS.get(architecture.gguf) != architecture.num_layers:
        return False
    return architecture.gguf != "llama" or query_group(architecture) > 1


@dataclass(frozen=True, slots=True)
class _Placed:
    """A tensor as every mix sees it: its category (None where it is never quantized) and its place."""

    tensor: Tensor
    kind: Category | None
    place: Place
    at_least_q8_0: bool


@lru_cache(maxsize=32)
def _placed(architecture: Architecture, with_mtp: bool, imatrix: bool) -> tuple[_Placed, ...]:
    """All tensors of the file in the quantizer's order, with what the rules ask about each."""
    tensors = architecture.tensors(with_mtp)
    blocks = architecture.num_layers + (len(architecture.mtp_layers) if with_mtp else 0)
    values = sum(category(tensor.name) is Category.ATTENTION_V for tensor in tensors)
    group, experts, seventy_b = query_group(architecture), architecture.num_experts, is_seventy_b(architecture)
    lifted = AT_LEAST_Q8_0_IN.get(architecture.gguf, ())
    seen: Counter[Category | None] = Counter()
    found = []
    for tensor in tensors:
        kind = category(tensor.name) if quantizable(tensor, architecture.gguf) else None
        ordinal = seen[kind]
        seen[kind] += 1
        place = Place(
            ordinal=ordinal,
            block_ordinal=tensor.layer if experts > 1 and tensor.layer is not None else ordinal,
            count=values if kind is Category.ATTENTION_V else blocks,
            gqa=group,
            experts=experts,
            seventy_b=seventy_b,
            imatrix=imatrix,
        )
        found.append(_Placed(tensor, kind, place, any(part in tensor.name for part in lifted)))
    return tuple(found)


def stored_tensors(
    architecture: Architecture, mix_name: str, with_mtp: bool = False, imatrix: bool = False
) -> Iterator[StoredTensor]:
    """Every tensor of the file that llama-quantize makes from a 16-bit one, in file order.

    with_mtp : the file carries the multi-token-prediction blocks, which count as blocks in the rules.
    imatrix : an importance matrix was given, which changes some types.
    """
    recipe = mix(mix_name)
    for placed in _placed(architecture, with_mtp, imatrix):
        found = _format(recipe, placed, placed.place, architecture.tied_embeddings)
        yield StoredTensor(placed.tensor, found, (placed.tensor.layer,))


def stored_groups(
    architecture: Architecture, mix_name: str, with_mtp: bool = False, imatrix: bool = False
) -> tuple[StoredTensor, ...]:
    """The same tensors, each once for all blocks that hold an alike one of the same type.

    Tensors of blocks beyond the model's own (multi-token prediction) are never counted with those of its own.
    """
    return _stored_groups(architecture, mix_name, with_mtp, imatrix)


@lru_cache(maxsize=8)
def _stored_groups(
    architecture: Architecture, mix_name: str, with_mtp: bool, imatrix: bool
) -> tuple[StoredTensor, ...]:
    """Kept while a quantization's pages ask for its types, its parts and its blocks."""
    return tuple(_each_group(architecture, mix_name, with_mtp, imatrix))


def _each_group(architecture: Architecture, mix_name: str, with_mtp: bool, imatrix: bool) -> Iterator[StoredTensor]:
    recipe = mix(mix_name)
    tied = architecture.tied_embeddings
    for placed, places, layers in _grouped(architecture, with_mtp, imatrix):
        if placed.kind is None or not recipe.chooses(placed.kind):
            yield StoredTensor(placed.tensor, _format(recipe, placed, placed.place, tied), layers)
            continue
        by_format: dict[BlockFormat, list[int | None]] = {}
        for place, layer in zip(places, layers, strict=True):
            by_format.setdefault(_format(recipe, placed, place, tied), []).append(layer)
        yield from (StoredTensor(placed.tensor, found, tuple(own)) for found, own in by_format.items())


@lru_cache(maxsize=32)
def _grouped(
    architecture: Architecture, with_mtp: bool, imatrix: bool
) -> tuple[tuple[_Placed, tuple[Place, ...], tuple[int | None, ...]], ...]:
    """Tensors that differ in their place only, with all their places and blocks."""
    groups: dict[tuple[object, ...], list[_Placed]] = {}
    for placed in _placed(architecture, with_mtp, imatrix):
        tensor = placed.tensor
        extra = tensor.layer is not None and tensor.layer >= architecture.num_layers
        key = (tensor.name, tensor.shape, tensor.role, tensor.source_type, extra)
        groups.setdefault(key, []).append(placed)
    return tuple(
        (alike[0], tuple(each.place for each in alike), tuple(each.tensor.layer for each in alike))
        for alike in groups.values()
    )


def _format(recipe: Mix, placed: _Placed, place: Place, tied: bool) -> BlockFormat:
    """The type of a tensor at ``place``."""
    tensor, kind = placed.tensor, placed.kind
    if kind is None or recipe.as_converted:
        return block_format(tensor.source_type)
    default = block_format(recipe.default)
    if not default.quantized:
        return default
    wanted = block_format("q8_0") if placed.at_least_q8_0 else _wanted_format(recipe, tensor, kind, place, tied)
    return fitting_format(wanted, tensor.row_length)


def _wanted_format(recipe: Mix, tensor: Tensor, kind: Category, place: Place, tied: bool) -> BlockFormat:
    """The type that a quantized mix wants for a tensor, before its row length is looked at."""
    if kind is Category.OUTPUT or (tied and kind is Category.TOKEN_EMBEDDING):
        return _head_format(recipe, tensor)
    if recipe.stacked and len(tensor.shape) > 2 and tensor.shape[2] > 1:
        return block_format(recipe.stacked)
    if kind is Category.TOKEN_EMBEDDING:
        return block_format(recipe.embedding or recipe.default)
    return block_format(choose(recipe, kind, place))


def _head_format(recipe: Mix, tensor: Tensor) -> BlockFormat:
    """The output head's type: Q8_0 where its rows are no whole number of default blocks."""
    if not block_format(recipe.default).divides(tensor.row_length):
        return block_format("q8_0")
    return block_format(recipe.head or recipe.default)
