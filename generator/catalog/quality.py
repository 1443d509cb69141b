"""Measured quality of quantized models."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.catalog.fields import Frozen, Line, PositiveFloat, Slug


class QualityRow(Frozen):
    """One quantization of the measured model.

    imatrix : the quantizer had an importance matrix
    perplexity, perplexity_error : on the text, with its standard error
    kl_divergence : mean over tokens, from the 16-bit model
    """

    quantization: Slug
    imatrix: bool
    perplexity: PositiveFloat
    perplexity_error: PositiveFloat
    kl_divergence: PositiveFloat


class QualityMeasurement(Frozen):
    """A model measured at several quantizations on one text by one tool, so that its rows compare."""

    model: Slug
    text: Line
    source: Line
    rows: Annotated[tuple[QualityRow, ...], Field(min_length=1)]


class QualityFile(Frozen):
    """Content of `data/quality.yaml`."""

    measurements: Annotated[tuple[QualityMeasurement, ...], Field(min_length=1)]
