"""ERNIE 4.5: dense, with experts after the first layers, and with experts of their own for images."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, mlps
from generator.memory.config import Config
from generator.memory.layers import Attention, MoE
from generator.memory.tensors import Role, Tensor


def _attention(config: Config) -> Attention:
    config.require("num_key_value_heads")
    biases = config.flag("use_bias", False)
    return attention(config, qkv_bias=biases, output_bias=biases)


def _experts(config: Config, width: int) -> MoE:
    experts, chosen = config.integer("moe_num_experts"), config.integer("moe_k")
    if chosen > experts:
        raise config.refuse("moe_k", f"must be at most moe_num_experts = {experts}")
    shared = config.integer("moe_num_shared_experts", minimum=0)
    return MoE(experts, chosen, width, shared_intermediate_size=shared * width, score_correction=True)


def _read(config: Config, gguf: str, layers: tuple[Layer, ...]) -> Architecture:
    """The correction of expert scores counts among the published parameters."""
    corrections = sum(layer.mlp.num_experts for layer in layers if isinstance(layer.mlp, MoE))
    tied = config.flag("tie_word_embeddings", True)
    return architecture(config, gguf, layers, tied_embeddings=tied, parameters_correction=corrections)


@reads("ernie4_5")
def read_ernie4_5(config: Config) -> Architecture:
    config.require("head_dim")
    layer = Layer((_attention(config),), dense(config, bias=config.flag("use_bias", False)))
    return _read(config, "ernie4_5", (layer,) * layer_count(config))


@reads("ernie4_5_moe")
def read_ernie4_5_moe(config: Config) -> Architecture:
    """Experts in every ``moe_layer_interval``-th layer from the start index to the end index."""
    count = layer_count(config)
    start = config.integer("moe_layer_start_index", minimum=0)
    end = config.integer("moe_layer_end_index", default=-1, minimum=-1)
    end = count - 1 if end == -1 else end
    if not start <= end < count:
        raise config.refuse("moe_layer_end_index", f"must be from moe_layer_start_index = {start} to {count - 1}")
    step = config.integer("moe_layer_interval", default=1)
    sparse, plain = _experts(config, config.integer("moe_intermediate_size")), dense(config)
    mixer = _attention(config)
    layers = tuple(
        Layer((mixer,), sparse if start <= index <= end and (index + 1) % step == 0 else plain)
        for index in range(count)
    )
    return _read(config, "ernie4_5-moe", layers)


@reads("ernie4_5_vl_moe", "ernie4_5_vl_moe_text")
def read_ernie4_5_vl_moe(config: Config) -> Architecture:
    """Two sets of experts, for text and for images; ``moe_intermediate_size`` lists both widths. No GGUF form."""
    count = layer_count(config)
    widths = config.integers("moe_intermediate_size", minimum=1)
    if widths is None or len(widths) != 2:
        raise config.refuse("moe_intermediate_size", "required: two widths, of text and of image experts")
    sparse = _experts(config, widths[0])
    mixer = _attention(config)
    layers = tuple(
        Layer((mixer,), mlp, extra=_image_experts(config, widths[1]) if isinstance(mlp, MoE) else ())
        for mlp in mlps(config, count, sparse)
    )
    return _read(config, "", layers)


def _image_experts(config: Config, width: int) -> tuple[Tensor, ...]:
    """The second set, which no text token reaches."""
    hidden_size, experts = config.integer("hidden_size"), config.integer("moe_num_experts")
    return (
        Tensor("vision_experts.router.weight", (hidden_size, experts), Role.ROUTER, source_type="f32"),
        Tensor("vision_experts.correction", (experts,), Role.STATE, source_type="f32"),
        Tensor("vision_experts.gate.weight", (hidden_size, width, experts), Role.EXPERT),
        Tensor("vision_experts.up.weight", (hidden_size, width, experts), Role.EXPERT),
        Tensor("vision_experts.down.weight", (width, hidden_size, experts), Role.EXPERT),
    )
