"""Multi-head latent attention as operations, absorbed: all heads read one compressed K."""

from __future__ import annotations

from generator.memory.engines.llama_cpp.compute.attention import softmax_attention
from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.engines.llama_cpp.compute.pooled_sparse import pooled_token_mask
from generator.memory.engines.llama_cpp.compute.sparse import picked_tokens, token_mask
from generator.memory.engines.llama_cpp.compute.stores import FLOAT, store_keys
from generator.memory.layers import LatentAttention


def latent_attention(run: Pass, source: Tensor, mixer: LatentAttention, scaled: bool) -> Tensor:
    """``scaled``: queries get a factor a token."""
    graph, tokens = run.graph, run.batch.tokens
    heads, rank, rope = mixer.num_attention_heads, mixer.kv_lora_rank, mixer.qk_rope_head_dim
    dim = mixer.qk_nope_head_dim + rope
    narrow = source if mixer.q_lora_rank is None else graph.linear(mixer.q_lora_rank, source)
    if mixer.indexer and mixer.indexer.pooled > 1:
        run.sparse_mask = pooled_token_mask(run, source, narrow, mixer.indexer)
    elif mixer.indexer:
        run.picked = picked_tokens(run, source, narrow, mixer.indexer)
    queries = graph.view(graph.linear(heads * dim, narrow), (dim, heads, tokens))
    compressed = graph.linear(mixer.cache_width, source)
    row = mixer.cache_width * FLOAT
    content = graph.in_place(graph.view(compressed, (rank, tokens), (FLOAT, row, row * tokens, row * tokens)))
    content = graph.view(content, (rank, 1, tokens))
    keys = content
    plain = graph.view(queries, (mixer.qk_nope_head_dim, heads, tokens), queries.strides)
    absorbed = graph.permute(graph.linear(rank, graph.permute(plain, 0, 2, 1, 3)), 0, 2, 1, 3)
    if rope:
        position = graph.view(compressed, (rope, 1, tokens), (FLOAT, row, row, row * tokens))
        turned = graph.view(queries, (rope, heads, tokens), queries.strides)
        if mixer.rope:
            position = graph.in_place(position, run.positions())
            turned = graph.in_place(turned, run.positions())
        keys = graph.op((mixer.cache_width, 1, tokens), content, position)
        absorbed = graph.op((mixer.cache_width, heads, tokens), absorbed, turned)
    if scaled:
        absorbed = graph.in_place(absorbed, run.scale())
    for tensor in (absorbed, content, keys):
        graph.expand(tensor)
    store_keys(run, keys, "context")
    mask = None
    if mixer.indexer or mixer.indexer_shared:
        mask = run.sparse_mask
        if run.picked is not None:
            mask = token_mask(run, run.picked, run.mask(run.batch.cells, "context"))
    found = softmax_attention(
        run, absorbed, run.batch.cells, "context", rank, mixer.v_head_dim, values_in_keys=True, mask=mask
    )
    if mixer.output_gate_width == heads:
        shape = (mixer.v_head_dim, heads, tokens)
        gate = graph.in_place(graph.view(graph.linear(heads, source), (1, heads, tokens)))
        found = graph.contiguous(graph.in_place(graph.view(found, shape), gate), heads * mixer.v_head_dim, tokens)
    elif mixer.output_gate_width:
        found = graph.in_place(found, graph.in_place(graph.linear(mixer.output_gate_width, source)))
    return graph.linear(run.hidden_size, found)
