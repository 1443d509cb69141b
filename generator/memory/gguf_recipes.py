"""GGUF mixes: which type llama.cpp's quantizer gives to which tensor.

A mix is a default type and an ordered table of exceptions, first match wins. The rules are those
of ``llama-quantize`` without per-tensor options (llama-quant.cpp of ggml-org/llama.cpp 0c1e57098).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Category(Enum):
    """What the quantizer takes a tensor for; the order of ``CATEGORY_NAMES`` decides."""

    OUTPUT = "output"
    TOKEN_EMBEDDING = "token embedding"
    ATTENTION_V = "attention v"
    ATTENTION_K = "attention k"
    ATTENTION_Q = "attention q"
    ATTENTION_OUTPUT = "attention output"
    FFN_UP = "ffn up"
    FFN_GATE = "ffn gate"
    FFN_DOWN = "ffn down"
    OTHER = "other"


CATEGORY_NAMES = (
    ("per_layer_token_embd.weight", Category.TOKEN_EMBEDDING),
    ("token_embd.weight", Category.TOKEN_EMBEDDING),
    ("attn_qkv.weight", Category.ATTENTION_V),
    ("attn_v.weight", Category.ATTENTION_V),
    ("attn_k.weight", Category.ATTENTION_K),
    ("attn_q.weight", Category.ATTENTION_Q),
    ("attn_output.weight", Category.ATTENTION_OUTPUT),
    ("ffn_up", Category.FFN_UP),
    ("ffn_gate", Category.FFN_GATE),
    ("ffn_down", Category.FFN_DOWN),
)
"""First match by a part of the name: a fused QKV counts as V, an indexer's ``attn_k`` as K."""


def category(name: str) -> Category:
    """The category of a tensor called ``name`` (without its block prefix)."""
    if name == "output.weight":
        return Category.OUTPUT
    return next((found for part, found in CATEGORY_NAMES if part in name), Category.OTHER)


class Place(NamedTuple):
    """Where a tensor stands, as far as the rules ask.

    ordinal, total : its number among the tensors of its category, and the number that the
        quantizer divides into eighths (all blocks for the MLP, all V tensors for attention).
    block_ordinal : its block number in a MoE model, else ``ordinal``.
    gqa : query heads for each KV head in the first block.
    experts : routed experts, 0 for a dense model.
    """

    ordinal: int
    block_ordinal: int
    total: int
    gqa: int
    experts: int
    seventy_b: bool
    imatrix: bool


Condition = Callable[[Place], bool]


def more_bits(index: int, count: int) -> bool:
    """First and last eighth of the blocks, and every third between."""
    return index < count // 8 or index >= 7 * count // 8 or (index - count // 8) % 3 == 2


def always(place: Place) -> bool:
    return True


def gqa_4(place: Place) -> bool:
    return place.gqa >= 4


def gqa_or_experts_4(place: Place) -> bool:
    return place.gqa >= 4 or place.experts >= 4


def eight_experts(place: Place) -> bool:
    return place.experts == 8


def without_imatrix(place: Place) -> bool:
    return not place.imatrix


def with_imatrix(place: Place) -> bool:
    return place.imatrix


def v_more_bits(place: Place) -> bool:
    return more_bits(place.ordinal, place.total)


def down_more_bits(place: Place) -> bool:
    return more_bits(place.block_ordinal, place.total)


def down_first_eighth(place: Place) -> bool:
    return place.block_ordinal < place.total // 8


def down_first_sixteenth(place: Place) -> bool:
    return place.block_ordinal < place.total // 16


def down_tensors_first_eighth(place: Place) -> bool:
    return place.ordinal < place.total // 8


def middle_eighths(place: Place) -> bool:
    return place.total // 8 <= place.block_ordinal < 7 * place.total // 8


def first(number: int) -> Condition:
    """The first ``number`` tensors of the category."""
    return lambda place: place.ordinal < number


def both(*conditions: Condition) -> Condition:
    """All of ``conditions``."""
    return lambda place: all(condition(place) for condition in conditions)


