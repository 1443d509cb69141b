"""Which model x quantization x context exist, and the figures of each."""

from generator.scenarios.atlas import Atlas, Scenario, Subject
from generator.scenarios.figures import (
    GGUF_ENGINE,
    LIGHT_CACHE,
    QUANTIZED_CACHES,
    Basis,
    EstimatorSource,
    FigureFacts,
    Figures,
    NotOffered,
)

__all__ = [
    "GGUF_ENGINE",
    "LIGHT_CACHE",
    "QUANTIZED_CACHES",
    "Atlas",
    "Basis",
    "EstimatorSource",
    "FigureFacts",
    "Figures",
    "NotOffered",
    "Scenario",
    "Subject",
]
