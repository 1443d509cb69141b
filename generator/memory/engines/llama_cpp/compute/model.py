"""A whole forward pass: embedding, layers, logits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

from generator.memory.architecture import Architecture, Layer
from generator.memory.engines.llama_cpp.compute import hyper_connections, recurrent
from generator.memory.engines.llama_cpp.compute.batch import Batch, Pass
from generator.memory.engines.llama_cpp.compute.blocks import attention
from generator.memory.engines.llama_cpp.compute.compressed import compressed_attention
from generator.memory.engines.llama_cpp.compute.graph import Graph, Tensor
from generator.memory.engines.llama_cpp.compute.latent import latent_attention
from generator.memory.engines.llama_cpp.compute.layer_inputs import add_layer_input, layer_inputs
from generator.memory.engines.llama_cpp.compute.mlp import mlp, mlp_beside
from generator.memory.engines.llama_cpp.compute.pooled_sparse import pool_inputs
from generator.memory.engines.llama_cpp.compute.repeats import distinct_layers
from generator.memory.engines.llama_cpp.compute.residual_mixing import keep_residual, mixed_residuals
from generator.memory.errors import unknown
from generator.memory.layers import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    KimiDeltaAttention,
    LatentAttention,
    Mamba1,
    Mamba2,
    Mixer,
    MoE,
    ShortConvolution,
)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What tensors don't show of how llama.cpp wires an architecture's blocks.

    rows : where the rows that yield logits are picked: after the last mixer, after its sum with the
        residual, after the last block, or after the final norm. The earlier, the smaller is what follows.
    norm_first : the first norm is computed before anything of the mixer.
    residual_first : in the sums after mixer and MLP, the residual is the first operand (it gets overwritten).
    position_rows : positions a token, 4 where rotation is multimodal.
    mean_stream : residual streams are joined by their mean, not by weights, before the output head.
    parts_first : window's mask, and what goes back into residual streams, are computed ahead of their use.
    scale_first : embeddings are scaled before any other input is used.
    """

    rows: Literal["mixer", "sum", "block", "norm"] = "mixer"
    norm_first: bool = False
    residual_first: tuple[bool, bool] = (False, False)
    position_rows: int = 1
    scale_first: bool = False
    mean_stream: bool = False
    parts_first: bool = False


_PLAIN = Wiring()
_AFTER_NORM = Wiring(rows="norm")
_RESIDUAL_FIRST = Wiring(residual_first=(True, True))
_QWEN35 = Wiring(rows="norm", norm_first=True, position_rows=4)
WIRING = {
    "command-r": _PLAIN,
    "cohere2": _PLAIN,
    "deepseek32": _PLAIN,
    "deepseek4": Wiring(parts_first=True),
    "glm-dsa": _PLAIN,
    "kimi-k3": Wiring(rows="block", norm_first=True),
    "minimax-m3": _PLAIN,
    "deepseek": _PLAIN,
    "deepseek2": _PLAIN,
    "ernie4_5-moe": _PLAIN,
    "exaone4": _PLAIN,
    "falcon-h1": Wiring(rows="sum"),
    "gemma": _PLAIN,
    "gemma2": _PLAIN,
    "gemma3": _PLAIN,
    "gemma4": _AFTER_NORM,
    "glm4moe": _PLAIN,
    "glm5-next": Wiring(norm_first=True, mean_stream=True),
    "gpt-oss": Wiring(rows="block"),
    "granitehybrid": Wiring(scale_first=True),
    "hunyuan-moe": _PLAIN,
    "hy_v3": _AFTER_NORM,
    "jamba": _RESIDUAL_FIRST,
    "kimi-linear": Wiring(norm_first=True),
    "lfm2": _RESIDUAL_FIRST,
    "lfm2moe": _RESIDUAL_FIRST,
    "llama": _PLAIN,
    "llama4": _PLAIN,
    "mamba": _PLAIN,
    "mamba2": _PLAIN,
    "mimo2": _PLAIN,
    "minimax-m2": _PLAIN,
    "mistral4": _PLAIN,
    "nemotron_h": _AFTER_NORM,
    "nemotron_h_moe": _AFTER_NORM,
    "olmo2": _PLAIN,
    "phi3": Wiring(residual_first=(False, True)),
    "qwen2": _PLAIN,
    "qwen2moe": _PLAIN,
    "qwen3": _PLAIN,
    "qwen3moe": _PLAIN,
    "qwen3next": Wiring(rows="norm", norm_first=True),
    "qwen35": _QWEN35,
    "qwen35moe": _QWEN35,
    "seed_oss": _PLAIN,
    "step35": Wiring(rows="block"),
}
"""By llama.cpp's name of the architecture; read in its ``src/models``."""


