"""Rules about field reports: names that exist, and a log that holds figures and doesn't gainsay the report."""

from __future__ import annotations

from collections.abc import Iterator

from generator.catalog.document import Document
from generator.catalog.gathered import Gathered
from generator.catalog.problems import ABSENT, Problem, did_you_mean
from generator.catalog.report import FieldReport


def report_problems(found: Gathered) -> Iterator[Problem]:
    """Names in the reports that nothing has."""
    models = sorted(found.slugs["models"])
    quants = sorted(one.entry.name for one in found.quantizations)
    for one in found.reports:
        report = one.entry
        if report.model not in models:
            yield one.problem("model", report.model, f"has no file in models/{did_you_mean(report.model, models)}")
        if report.quant not in quants and "quantization" not in found.unread:
            yield one.problem("quant", report.quant, f"is no quantization{did_you_mean(report.quant, quants)}")


def with_sound_log(report: FieldReport, document: Document) -> FieldReport | list[Problem]:
    """The report, or all that is wrong with its log."""
    # Loaded only here: few builds have a new report.
    from generator.engine_logs import parse_log

    log = parse_log(report.log, report.engine)
    if log is None or not log.figures:
        return [document.problem(("log",), ABSENT, f"holds no figure that {report.engine} prints about its memory")]
    problems = []
    for name, printed in log.settings.items():
        given = getattr(report.settings, name)
        if given is not None and given != printed:
            problems.append(document.problem(("settings", name), given, f"the log says {printed}"))
    return problems or report
