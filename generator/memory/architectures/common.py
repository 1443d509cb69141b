"""What most configs say in the same way."""

from __future__ import annotations

from typing import Any

from generator.memory.architecture import Architecture, Layer
from generator.memory.architectures.drafts import draft_block
from generator.memory.config import Config
from generator.memory.layers import MLP, Attention, DenseMLP, LatentAttention, MoE, Window
from generator.memory.tensors import Tensor, bias, buffer


def attention(config: Config, **options: Any) -> Attention:
    """Grouped-query attention as ``num_attention_heads``, ``num_key_value_heads`` and ``head_dim`` tell it.

    ``head_dim`` defaults to hidden_size / num_attention_heads, as in transformers.
    """
    heads = config.integer("num_attention_heads")
    key_value_heads = config.integer("num_key_value_heads", default=heads)
    if heads % key_value_heads:
        raise config.refuse("num_key_value_heads", f"must divide num_attention_heads = {heads}")
    hidden_size = config.integer("hidden_size")
    if not config.has("head_dim") and hidden_size % heads:
        raise config.refuse("num_attention_heads", f"must divide hidden_size = {hidden_size} where head_dim is absent")
    head_dim = config.integer("head_dim", default=hidden_size // heads)
    values = {
        "num_attention_heads": heads,
        "num_key_value_heads": key_value_heads,
        "head_dim": head_dim,
        "v_head_dim": head_dim,
    }
    return Attention(**(values | options))


def latent_attention(config: Config, **options: Any) -> LatentAttention:
    """Multi-head latent attention as the DeepSeek fields tell it; no ``q_lora_rank``, no query compression."""
    values = {
        "num_attention_heads": config.integer("num_attention_heads"),
        "q_lora_rank": config.integer("q_lora_rank") if config.has("q_lora_rank") else None,
        "kv_lora_rank": config.integer("kv_lora_rank"),
        "qk_nope_head_dim": config.integer("qk_nope_head_dim"),
        "qk_rope_head_dim": config.integer("qk_rope_head_dim", minimum=0),
        "v_head_dim": config.integer("v_head_dim"),
    }
    return LatentAttention(**(values | options))


def dense(config: Config, **options: Any) -> DenseMLP:
    """A gated feed-forward network of ``intermediate_size``."""
    return DenseMLP(config.integer("intermediate_size"), **options)


def rotary_factors(config: Config, head_dim: int) -> tuple[Tensor, ...]:
    """The ``rope_freqs`` tensor that the GGUF converter writes for Llama 3's rotary scaling."""
    scaling = config.nested("rope_scaling") or config.nested("rope_parameters")
    kind = scaling and scaling.text("rope_type", scaling.text("type"))
    return (buffer("rope_freqs.weight", head_dim // 2),) if kind == "llama3" else ()


def long_rotary_factors(config: Config) -> tuple[Tensor, ...]:
    """The two tables that the GGUF converter writes for Phi-3's rotary scaling (``longrope``)."""
    scaling = config.nested("rope_scaling") or config.nested("rope_parameters")
    tables = {length: scaling.sequence(f"{length}_factor") for length in ("long", "short")} if scaling else {}
    return tuple(buffer(f"rope_factors_{length}.weight", len(table)) for length, table in tables.items() if table)


LAYER_KINDS = {"full_attention": False, "sliding_attention": True}


def windows(config: Config, count: int, pattern: int = 0) -> tuple[Window | None, ...]:
    """The window of each layer, None for the whole context.

    ``layer_types`` decides; without it every ``pattern``-th layer is full and the others see
    ``sliding_window`` tokens. ``pattern`` is 0 where models without ``layer_types`` have no window.
    """
    kinds = config.layer_types(count, LAYER_KINDS)
    if kinds:
        sliding = [LAYER_KINDS[kind] for kind in kinds]
    elif not pattern and config.has("sliding_window"):
        raise config.refuse("layer_types", "required where sliding_window is set: which layers see that window")
    else:
        sliding = [pattern > 0 and (index + 1) % pattern != 0 for index in range(count)]
    if not any(sliding):
        return (None,) * count
    window = Window(config.integer("sliding_window"))
    return tuple(window if is_sliding else None for is_sliding in sliding)


def rotations(config: Config, count: int) -> tuple[bool, ...]:
    """Which layers rotate queries and keys: those with 1 in ``no_rope_layers``, else three of four."""
    if config.raw("no_rope_layers"):
        return tuple(bool(rotates) for rotates in config.integers("no_rope_layers", count) or ())
    step = config.integer("no_rope_layer_interval", default=4)
    return tuple((index + 1) % step != 0 for index in range(count))


def ignored_window(config: Config) -> tuple[Window | None, frozenset[str]]:
    """The ``sliding_window`` that all layers have, if any, and the trait that llama.cpp doesn't look at it."""
    if not config.has("sliding_window"):
        return None, frozenset()
    return Window(config.integer("sliding_window")), frozenset({"windows_ignored"})


def moe(
    config: Config,
    *count_names: str,
    width_name: str = "moe_intermediate_size",
    shared_experts: int = 0,
    **options: Any,
) -> MoE:
    """Routed experts, and ``shared_experts`` of the same width.

    count_names : names that the number of experts may have, in order of preference.
    width_name : name of the width of one expert.
    """
    experts = config.integer(*count_names)
    chosen = config.integer("num_experts_per_tok", "num_experts_per_token")
    if chosen > experts:
        raise config.refuse("num_experts_per_tok", f"must be at most {count_names[0]} = {experts}")
    width = config.integer(width_name)
    groups = config.integer("n_group", "num_expert_group", default=1)
    if experts % groups:
        raise config.refuse("n_group", f"must divide {count_names[0]} = {experts}")
    values = {
        "shared_intermediate_size": shared_experts * width,
        "groups": groups,
        "groups_per_tok": config.integer("topk_group", default=1),
    }
    return MoE(experts, chosen, width, **(values | options))


def mlps(config: Config, count: int, sparse: MoE, dense_first: str | None = None) -> tuple[MLP, ...]:
    """The MLP of each layer, where the field called ``dense_first`` counts the dense ones at the start.

    ``mlp_layer_types`` decides where present. Dense layers among the sparse ones aren't known.
    """
    kinds = config.choices("mlp_layer_types", count, ("dense", "sparse"))
    if kinds:
        lead = kinds.index("sparse") if "sparse" in kinds else count
        if "dense" in kinds[lead:]:
            raise config.refuse("mlp_layer_types", "dense layers are known at the start only")
    else:
        lead = config.integer(dense_first, default=0, minimum=0) if dense_first else 0
        if dense_first and lead > count:
            raise config.refuse(dense_first, f"must be at most num_hidden_layers = {count}")
    for step in ("moe_layer_freq", "decoder_sparse_step"):
        if config.integer(step, default=1) != 1:
            raise config.refuse(step, "must be 1: all layers after the first dense ones hold experts")
    if config.sequence("mlp_only_layers"):
        raise config.refuse("mlp_only_layers", "must be empty")
    leading = (dense(config),) * lead if lead else ()
    return (*leading, *(sparse,) * (count - lead))


def next_token_layers(config: Config, layer: Layer, own_vocabulary: bool = True) -> tuple[Layer, ...]:
    """``num_nextn_predict_layers`` MTP blocks: ``layer`` behind a projection of two hidden vectors into one.

    own_vocabulary : the block has an embedding and an output head of its own.
    """
    block = draft_block(config, layer, own_embedding=own_vocabulary, own_head=own_vocabulary)
    return (block,) * config.integer("num_nextn_predict_layers", default=0, minimum=0)


def norm_biases(hidden_size: int, *names: str) -> tuple[Tensor, ...]:
    """The biases that LayerNorms have beside their weights."""
    return tuple(bias(name, hidden_size) for name in names)


def architecture(config: Config, gguf: str, layers: tuple[Layer, ...], **options: Any) -> Architecture:
    """An Architecture with the sizes that every config carries."""
    values: dict[str, Any] = {
        "model_type": config.text("model_type"),
        "gguf": gguf,
        "hidden_size": config.integer("hidden_size"),
        "vocab_size": config.integer("vocab_size"),
        "context_max": options.get("context_max") or config.integer("max_position_embeddings", "model_max_length"),
        "tied_embeddings": config.flag("tie_word_embeddings", False),
        "layers": layers,
    }
    return Architecture(**(values | options))


def layer_count(config: Config) -> int:
    """``num_hidden_layers``; beyond a thousand is taken for a mistake."""
    count = config.integer("num_hidden_layers")
    if count > 1000:
        raise config.refuse("num_hidden_layers", "must be at most 1000")
    return count