def build(architecture: Architecture, batch: Batch) -> Graph:
    """The graph of one micro-batch."""
    if architecture.gguf not in WIRING:
        raise unknown("architecture", architecture.gguf, WIRING)
    wiring = WIRING[architecture.gguf]
    mixers = [mixer for layer in architecture.layers for mixer in layer.mixers if isinstance(mixer, Attention)]
    run = Pass(batch, architecture.hidden_size, position_rows=wiring.position_rows)
    run.widest_values = max((mixer.value_width for mixer in mixers), default=0)
    run.windowed = "windows_ignored" not in architecture.traits and any(mixer.window for mixer in mixers)
    run.unrotated = any(not mixer.rope for mixer in mixers)
    graph, layer_norm = run.graph, "layer_norm" in architecture.traits
    hidden = _embedding(run)
    if wiring.scale_first:
        hidden = graph.expand(graph.in_place(hidden))
    inputs = layer_inputs(run, architecture, hidden)
    if wiring.parts_first:
        graph.expand(run.mask(batch.window_cells, "window"))
    if architecture.residual_streams > 1:
        hidden = hyper_connections.spread(run, hidden, architecture.residual_streams)
    layers = distinct_layers(architecture)
    for indexer in {m.indexer for layer in layers for m in layer.mixers if isinstance(m, LatentAttention) and m.indexer}:
        if indexer.pooled > 1:
            pool_inputs(run, indexer)
    for index, layer in enumerate(layers):
        last = index == len(layers) - 1
        if architecture.residual_streams > 1:
            hidden = _connected_layer(run, architecture, wiring, layer, hidden)
        elif architecture.residual_block:
            hidden = _mixing_layer(run, architecture, layer, hidden, index % architecture.residual_block == 0)
        else:
            hidden = _layer(run, architecture, wiring, layer, hidden, last)
        if inputs is not None:
            hidden = add_layer_input(run, hidden, inputs)
    graph.stage = "logits"
    if architecture.residual_streams > 1:
        hidden = hyper_connections.picked_streams(run, hidden, architecture.residual_streams)
        hidden = (hyper_connections.mean if wiring.mean_stream else hyper_connections.weighted)(run, hidden)
    elif architecture.residual_block:
        hidden = mixed_residuals(run, hidden)
    elif wiring.rows == "block":
        hidden.kept = True
    if wiring.rows == "block":
        hidden = _picked(run, hidden)
    result = graph.norm(hidden, layer_norm)
    if wiring.rows == "norm":
        result.kept = True
        result = _picked(run, result)
    result.kept = True
    logits = graph.linear(architecture.vocab_size, result)
    logits.kept = True
    graph.expand(logits)
    return graph


def _embedding(run: Pass) -> Tensor:
    graph, batch = run.graph, run.batch
    graph.stage = "embedding"
    tokens = run.once("tokens", partial(graph.input, batch.tokens, element="i32"))
    rows = graph.op((run.hidden_size, batch.tokens), tokens)
    rows.on_host = True
    graph.expand(rows)
    graph.expand(graph.input(run.hidden_size, batch.tokens))
    return rows


def _picked(run: Pass, tensor: Tensor) -> Tensor:
    """The rows that yield logits."""
    return run.graph.rows_of(tensor, run.output_rows(), (tensor.shape[0], run.batch.outputs))


