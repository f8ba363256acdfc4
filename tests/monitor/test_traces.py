"""Traces as a collector gets them: each request is read with OpenTelemetry's own protobuf messages, if they are installed."""

import base64
import http.server
import json
import threading
from collections.abc import Iterator

import pytest
from conftest import wait_until

SINK = "*.sink.otlp.class=firesteel.metrics.OtlpSink\n*.sink.otlp.period=1\n*.sink.otlp.headers=x-tenant=a\n"


class Collector:
    """What was posted, by its path."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[dict]] = {}
        self.tenants: set[str | None] = set()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.tenants.add(self.headers["x-tenant"])
                collector.bodies.setdefault(self.path, []).append(json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[dict]:
        """All spans so far."""
        bodies = list(self.bodies.get("/v1/traces", []))
        resources = [resource for body in bodies for resource in body["resourceSpans"]]
        return [span for resource in resources for scope in resource["scopeSpans"] for span in scope["spans"]]

    def stop(self) -> None:
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that is running."""
    collector = Collector()
    yield collector
    collector.stop()


def attributes(span: dict) -> dict[str, object]:
    """The attributes of a span by name."""
    return {attribute["key"]: next(iter(attribute["value"].values())) for attribute in span["attributes"]}


def decoded(body: dict, name: str) -> object:
    """The request as a message of OpenTelemetry's protocol, which refuses what it does not know."""
    pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    from google.protobuf import json_format
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

    kinds = {
        "trace": trace_service_pb2.ExportTraceServiceRequest,
        "metrics": metrics_service_pb2.ExportMetricsServiceRequest,
    }

    # Protobuf's own JSON has base64 where OTLP has hexadecimal digits.
    def rewrite(value: object) -> object:
        if isinstance(value, dict):
            ids = ("traceId", "spanId", "parentSpanId")
            return {
                key: base64.b64encode(bytes.fromhex(item)).decode() if key in ids else rewrite(item)
                for key, item in value.items()
            }
        return [rewrite(item) for item in value] if isinstance(value, list) else value

    return json_format.ParseDict(rewrite(body), kinds[name]())


def test_batches_are_traces_with_their_jobs_and_stages(stream, collector):
    program = stream({"metrics.properties": f"{SINK}*.sink.otlp.endpoint={collector.endpoint}\n"})

    def batch() -> dict | None:
        return next((span for span in collector.spans() if span["name"] == "batch of clicks"), None)

    found = wait_until(batch)
    program.stop()
    spans = collector.spans()
    of_batch = [span for span in spans if span["traceId"] == found["traceId"]]
    by_name = {span["name"]: span for span in of_batch}
    assert by_name["job"]["parentSpanId"] == found["spanId"]
    assert by_name["stage"]["parentSpanId"] == by_name["job"]["spanId"]
    assert int(found["startTimeUnixNano"]) <= int(by_name["job"]["startTimeUnixNano"])
    assert int(by_name["job"]["endTimeUnixNano"]) <= int(found["endTimeUnixNano"])
    query = next(span for span in spans if span["name"] == "query clicks")
    assert found["links"] == [{"traceId": query["traceId"], "spanId": query["spanId"]}]
    assert attributes(found)["spark.query.id"] == attributes(query)["spark.query.id"]
    assert int(attributes(found)["spark.batch.addBatch_ms"]) >= 0
    assert collector.tenants == {"a"}


def test_the_requests_are_messages_of_the_protocol(stream, collector):
    pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    program = stream({"metrics.properties": f"{SINK}*.sink.otlp.endpoint={collector.endpoint}\n"})
    wait_until(lambda: collector.spans() and collector.bodies.get("/v1/metrics"))
    program.stop()
    traces = [decoded(body, "trace") for body in collector.bodies["/v1/traces"]]
    metrics = [decoded(body, "metrics") for body in collector.bodies["/v1/metrics"]]
    span = traces[0].resource_spans[0].scope_spans[0].spans[0]
    assert (len(span.trace_id), len(span.span_id)) == (16, 8)
    assert span.end_time_unix_nano >= span.start_time_unix_nano > 0
    assert metrics[0].resource_metrics[0].scope_metrics[0].metrics


def test_a_collector_that_is_away_is_said_once_and_stops_nothing(stream):
    program = stream({"metrics.properties": f"{SINK}*.sink.otlp.endpoint=http://127.0.0.1:1\n"}, seconds=4)
    (program.directory / "stop").unlink(missing_ok=True)
    assert program.process.wait(60) == 0, program.output
    lines = [line for line in program.output.splitlines() if "127.0.0.1:1" in line]
    assert len([line for line in lines if "Traces are lost" in line]) == 1, program.output
    assert len(lines) == 2, program.output