@dataclass(frozen=True, slots=True)
class Rule:
    """Tensors of ``category`` for which ``when`` holds get type ``type``."""

    category: Category
    type: str
    when: Condition = always


@dataclass(frozen=True, slots=True)
class Mix:
    """A quantization as llama-quantize names it.

    head : type of ``output.weight`` (of a tied embedding too), None for the default type.
    embedding : type of an untied token embedding, None for the default type.
    as_converted : every tensor keeps the type that the converter wrote.
    stacked : type of every three-dimensional tensor, whatever the rules say.
    bumps_70b : V goes to Q5_K in 70B models where it would be Q3_K or Q4_K.
    needs_imatrix : the tool refuses to make the mix without an importance matrix.
    """

    name: str
    default: str
    rules: tuple[Rule, ...] = ()
    head: str | None = "q6_k"
    embedding: str | None = None
    stacked: str | None = None
    as_converted: bool = False
    bumps_70b: bool = True
    needs_imatrix: bool = False

    def chooses(self, kind: Category) -> bool:
        """Whether a rule may give tensors of ``kind`` different types in different places."""
        return any(rule.category is kind for rule in self.rules)


V, K, Q, OUT = Category.ATTENTION_V, Category.ATTENTION_K, Category.ATTENTION_Q, Category.ATTENTION_OUTPUT
UP, GATE, DOWN = Category.FFN_UP, Category.FFN_GATE, Category.FFN_DOWN

EIGHT = (Rule(V, "q8_0", eight_experts), Rule(K, "q8_0", eight_experts))
"""Models of exactly eight experts keep K and V in Q8_0 in every mix above two bits."""

EIGHT_OUT = (*EIGHT, Rule(OUT, "q5_k", eight_experts))


def _two_bit(name: str, default: str, better: str, output: str | None, embedding: str) -> Mix:
    """An IQ1 or IQ2 mix; ``better`` is the type of what must not go as low as the rest."""
    rules = (
        Rule(V, "q4_k", gqa_or_experts_4),
        Rule(V, better),
        Rule(K, "q4_k", eight_experts),
        Rule(DOWN, better, down_tensors_first_eighth),
        Rule(OUT, "q5_k", eight_experts),
        *((Rule(OUT, output),) if output else ()),
    )
    return Mix(name, default, rules, head="q5_k", embedding=embedding, bumps_70b=False, needs_imatrix=True)


_FOUR_BIT_NONLINEAR = (
    *EIGHT_OUT,
    Rule(V, "q5_k", gqa_4),
    Rule(DOWN, "q5_k", both(down_first_eighth, without_imatrix)),
)
_MORE_BITS = (Rule(V, "q6_k", v_more_bits), Rule(DOWN, "q6_k", down_more_bits))
_THIN_MIDDLE = (Rule(UP, "iq3_xxs", middle_eighths), Rule(GATE, "iq3_xxs", middle_eighths))

