"""One layer: norms, mixers, MLP and the sums between them."""

from __future__ import annotations

from typing import get_args

from generator.memory.architecture import Architecture, Layer
from generator.memory.engines.llama_cpp.compute import hyper_connections, recurrent
from generator.memory.engines.llama_cpp.compute.attention import attention
from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.compressed import compressed_attention
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.engines.llama_cpp.compute.latent import latent_attention
from generator.memory.engines.llama_cpp.compute.mlp import mlp, mlp_beside
from generator.memory.engines.llama_cpp.compute.residual_mixing import keep_residual, mixed_residuals
from generator.memory.engines.llama_cpp.compute.wiring import Wiring
from generator.memory.errors import unknown
from generator.memory.layers import (
    MLP,
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


def picked(run: Pass, tensor: Tensor) -> Tensor:
    """The rows that yield logits."""
    return run.graph.rows_of(tensor, run.output_rows(), (tensor.shape[0], run.batch.outputs))


def plain_layer(
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
        return hidden if layer.mlp is None else _mlp_alone(run, architecture, layer.mlp, hidden)
    found = _mixer(run, architecture, layer.mixers[0], source)
    for mixer in layer.mixers[1:]:
        found = graph.in_place(found, _mixer(run, architecture, mixer, graph.norm(hidden)))
    if pick:
        found, hidden = picked(run, found), picked(run, hidden)
    if parallel:
        middle = picked(run, source) if pick else source
    else:
        middle = _sum(run, found, hidden, wiring.residual_first[0])
    if last and wiring.rows == "sum":
        middle = picked(run, middle)
    if layer.mlp is None:
        return middle
    graph.stage = _mlp_stage(layer)
    if isinstance(layer.mlp, MoE) and layer.mlp.beside:
        output = mlp_beside(run, middle, layer.mlp, layer.mlp.beside)
    else:
        normed = not parallel and ("ffn_norm" in layer.norms or "post_ffw_norm" not in layer.norms)
        output = mlp(run, graph.norm(middle, layer_norm) if normed else middle, layer.mlp, architecture.gguf)
    if parallel:
        return graph.in_place(graph.in_place(output, hidden), found)
    return _sum(run, output, middle, wiring.residual_first[1])


def mixing_layer(run: Pass, architecture: Architecture, layer: Layer, hidden: Tensor, keep: bool) -> Tensor:
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
    if layer.mlp is None:
        return middle
    source = graph.norm(mixed_residuals(run, middle))
    return graph.in_place(middle, mlp(run, source, layer.mlp, architecture.gguf))


def connected_layer(run: Pass, architecture: Architecture, wiring: Wiring, layer: Layer, streams: Tensor) -> Tensor:
    """A layer between hyper-connections."""
    graph = run.graph
    graph.stage = "attention"
    before = hyper_connections.joined(run, streams)
    source = graph.norm(before.source)
    if wiring.norm_first:
        graph.expand(source)
    streams = hyper_connections.written_back(run, _mixer(run, architecture, layer.mixers[0], source), before)
    if layer.mlp is None:
        return streams
    graph.stage = _mlp_stage(layer)
    before = hyper_connections.joined(run, streams)
    if wiring.parts_first:
        for tensor in (streams, before.back, before.among):
            graph.expand(tensor)
    output = mlp(run, graph.norm(before.source), layer.mlp, architecture.gguf)
    return hyper_connections.written_back(run, output, before)


def _mlp_alone(run: Pass, architecture: Architecture, kind: MLP, hidden: Tensor) -> Tensor:
    source = run.graph.norm(hidden, "layer_norm" in architecture.traits)
    return run.graph.in_place(mlp(run, source, kind, architecture.gguf), hidden)


def _mlp_stage(layer: Layer) -> str:
    return "experts" if isinstance(layer.mlp, MoE) else "feed-forward"


def _sum(run: Pass, found: Tensor, residual: Tensor, residual_first: bool) -> Tensor:
    return run.graph.in_place(residual, found) if residual_first else run.graph.in_place(found, residual)


def _mixer(run: Pass, architecture: Architecture, mixer: Mixer, source: Tensor) -> Tensor:
    temperature = "query_temperature" in architecture.traits
    match mixer:
        case Attention():
            scaled = temperature and not (run.unrotated and mixer.rope)
            return attention(run, source, mixer, scaled, normed_values="normed_values" in architecture.traits)
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
