"""OLMo 2 and 3: norms after attention and MLP, one norm over all heads' queries; OLMo Hybrid with Gated DeltaNet."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, windows
from generator.memory.architectures.qwen3_5 import delta_net, layer_kinds
from generator.memory.config import Config
from generator.memory.layers import Attention, Window

POST_NORMS = ("post_attention_norm", "post_ffw_norm")


def _attention(config: Config, window: Window | None = None, **options: object) -> Attention:
    biases = config.flag("attention_bias", False)
    return attention(config, qkv_bias=biases, output_bias=biases, qk_norm="width", window=window, **options)


@reads("olmo2")
def read_olmo2(config: Config) -> Architecture:
    layer = Layer((_attention(config),), dense(config), POST_NORMS)
    return architecture(config, "olmo2", (layer,) * layer_count(config))


@reads("olmo3")
def read_olmo3(config: Config) -> Architecture:
    """Every fourth layer sees the whole context unless ``layer_types`` says otherwise."""
    spans = windows(config, layer_count(config), pattern=4)
    layers = {span: Layer((_attention(config, span),), dense(config), POST_NORMS) for span in set(spans)}
    return architecture(config, "olmo2", tuple(layers[span] for span in spans))


@reads("olmo_hybrid")
def read_olmo_hybrid(config: Config) -> Architecture:
    """llama.cpp has no form of it. Rotation is off where ``rope_parameters`` is null."""
    full = Layer((_attention(config, rope=config.has("rope_parameters")),), dense(config), POST_NORMS)
    linear = Layer((delta_net(config),), dense(config))
    kinds = layer_kinds(config, layer_count(config))
    return architecture(config, "", tuple(full if kind == "full_attention" else linear for kind in kinds))
