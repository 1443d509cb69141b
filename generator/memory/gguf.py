"""The types of a GGUF file's tensors for a mix, and so its size to the byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from generator.memory.architecture import Architecture, Layer
from generator.memory.errors import unknown
from generator.memory.gguf_recipes import MIXES, Category, Mix, Place, category, choose
from generator.memory.layers import Attention, GatedDeltaNet, LatentAttention
from generator.memory.quantization import BlockFormat, block_format, fitting_format
from generator.memory.tensors import Tensor, in_file_order

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

    kind : None where it is never quantized.
    layers : blocks of all alike tensors that it stands for, itself included; None outside the blocks.
    """

    tensor: Tensor
    kind: Category | None
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
class _Alike:
    """Tensors that differ in their place only, as every mix sees them; a tensor of the first block stands for all.

    kind : None where they are never quantized. places, layers : of each, in file order.
    """

    tensor: Tensor
    kind: Category | None
    at_least_q8_0: bool
    places: list[Place]
    layers: list[int | None]


@lru_cache(maxsize=32)
def _alike(architecture: Architecture, with_mtp: bool, imatrix: bool) -> tuple[_Alike, ...]:
    """All tensors of the file in the quantizer's order, with what the rules ask about each."""
    outside = _in_groups(architecture, architecture.outside_tensors(), None, {})
    inside: dict[tuple[Tensor, bool], _Alike] = {}
    of_blocks: dict[tuple[Layer, bool], list[_Alike]] = {}
    walk: list[tuple[int | None, list[_Alike]]] = [(None, outside)]
    for index, layer in enumerate(architecture.layers + architecture.mtp_layers if with_mtp else architecture.layers):
        key = layer, index >= architecture.num_layers
        if key not in of_blocks:
            of_blocks[key] = _in_groups(architecture, layer.tensors(architecture.hidden_size), index, inside)
        walk.append((index, of_blocks[key]))
    values = sum(category(alike.tensor.name) is Category.ATTENTION_V for _, groups in walk for alike in groups)
    group, experts, seventy_b = query_group(architecture), architecture.num_experts, is_seventy_b(architecture)
    seen: Counter[Category | None] = Counter()
    for block, groups in walk:
        for alike in groups:
            ordinal = seen[alike.kind]
            seen[alike.kind] += 1
            block_ordinal = ordinal if block is None or experts <= 1 else block
            count = values if alike.kind is Category.ATTENTION_V else len(walk) - 1
            alike.places.append(Place(ordinal, block_ordinal, count, group, experts, seventy_b, imatrix))
            alike.layers.append(block)
    return (*outside, *inside.values())


def _in_groups(
    architecture: Architecture, tensors: Iterable[Tensor], block: int | None, found: dict[tuple[Tensor, bool], _Alike]
) -> list[_Alike]:
    """The group of each tensor of a block, in file order; new ones, still without places, are added to ``found``."""
    extra = block is not None and block >= architecture.num_layers
    groups = []
    for tensor in in_file_order(tensors):
        if (tensor, extra) not in found:
            found[tensor, extra] = _alone(architecture, tensor if block is None else tensor.at(block))
        groups.append(found[tensor, extra])
    return groups


def _alone(architecture: Architecture, tensor: Tensor) -> _Alike:
    """A tensor before its like are found."""
    kind = category(tensor.name) if quantizable(tensor, architecture.gguf) else None
    lifted = any(part in tensor.name for part in AT_LEAST_Q8_0_IN.get(architecture.gguf, ()))
    return _Alike(tensor, kind, lifted, [], [])


def stored_tensors(
    architecture: Architecture, mix_name: str, with_mtp: bool = False, imatrix: bool = False
) -> Iterator[StoredTensor]:
    """Every tensor of the file that llama-quantize makes from a 16-bit one, in file order.

    with_mtp : the file carries the multi-token-prediction blocks, which count as blocks in the rules.
    imatrix : an importance matrix was given, which changes some types.
    """
    groups = {
        (group.tensor if layer is None else group.tensor.at(layer)): group
        for group in stored_groups(architecture, mix_name, with_mtp, imatrix)
        for layer in group.layers
    }
    return (replace(groups[tensor], tensor=tensor, layers=(tensor.layer,)) for tensor in in_file_order(groups))


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
    for alike in _alike(architecture, with_mtp, imatrix):
        everywhere = _format(recipe, alike, architecture.tied_embeddings)
        if everywhere:
            yield StoredTensor(alike.tensor, alike.kind, everywhere, tuple(alike.layers))
        else:
            by_format = _formats_by_place(recipe, alike)
            yield from (StoredTensor(alike.tensor, alike.kind, found, tuple(own)) for found, own in by_format.items())


def _format(recipe: Mix, alike: _Alike, tied: bool) -> BlockFormat | None:
    """The type of all alike tensors, None where it depends on their place."""
    default = block_format(recipe.default)
    if alike.kind is None or recipe.as_converted:
        return block_format(alike.tensor.source_type)
    if not default.quantized:
        return default
    wanted = block_format("q8_0") if alike.at_least_q8_0 else _wanted_format(recipe, alike.tensor, alike.kind, tied)
    if wanted is None and not recipe.chooses(alike.kind):
        wanted = block_format(choose(recipe, alike.kind, alike.places[0]))
    return wanted and fitting_format(wanted, alike.tensor.row_length)


def _formats_by_place(recipe: Mix, alike: _Alike) -> dict[BlockFormat, list[int | None]]:
    """The blocks by the type that their tensor has."""
    assert alike.kind is not None
    fitting: dict[str, BlockFormat] = {}
    found: dict[BlockFormat, list[int | None]] = {}
    for place, layer in zip(alike.places, alike.layers, strict=True):
        wanted = choose(recipe, alike.kind, place)
        if wanted not in fitting:
            fitting[wanted] = fitting_format(block_format(wanted), alike.tensor.row_length)
        found.setdefault(fitting[wanted], []).append(layer)
    return found


def _wanted_format(recipe: Mix, tensor: Tensor, kind: Category, tied: bool) -> BlockFormat | None:
    """The type that a quantized mix wants wherever a tensor stands, before its row length is looked at; else None."""
    if kind is Category.OUTPUT or (tied and kind is Category.TOKEN_EMBEDDING):
        return _head_format(recipe, tensor)
    if recipe.stacked and len(tensor.shape) > 2 and tensor.shape[2] > 1:
        return block_format(recipe.stacked)
    if kind is Category.TOKEN_EMBEDDING:
        return block_format(recipe.embedding or recipe.default)
    return None


def _head_format(recipe: Mix, tensor: Tensor) -> BlockFormat:
    """The output head's type: Q8_0 where its rows are no whole number of default blocks."""
    if not block_format(recipe.default).divides(tensor.row_length):
        return block_format("q8_0")
    return block_format(recipe.head or recipe.default)
