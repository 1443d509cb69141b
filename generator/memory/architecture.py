"""From a Hugging Face config to an Architecture: which layers a model has, and of which kind.

Each ``model_type`` is read by one entry in :mod:`generator.memory.architectures`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from generator.memory.config import Config
from generator.memory.errors import ConfigError, unknown
from generator.memory.layers import MLP, Mixer, MoE
from generator.memory.rotary import table_elements
from generator.memory.tensors import Role, Tensor, embedding, in_file_order, norm, output


@dataclass(frozen=True, slots=True)
class Layer:
    """One block.

    mixers : what moves information between tokens; two where attention and SSM run side by side.
    norms : names of the block's norms of width ``hidden_size``, as in the GGUF file.
    extra : tensors that neither mixer nor MLP accounts for.
    """

    mixers: tuple[Mixer, ...]
    mlp: MLP | None
    norms: tuple[str, ...] = ("attn_norm", "ffn_norm")
    extra: tuple[Tensor, ...] = ()

    def tensors(self, hidden_size: int) -> tuple[Tensor, ...]:
        found = [tensor for mixer in self.mixers for tensor in mixer.tensors(hidden_size)]
        if self.mlp is not None:
            found += self.mlp.tensors(hidden_size)
        found += [norm(name, hidden_size) for name in self.norms]
        return (*found, *self.extra)


@dataclass(frozen=True, slots=True, eq=False)
class Architecture:
    """A model's shape, as far as memory depends on it.

    gguf : llama.cpp's name of the architecture, empty where llama.cpp has none.
    context_max : tokens that the config allows.
    mtp_layers : multi-token-prediction blocks that a checkpoint may carry and engines skip by default.
    extra : tensors outside the blocks besides embedding, output head and final norm.
    output_norm : GGUF name of the final norm.
    residual_streams : copies of the residual stream that hyper-connections mix, 1 without.
    deepstack_layers : first layers that add a part of an image's embedding each; llama.cpp keeps room for it.
    residual_block : layers after which the residual stream is kept for later layers to attend to, 0 without.
    rotary_table_elements : elements of a table of cosines and sines of all positions, which no checkpoint holds.
    parameters_correction : published parameters less those of the tensors: up for what a GGUF file keeps
        as metadata or counts as a buffer, down for padding rows and tensors that it adds or nothing uses.
    traits : switches that tensors don't show, those of the compute graph as llama.cpp builds it:

        ``parallel_mlp`` : attention and MLP read the same normed input, their outputs are added.
        ``scaled_embeddings`` : token embeddings are multiplied by a constant first.
        ``normed_embeddings`` : token embeddings pass a norm without weights first.
        ``scaled_residual`` : what attention and MLP return is multiplied by a constant.
        ``scaled_logits`` : logits are multiplied by a constant.
        ``final_logit_softcap``, ``attn_logit_softcap`` : logits or attention scores pass scale, tanh, scale.
        ``scaled_queries`` : queries are multiplied by a constant of their own before attention.
        ``query_temperature`` : queries are multiplied by a factor that depends on the position
            (where some layers have no rotation, in those only).
        ``normed_values`` : values pass a norm without weights.
        ``scaled_attention`` : what the heads return is multiplied by a constant before the output projection.
        ``kq_l2_norm`` : rotated queries and keys are normed without weights.
        ``layer_norm`` : norms subtract the mean (LayerNorm), all others are RMS norms.
        ``windows_ignored`` : llama.cpp caches every layer in full though the model declares windows.
        ``float32_state`` : the config asks for recurrent state in F32.
    """

    model_type: str
    gguf: str
    hidden_size: int
    vocab_size: int
    context_max: int
    tied_embeddings: bool
    layers: tuple[Layer, ...]
    mtp_layers: tuple[Layer, ...] = ()
    extra: tuple[Tensor, ...] = ()
    output_norm: str = "output_norm"
    residual_streams: int = 1
    residual_block: int = 0
    deepstack_layers: int = 0
    rotary_table_elements: int = 0
    parameters_correction: int = 0
    traits: frozenset[str] = frozenset()

    def tensors(self, with_mtp: bool = False) -> tuple[Tensor, ...]:
        """Every tensor of the text model in file order, MTP blocks (numbered last) on request."""
        found = list(self.outside_tensors())
        blocks = self.layers + self.mtp_layers if with_mtp else self.layers
        for index, layer in enumerate(blocks):
            found += [tensor.at(index) for tensor in layer.tensors(self.hidden_size)]
        return tuple(in_file_order(found))

    def outside_tensors(self) -> tuple[Tensor, ...]:
        """The tensors outside the blocks."""
        head = () if self.tied_embeddings else (output(self.hidden_size, self.vocab_size),)
        tables = embedding("token_embd", self.hidden_size, self.vocab_size), norm(self.output_norm, self.hidden_size)
        return (*tables, *head, *self.extra)

    @lru_cache(maxsize=2048)
    def distinct_layers(self, with_mtp: bool = False) -> tuple[tuple[Layer, int], ...]:
        """Each kind of block once, with how many blocks are of it; MTP blocks on request."""
        return tuple(Counter(self.layers + self.mtp_layers if with_mtp else self.layers).items())

    @lru_cache(maxsize=2048)
    def parameters(self) -> int:
        """Parameters of the text model without MTP blocks, buffers left out."""
        held = sum(count * _parameters(layer.tensors(self.hidden_size)) for layer, count in self.distinct_layers())
        return held + _parameters(self.outside_tensors()) + self.parameters_correction

    @lru_cache(maxsize=2048)
    def parameters_active(self) -> int:
        """Parameters that one text token touches: of routed experts the chosen ones, of image experts none."""
        total = 0
        for layer, count in self.distinct_layers():
            used, held = 1, 1
            if isinstance(layer.mlp, MoE):
                used, held = layer.mlp.num_experts_per_tok, layer.mlp.num_experts
            for tensor in layer.tensors(self.hidden_size):
                if tensor.role is Role.BUFFER or (tensor.role is Role.EXPERT and not _routed(tensor)):
                    continue
                share = used / held if tensor.shape[-1] == held > 1 and _routed(tensor) else 1
                total += round(tensor.elements * share) * count
        return _parameters(self.outside_tensors()) + total + self.parameters_correction

    @property
    def num_layers(self) -> int:
        return len(self.layers)

    @property
    def num_experts(self) -> int:
        """Routed experts of the widest MoE layer, 0 for a dense model."""
        return max((layer.mlp.num_experts for layer in self.layers if isinstance(layer.mlp, MoE)), default=0)


def _parameters(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.elements for tensor in tensors if tensor.role is not Role.BUFFER)


def _routed(tensor: Tensor) -> bool:
    return "_exps" in tensor.name


Reader = Callable[[Config], Architecture]
_READERS: dict[str, Reader] = {}


def reads(*model_types: str) -> Callable[[Reader], Reader]:
    """Register a function as the reader of configs with one of ``model_types``."""

    def register(reader: Reader) -> Reader:
        for model_type in model_types:
            _READERS[model_type] = reader
        return reader

    return register


@lru_cache(maxsize=1)
def _load_readers() -> None:
    package = import_module("generator.memory.architectures")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")


def from_config(config: Mapping[str, object]) -> Architecture:
    """The architecture that a Hugging Face ``config.json`` describes.

    A multimodal config is read through its ``text_config``; whether embeddings are tied is decided
    by the outer config where it says so, as in transformers.

    Raises
    ------
    ConfigError : a field is missing, of the wrong type or impossible.
    MemoryModelError : the ``model_type`` isn't known.
    """
    _load_readers()
    fields = Config(config)
    inner = fields.nested("text_config")
    candidates = [str(part.raw("model_type")) for part in (inner, fields) if part and part.raw("model_type")]
    if not candidates:
        raise ConfigError("model_type", None, "required, a string")
    for model_type in candidates:
        if model_type in _READERS:
            text = inner.overlaid(fields, "tie_word_embeddings", "vision_config") if inner else fields
            return _with_common_fields(_READERS[model_type](text.named(model_type)), text)
    raise unknown("model_type", candidates[-1], _READERS)


def _with_common_fields(architecture: Architecture, config: Config) -> Architecture:
    """What every model's config says in the same fields."""
    mixers = [mixer for layer in architecture.layers for mixer in layer.mixers]
    state = config.raw("mamba_ssm_dtype", config.raw("mamba_ssm_cache_dtype"))
    return replace(
        architecture,
        rotary_table_elements=table_elements(config, mixers, architecture.context_max),
        traits=architecture.traits | ({"float32_state"} if state == "float32" else set()),
    )
