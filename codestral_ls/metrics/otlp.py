"""OpenTelemetry's ``ExportMetricsServiceRequest``, in the JSON form of OTLP over HTTP.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: names in camelCase, 64-bit whole
numbers as strings, kinds as numbers.
"""

from __future__ import annotations

from typing import Any

from codestral_ls.metrics.measures import CounterMeasure, HistogramMeasure, Measures

PATH = "/v1/metrics"

# AGGREGATION_TEMPORALITY_CUMULATIVE: counts are those since the start.
_CUMULATIVE = 2


def as_json(measures: Measures) -> dict[str, Any]:
    """The body of one export."""
    times = {
        "startTimeUnixNano": _nanoseconds(measures.started_at),
        "timeUnixNano": _nanoseconds(measures.taken_at),
    }
    resource = {
        "service.name": "codestral-ls",
        "service.version": measures.version,
        "service.instance.id": measures.instance,
    }
    attributes = [{"key": key, "value": {"stringValue": v}} for key, v in resource.items()]
    metrics = [_counter(counter, times) for counter in measures.counters]
    metrics += [_histogram(histogram, times) for histogram in measures.histograms]
    scope = {"scope": {"name": "codestral_ls", "version": measures.version}, "metrics": metrics}
    return {"resourceMetrics": [{"resource": {"attributes": attributes}, "scopeMetrics": [scope]}]}


def _counter(counter: CounterMeasure, times: dict[str, str]) -> dict[str, Any]:
    return {
        "name": f"codestral_ls.{counter.name}",
        "description": counter.meaning,
        "sum": {
            "dataPoints": [{**times, "asInt": str(counter.value)}],
            "aggregationTemporality": _CUMULATIVE,
            "isMonotonic": True,
        },
    }


def _histogram(histogram: HistogramMeasure, times: dict[str, str]) -> dict[str, Any]:
    point = {
        **times,
        "count": str(sum(histogram.counts)),
        "sum": histogram.total_s,
        "bucketCounts": [str(count) for count in histogram.counts],
        "explicitBounds": list(histogram.bounds),
    }
    return {
        "name": f"codestral_ls.{histogram.name}",
        "description": histogram.meaning,
        "unit": "s",
        "histogram": {"dataPoints": [point], "aggregationTemporality": _CUMULATIVE},
    }


def _nanoseconds(unix_s: float) -> str:
    return str(round(unix_s * 1_000_000_000))
