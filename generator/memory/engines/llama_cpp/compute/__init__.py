"""llama.cpp's compute buffer: its graph rebuilt and its allocator simulated.

Read in ggml-alloc.c, ggml-backend.cpp, llama-graph.cpp, llama-context.cpp and models/ of
ggml-org/llama.cpp 0c1e57098. Sizes are those of ggml's CPU operations, which other backends
exceed where an operation needs room for itself.
"""

from generator.memory.engines.llama_cpp.compute.phases import (
    ComputeBuffers,
    ComputeSettings,
    Phase,
    compute_buffers,
    reserved,
    reserved_on_host,
)

__all__ = ["ComputeBuffers", "ComputeSettings", "Phase", "compute_buffers", "reserved", "reserved_on_host"]
