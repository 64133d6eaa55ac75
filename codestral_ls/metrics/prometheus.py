"""Prometheus' text format, for node_exporter's textfile collector.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from codestral_ls.metrics.measures import HistogramMeasure, Measures

_PREFIX = "codestral_ls_"


def as_text(measures: Measures) -> str:
    """The whole file. Each line is labelled with the process, so that several editors on one
    machine do not write the same series."""
    label = f'instance_id="{measures.instance}"'
    lines = [*_head("info", "The version of codestral-ls.", "gauge")]
    lines.append(f'{_PREFIX}info{{{label},version="{measures.version}"}} 1')
    for counter in measures.counters:
        lines += _head(f"{counter.name}_total", counter.meaning, "counter")
        lines.append(f"{_PREFIX}{counter.name}_total{{{label}}} {counter.value}")
    for histogram in measures.histograms:
        lines += _histogram(histogram, label)
    return "\n".join(lines) + "\n"


def _histogram(histogram: HistogramMeasure, label: str) -> Iterator[str]:
    name = f"{histogram.name}_seconds"
    yield from _head(name, histogram.meaning, "histogram")
    up_to = list(accumulate(histogram.counts))
    for bound, count in zip((*map(repr, histogram.bounds), "+Inf"), up_to, strict=True):
        yield f'{_PREFIX}{name}_bucket{{{label},le="{bound}"}} {count}'
    yield f"{_PREFIX}{name}_sum{{{label}}} {histogram.total_s!r}"
    yield f"{_PREFIX}{name}_count{{{label}}} {up_to[-1]}"


def _head(name: str, meaning: str, kind: str) -> Iterator[str]:
    yield f"# HELP {_PREFIX}{name} {meaning}"
    yield f"# TYPE {_PREFIX}{name} {kind}"
