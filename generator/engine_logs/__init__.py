"""Memory figures in the logs that engines print while they load a model: text in, figures and settings out.

One module an engine; each is a table of patterns. Nothing is computed here but units.
"""

from generator.engine_logs.figures import Figure, LogFigures
from generator.engine_logs.parse import ENGINES, parse_log, telling_lines

__all__ = ["ENGINES", "Figure", "LogFigures", "parse_log", "telling_lines"]