def _layer(
    run: Pass, architecture: Architecture, wiring: Wiring, layer: Layer, hidden: Tensor, last: bool
) -> Tensor:
    graph = run.graph
    layer_norm, parallel = (trait in architecture.traits for trait in ("layer_norm", "parallel_mlp"))
    pick = last and wiring.rows == "mixer"
    graph.stage = "attention" if layer.mixers else _mlp_stage(layer)
    source = graph.norm(hidden, layer_norm) if "attn_norm" in layer.norms else hidden
    if wiring.norm_first:
        graph.expand(source)
    if not layer.mixers:
        return graph.in_place(mlp(run, source, layer.mlp, architecture.gguf), hidden)
    found = _mixer(run, architecture, layer.mixers[0], source)
    for mixer in layer.mixers[1:]:
        found = graph.in_place(found, _mixer(run, architecture, mixer, graph.norm(hidden)))
    if pick:
        found, hidden = _picked(run, found), _picked(run, hidden)
    if parallel:
        middle = _picked(run, source) if pick else source
    else:
        middle = _sum(run, found, hidden, wiring.residual_first[0])
    if last and wiring.rows == "sum":
        middle = _picked(run, middle)
    if layer.mlp is None:
        return middle
    graph.stage = _mlp_stage(layer)
    if isinstance(layer.mlp, MoE) and layer.mlp.beside:
        output = mlp_beside(run, middle, layer.mlp)
    else:
        normed = not parallel and ("ffn_norm" in layer.norms or "post_ffw_norm" not in layer.norms)
        output = mlp(run, graph.norm(middle, layer_norm) if normed else middle, layer.mlp, architecture.gguf)
    if parallel:
        return graph.in_place(graph.in_place(output, hidden), found)
    return _sum(run, output, middle, wiring.residual_first[1])


def _mixing_layer(run: Pass, architecture: Architecture, layer: Layer, hidden: Tensor, keep: bool) -> Tensor:
    """A layer that reads a mixture of residuals; where ``keep``, its input is kept and the residual starts anew."""
    graph = run.graph
    graph.stage = "attention"
    source = mixed_residuals(run, hidden)
    if keep:
        keep_residual(run, hidden)
    source = graph.expand(graph.norm(source))
    found = _mixer(run, architecture, layer.mixers[0], source)
    middle = found if keep else graph.in_place(hidden, found)
    graph.stage = _mlp_stage(layer)
    source = graph.norm(mixed_residuals(run, middle))
    return graph.in_place(middle, mlp(run, source, layer.mlp, architecture.gguf))


def _connected_layer(run: Pass, architecture: Architecture, wiring: Wiring, layer: Layer, streams: Tensor) -> Tensor:
    """A layer between hyper-connections."""
    graph = run.graph
    graph.stage = "attention"
    before = hyper_connections.joined(run, streams)
    source = graph.norm(before.source)
    if wiring.norm_first:
        graph.expand(source)
    streams = hyper_connections.written_back(run, _mixer(run, architecture, layer.mixers[0], source), before)
    graph.stage = _mlp_stage(layer)
    before = hyper_connections.joined(run, streams)
    if wiring.parts_first:
        for tensor in (streams, before.back, before.among):
            graph.expand(tensor)
    return hyper_connections.written_back(run, mlp(run, graph.norm(before.source), layer.mlp, architecture.gguf), before)


def _mlp_stage(layer: Layer) -> str:
    return "experts" if isinstance(layer.mlp, MoE) else "feed-forward"


def _sum(run: Pass, found: Tensor, residual: Tensor, residual_first: bool) -> Tensor:
    return run.graph.in_place(residual, found) if residual_first else run.graph.in_place(found, residual)


def _mixer(run: Pass, architecture: Architecture, mixer: Mixer, source: Tensor) -> Tensor:
    temperature = "query_temperature" in architecture.traits
    match mixer:
        case Attention():
            scaled = temperature and not (run.unrotated and mixer.rope)
            return attention(run, source, mixer, scaled, normed_values=architecture.gguf == "gemma4")
        case LatentAttention():
            return latent_attention(run, source, mixer, temperature)
        case CompressedAttention():
            return compressed_attention(run, source, mixer)
        case GatedDeltaNet():
            return recurrent.gated_delta_net(run, source, mixer, architecture.gguf == "qwen3next")
        case KimiDeltaAttention():
            return recurrent.kimi_delta_attention(run, source, mixer)
        case Mamba1():
            return recurrent.mamba1(run, source, mixer)
        case Mamba2():
            return recurrent.mamba2(run, source, mixer)
        case ShortConvolution():
            return recurrent.short_convolution(run, source, mixer)
    raise unknown("mixer", type(mixer).__name__, (kind.__name__ for kind in get_args(Mixer)))
