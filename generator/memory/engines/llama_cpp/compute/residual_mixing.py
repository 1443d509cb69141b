"""Kimi K3's attention over the residual streams of earlier layers, as operations."""

from __future__ import annotations

from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor


def keep_residual(run: Pass, hidden: Tensor) -> None:
    """Add ``hidden`` to the residuals kept for later layers."""
    graph = run.graph
    width, tokens = hidden.shape[:2]
    newest = graph.view(hidden, (width, 1, tokens))
    kept = run.residuals
    run.residuals = newest if kept is None else graph.op((width, kept.shape[1] + 1, tokens), kept, newest)


def mixed_residuals(run: Pass, hidden: Tensor) -> Tensor:
    """``hidden`` and the residuals kept, weighted by their scores."""
    graph, kept = run.graph, run.residuals
    if kept is None:
        return hidden
    width, count, tokens, _ = kept.shape
    past = graph.view(graph.op((1, count, tokens), graph.norm(kept)), (count, tokens))
    present = graph.op((1, tokens), graph.norm(hidden))
    weights = graph.in_place(graph.op((count + 1, tokens), past, present))
    step = weights.strides
    past = graph.contiguous(graph.view(weights, (count, tokens), step))
    present = graph.contiguous(graph.view(weights, (1, tokens), step))
    found = graph.op((width, tokens), kept, past)
    return graph.in_place(found, graph.in_place(hidden, present))
