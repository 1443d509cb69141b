"""DeepSeek-V4: a window and compressed tokens, hyper-connections, experts chosen by token id in the first layers."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, layer_count
from generator.memory.architectures.hyper_connections import block_tensors, head_tensors, streams
from generator.memory.architectures.sparse_mla import deepseek_experts
from generator.memory.config import Config
from generator.memory.layers import CompressedAttention, Indexer, MoE, Window
from generator.memory.tensors import Role, Tensor, exact, linear

INDEXED_RATIO = 4
RATIOS = {0: "the window only", INDEXED_RATIO: "indexed", 128: "all compressed tokens"}


@reads("deepseek_v4")
def read_deepseek_v4(config: Config) -> Architecture:
    """Every layer has experts. GGUF files hold no MTP block: its converter leaves it out."""
    count = layer_count(config)
    if config.integer("num_key_value_heads", default=1) != 1:
        raise config.refuse("num_key_value_heads", "must be 1: one head serves as K and V")
    hashed = config.integer("num_hash_layers", default=0, minimum=0)
    if hashed > count:
        raise config.refuse("num_hash_layers", f"must be at most num_hidden_layers = {count}")
    mixers = {ratio: _attention(config, ratio) for ratio in RATIOS}
    by_id, by_score = _experts(config, hashed=True), _experts(config, hashed=False)
    mixing = block_tensors(config)
    layers = tuple(
        Layer((mixers[ratio],), by_id if index < hashed else by_score, extra=mixing)
        for index, ratio in enumerate(_ratios(config, count))
    )
    return architecture(config, "deepseek4", layers, extra=head_tensors(config), residual_streams=streams(config))


def _ratios(config: Config, count: int) -> tuple[int, ...]:
    """Compression ratio of each layer; the list goes on with those of the MTP blocks."""
    ratios = config.integers("compress_ratios")
    drafts = config.integer("num_nextn_predict_layers", default=0, minimum=0)
    if ratios is None or len(ratios) not in (count, count + drafts):
        raise config.refuse("compress_ratios", f"required: a list of {count} items, one a layer (and one an MTP block)")
    if not set(ratios) <= set(RATIOS):
        raise config.refuse("compress_ratios", f"known ratios: {', '.join(map(str, RATIOS))}")
    return ratios[:count]


def _attention(config: Config, ratio: int) -> CompressedAttention:
    heads, groups = config.integer("num_attention_heads"), config.integer("o_groups")
    if heads % groups:
        raise config.refuse("o_groups", f"must divide num_attention_heads = {heads}")
    return CompressedAttention(
        num_attention_heads=heads,
        head_dim=config.integer("head_dim"),
        q_lora_rank=config.integer("q_lora_rank"),
        qk_rope_head_dim=config.integer("qk_rope_head_dim"),
        output_groups=groups,
        output_lora_rank=config.integer("o_lora_rank"),
        window=Window(config.integer("sliding_window")),
        ratio=ratio,
        indexer=_indexer(config) if ratio == INDEXED_RATIO else None,
    )


def _indexer(config: Config) -> Indexer:
    heads, head_dim = config.integer("index_n_heads"), config.integer("index_head_dim")
    return Indexer(
        num_heads=heads,
        head_dim=head_dim,
        top_k=config.integer("index_topk"),
        key_dim=head_dim,
        tensors=(
            linear("indexer.attn_q_b", config.integer("q_lora_rank"), heads * head_dim),
            exact(linear("indexer.proj", config.integer("hidden_size"), heads)),
        ),
    )


def _experts(config: Config, hashed: bool) -> MoE:
    """Experts chosen by score, or ``hashed``: looked up in a table by token id."""
    chosen = config.integer("num_experts_per_tok")
    shape = (chosen, config.integer("vocab_size"))
    table = Tensor("ffn_gate_tid2eid.weight", shape, Role.BUFFER, source_type="i32")
    limited = config.number("swiglu_limit", 0.0) > 0
    return deepseek_experts(
        config,
        gating=config.text("scoring_func", "sqrtsoftplus"),
        score_correction=not hashed,
        activation="swiglu_clamped" if limited else "silu",
        extra=(table,) if hashed else (),
    )
