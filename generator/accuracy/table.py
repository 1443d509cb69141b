"""The whole table of agreement, from everything in the data that was measured or reported."""

from __future__ import annotations

from pathlib import Path

from generator.accuracy.bands import Bands, rows
from generator.accuracy.compare import compare
from generator.accuracy.field_measurements import field_measurements, field_models
from generator.accuracy.measurement import measured_models
from generator.accuracy.measurements import measurements
from generator.catalog import Catalog


def table(reference: Path, catalog: Catalog) -> Bands:
    """Our figure beside each one in ``reference``, summed up by engine, kind of architecture and figure."""
    measured = compare(measurements(reference), measured_models(reference))
    reported = compare(field_measurements(reference, catalog), field_models(catalog))
    return Bands(rows(measured), rows(reported))
