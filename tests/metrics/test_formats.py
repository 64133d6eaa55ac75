"""Metrics as Prometheus and OpenTelemetry read them."""

from __future__ import annotations

import dataclasses
import json

from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality
from prometheus_client.parser import text_string_to_metric_families

from codestral_ls.engine.history import Counters, History
from codestral_ls.metrics import otlp, prometheus
from codestral_ls.metrics.measures import Measures, measured

NAMES = [counter.name for counter in dataclasses.fields(Counters)]


def taken() -> Measures:
    history = History()
    history.note_asked("python")
    history.note_asked("python")
    history.note_accepted("python", 1, "twelve chars", "twelve chars")
    for milliseconds in (40.0, 50.0, 310.0, 9000.0, None):
        history.first.add(milliseconds)
    return measured(history, instance="ab12", version="1.2", started_at=100.0, taken_at=130.25)


def test_prometheus_reads_every_count_and_the_buckets_up_to_each_bound() -> None:
    families = {
        family.name: family
        for family in text_string_to_metric_families(prometheus.as_text(taken()))
    }
    for name in NAMES:
        family = families[f"codestral_ls_{name}"]
        assert (family.type, bool(family.documentation)) == ("counter", True)
    (accepted,) = families["codestral_ls_accepted_chars"].samples
    assert (accepted.value, accepted.labels) == (12, {"instance_id": "ab12"})
    first = families["codestral_ls_first_token_seconds"]
    assert first.type == "histogram"
    buckets = {s.labels["le"]: s.value for s in first.samples if s.name.endswith("_bucket")}
    assert (buckets["0.05"], buckets["0.3"], buckets["0.4"], buckets["5.0"]) == (2, 2, 3, 3)
    assert buckets["+Inf"] == 4
    rest = {s.name: s.value for s in first.samples if not s.name.endswith("_bucket")}
    assert rest["codestral_ls_first_token_seconds_count"] == 4
    assert rest["codestral_ls_first_token_seconds_sum"] == 9.4


def test_opentelemetry_reads_the_same() -> None:
    sent = json.dumps(otlp.as_json(taken()))
    request = Parse(sent, ExportMetricsServiceRequest())
    (resource,) = request.resource_metrics
    attributes = {a.key: a.value.string_value for a in resource.resource.attributes}
    assert attributes == {
        "service.name": "codestral-ls",
        "service.version": "1.2",
        "service.instance.id": "ab12",
    }
    metrics = {metric.name: metric for metric in resource.scope_metrics[0].metrics}
    assert {f"codestral_ls.{name}" for name in NAMES} < metrics.keys()
    requests = metrics["codestral_ls.requests"].sum
    assert requests.is_monotonic
    assert requests.aggregation_temporality == AggregationTemporality.Value(
        "AGGREGATION_TEMPORALITY_CUMULATIVE"
    )
    (point,) = requests.data_points
    assert (point.as_int, point.start_time_unix_nano, point.time_unix_nano) == (
        2,
        100_000_000_000,
        130_250_000_000,
    )
    (first,) = metrics["codestral_ls.first_token"].histogram.data_points
    assert (first.count, first.sum) == (4, 9.4)
    assert len(first.bucket_counts) == len(first.explicit_bounds) + 1
    assert sum(first.bucket_counts) == first.count
