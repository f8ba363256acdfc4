"""The classic guide's configuration files, as they stand there, do what the guide says."""

import re
import socket
import threading
import urllib.request

from conftest import wait_until

LOG4J = """\
log4j.rootCategory=INFO, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{HH:mm:ss} %-5p %c{1}:%L - %m%n
"""

GRAPHITE = """\
*.sink.graphite.class=org.apache.spark.metrics.sink.GraphiteSink
*.sink.graphite.host=localhost
*.sink.graphite.port=2003
*.sink.graphite.period=10
*.sink.graphite.unit=seconds
*.sink.graphite.prefix=spark
"""

PROMETHEUS = """\
*.sink.prometheusServlet.class=org.apache.spark.metrics.sink.PrometheusServlet
*.sink.prometheusServlet.path=/metrics
"""


def test_log4j_properties_gives_info_lines_in_that_pattern(stream):
    program = stream({"log4j.properties": LOG4J})
    batch = r"(?m)^\d\d:\d\d:\d\d INFO  Query:\d+ - Batch \[1\] processed with \[\d+\] records in \[\d+ms\]$"
    wait_until(lambda: re.search(batch, program.output))
    output = program.stop()
    started = r"(?m)^\d\d:\d\d:\d\d INFO  Query:\d+ - Started Structured Streaming Query \[id = [-0-9a-f]{36}\] on \[source = "
    assert re.search(started, output), output
    # log4j's console is standard output unless the file says otherwise.
    assert "INFO" in program.stdout.read_text()
    assert output.count("Batch [1] processed") == 1


def test_without_a_file_the_terminal_is_quiet(stream):
    program = stream({}, seconds=3)
    assert program.process.wait(60) == 0
    assert "Batch [" not in program.output and "INFO" not in program.output


class Carbon(threading.Thread):
    """Takes lines as carbon does."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.text = ""
        self.listener = socket.create_server(("127.0.0.1", port))
        self.start()

    def run(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            with connection:
                while data := connection.recv(65536):
                    self.text += data.decode()


def test_metrics_properties_sends_to_graphite(stream):
    carbon = Carbon(2003)
    program = stream({"metrics.properties": GRAPHITE}, seconds=3)
    assert program.process.wait(60) == 0, program.output
    values = {line.split()[0].split(".", 2)[2]: float(line.split()[1]) for line in carbon.text.splitlines()}
    for name in ("streaming.lastBatchProcessingTime", "streaming.lastBatchInputRecords", "jvm.heapMemoryUsed"):
        assert values[f"driver.{name}"] > 0, name
    assert values["driver.streaming.totalProcessedRecords"] >= 100
    assert values["driver.jvm.gcTime"] == 0
    assert carbon.text.startswith("spark.local-")


def test_prometheus_servlet_is_scraped_at_metrics(stream):
    program = stream({"metrics.properties": PROMETHEUS})
    address = wait_until(lambda: re.search(r"UI (http\S+)", program.output)).group(1)

    def page():
        with urllib.request.urlopen(f"{address}/metrics") as answer:
            text = answer.read().decode()
        return (
            text
            if re.search(r"(?m)^streaming_lastBatchInputRecords [1-9]", text) and "clicks_latency_Value" in text
            else None
        )

    text = wait_until(page)
    for name in ("lastBatchProcessingTime", "lastBatchInputRecords", "totalProcessedRecords"):
        assert float(re.search(rf"(?m)^streaming_{name} (\S+)$", text).group(1)) > 0
        assert re.search(rf'(?m)^metrics_local_\d+_driver_streaming_{name}_Value{{type="gauges"}} ', text)
    assert re.search(r'spark_streaming_input_rows_per_second{query="clicks"} ', text)
    assert text.endswith("# EOF\n")
    program.stop()


def test_what_is_wrong_is_said_once_and_stops_nothing(stream):
    files = {
        "metrics.properties": "*.sink.a.class=org.example.NoSuchSink\n*.sink.g.class=org.apache.spark.metrics.sink.GraphiteSink\n"
        "*.sink.g.host=127.0.0.1\n*.sink.g.port=1\n*.sink.g.period=1\n",
    }
    program = stream(files, seconds=5)
    assert program.process.wait(60) == 0, program.output
    lines = program.stderr.read_text().splitlines()
    assert sum("org.example.NoSuchSink" in line for line in lines) == 1
    assert sum("Graphite at 127.0.0.1:1 cannot be reached" in line for line in lines) == 1