_MIXES = (
    Mix("F32", "f32"),
    Mix("F16", "f16"),
    Mix("BF16", "bf16"),
    Mix("AS_CONVERTED", "f16", as_converted=True),
    Mix("Q8_0", "q8_0", EIGHT, head=None),
    Mix("Q6_K", "q6_k", EIGHT),
    Mix("Q5_K_M", "q5_k", (*EIGHT, *_MORE_BITS)),
    Mix("Q5_K_S", "q5_k", EIGHT),
    Mix("Q5_1", "q5_1", EIGHT),
    Mix("Q5_0", "q5_0", (*EIGHT, Rule(DOWN, "q5_1", both(down_first_eighth, with_imatrix)))),
    Mix("Q4_K_M", "q4_k", (*EIGHT_OUT, *_MORE_BITS)),
    Mix("Q4_K_S", "q4_k", (*EIGHT_OUT, Rule(V, "q5_k", first(4)), Rule(DOWN, "q5_k", down_first_eighth))),
    Mix("Q4_1", "q4_1", EIGHT),
    Mix("Q4_0", "q4_0", (*EIGHT, Rule(DOWN, "q4_1", both(down_first_eighth, with_imatrix)))),
    Mix("IQ4_NL", "iq4_nl", _FOUR_BIT_NONLINEAR),
    Mix("IQ4_XS", "iq4_xs", _FOUR_BIT_NONLINEAR),
    Mix(
        "Q3_K_L",
        "q3_k",
        (*EIGHT, Rule(OUT, "q3_k", eight_experts), Rule(V, "q5_k"), Rule(DOWN, "q5_k"), Rule(OUT, "q5_k")),
    ),
    Mix(
        "Q3_K_M",
        "q3_k",
        (
            *EIGHT_OUT,
            Rule(V, "q5_k", first(2)),
            Rule(V, "q4_k"),
            Rule(DOWN, "q5_k", down_first_sixteenth),
            Rule(DOWN, "q4_k"),
            Rule(OUT, "q4_k"),
        ),
    ),
    Mix("Q3_K_S", "q3_k", EIGHT_OUT),
    Mix("Q2_K", "q2_k", (*EIGHT_OUT, Rule(V, "q4_k", gqa_4), Rule(V, "q3_k"), Rule(DOWN, "q3_k"), Rule(OUT, "q3_k"))),
    Mix(
        "Q2_K_S",
        "q2_k",
        (*EIGHT, Rule(V, "q4_k", gqa_4), Rule(DOWN, "q4_k", down_first_eighth)),
        needs_imatrix=True,
    ),
    Mix(
        "IQ3_M",
        "iq3_s",
        (
            *EIGHT_OUT,
            Rule(V, "q4_k"),
            Rule(DOWN, "q4_k", down_first_eighth),
            Rule(DOWN, "q4_k", both(eight_experts, down_more_bits)),
            Rule(OUT, "q4_k"),
        ),
    ),
    Mix("IQ3_S", "iq3_s", (*EIGHT_OUT, Rule(V, "q4_k", gqa_4))),
    Mix(
        "IQ3_XS",
        "iq3_s",
        (*EIGHT_OUT, Rule(V, "q4_k", gqa_4), Rule(K, "iq3_xxs"), Rule(Q, "iq3_xxs"), *_THIN_MIDDLE),
        needs_imatrix=True,
    ),
    Mix(
        "IQ3_XXS",
        "iq3_xxs",
        (
            *EIGHT_OUT,
            Rule(V, "q4_k", gqa_4),
            Rule(V, "iq3_s", without_imatrix),
            Rule(K, "iq2_s"),
            Rule(Q, "iq2_s"),
            Rule(DOWN, "q4_k", both(down_first_eighth, without_imatrix)),
            Rule(DOWN, "q3_k", without_imatrix),
            Rule(OUT, "iq3_s"),
        ),
        head="q5_k",
        embedding="iq3_s",
        needs_imatrix=True,
    ),
    _two_bit("IQ2_M", "iq2_s", "iq3_s", "iq3_s", "iq3_s"),
    _two_bit("IQ2_S", "iq2_xs", "iq3_s", "iq3_s", "iq3_s"),
    _two_bit("IQ2_XS", "iq2_xs", "q2_k", None, "q2_k"),
    _two_bit("IQ2_XXS", "iq2_xxs", "q2_k", None, "q2_k"),
    _two_bit("IQ1_M", "iq1_m", "q2_k", "iq2_xxs", "q2_k"),
    _two_bit("IQ1_S", "iq1_s", "q2_k", "iq2_xxs", "q2_k"),
    Mix("MXFP4_MOE", "q8_0", head=None, stacked="mxfp4"),
)
MIXES = {mix.name: mix for mix in _MIXES}

SEVENTY_B_BUMP = {"q3_k": "q5_k", "q4_k": "q5_k"}
"""Models that llama.cpp calls 70B (80 blocks, grouped queries) get a better V at hardly any cost."""


def choose(mix: Mix, kind: Category, place: Place) -> str:
    """The type that ``mix`` gives to a tensor of ``kind`` inside the blocks or of no special use."""
    for rule in mix.rules:
        if rule.category is kind and rule.when(place):
            found = rule.type
            break
    else:
        found = mix.default
    if kind is V and place.seventy_b and mix.bumps_70b:
        return SEVENTY_B_BUMP.get(found, found)
    return found
