"""Settings: their definition (``settings``), one value (``values``), all sources (``resolve``).

Pure: reading files and the environment is the caller's business.
"""

from codestral_ls.config.resolve import (
    Level,
    Options,
    Origin,
    Problem,
    Resolved,
    client_options,
    command_line_options,
    environment_options,
    json_schema,
    resolve,
)
from codestral_ls.config.settings import Settings, Spec, specs

__all__ = [
    "Level",
    "Options",
    "Origin",
    "Problem",
    "Resolved",
    "Settings",
    "Spec",
    "client_options",
    "command_line_options",
    "environment_options",
    "json_schema",
    "resolve",
    "specs",
]
