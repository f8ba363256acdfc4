"""Metrics arrive in carbon, Prometheus, gmond and collectd's StatsD server; `make test-metrics` installs these."""

import json
import os
import re
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import free_port, wait_until

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "grafana"

pytestmark = pytest.mark.skipif("FIRESTEEL_TEST_RECEIVERS" not in os.environ, reason="make test-metrics")


@pytest.fixture
def daemon(tmp_path) -> Iterator:
    """Starts a program and ends it after the test; its output is in a file."""
    running = []

    def start(*command: object) -> Path:
        log = tmp_path / f"{Path(str(command[0])).name}.log"
        with log.open("wb") as output:
            running.append(subprocess.Popen([str(c) for c in command], stdout=output, stderr=subprocess.STDOUT))
        return log

    yield start
    for process in running:
        process.terminate()
        process.wait(20)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ui(program) -> str:
    found = wait_until(lambda: re.search(r"UI (http\S+)", program.output))
    return found.group(1)


@pytest.mark.parametrize("protocol", ["tcp", "udp", "pickle"])
def test_carbon_stores_them(stream, daemon, tmp_path, protocol):
    line, pickle, query = free_port(), free_port(), free_port()
    conf = tmp_path / "carbon"
    conf.mkdir()
    (conf / "storage-schemas.conf").write_text("[all]\npattern = .*\nretentions = 1s:1h\n")
    (conf / "carbon.conf").write_text(
        f"[cache]\nLOCAL_DATA_DIR = {conf}/data\nSTORAGE_DIR = {conf}\nCONF_DIR = {conf}\nLOG_DIR = {conf}\nPID_DIR = {conf}\n"
        f"LINE_RECEIVER_INTERFACE = 127.0.0.1\nLINE_RECEIVER_PORT = {line}\n"
        f"ENABLE_UDP_LISTENER = True\nUDP_RECEIVER_INTERFACE = 127.0.0.1\nUDP_RECEIVER_PORT = {line}\n"
        f"PICKLE_RECEIVER_INTERFACE = 127.0.0.1\nPICKLE_RECEIVER_PORT = {pickle}\n"
        f"CACHE_QUERY_INTERFACE = 127.0.0.1\nCACHE_QUERY_PORT = {query}\n"
        "MAX_CREATES_PER_MINUTE = inf\nMAX_UPDATES_PER_SECOND = inf\n"
    )
    daemon("carbon-cache", f"--config={conf}/carbon.conf", "--nodaemon", "start")
    wait_until(lambda: listens(line) and listens(pickle))
    port = pickle if protocol == "pickle" else line
    sink = "*.sink.g.class=org.apache.spark.metrics.sink.GraphiteSink\n*.sink.g.host=127.0.0.1\n*.sink.g.period=1\n"
    program = stream(
        {"metrics.properties": f"{sink}*.sink.g.port={port}\n*.sink.g.protocol={protocol}\n*.sink.g.prefix=spark\n"}
    )
    file = wait_until(lambda: next(iter(conf.glob("data/spark/*/driver/streaming/totalProcessedRecords.wsp")), None))

    def stored():
        text = subprocess.run(["whisper-fetch", "--drop=nulls", str(file)], capture_output=True, text=True).stdout
        values = [float(row.split()[1]) for row in text.splitlines() if len(row.split()) == 2]
        return values and max(values) >= 100

    wait_until(stored)
    program.stop()


def test_prometheus_scrapes_them_and_promtool_finds_nothing_wrong(stream, daemon, tmp_path):
    program = stream()
    address = ui(program)
    request = urllib.request.Request(f"{address}/metrics", headers={"Accept": "text/plain"})

    def page():
        with urllib.request.urlopen(request) as answer:
            text = answer.read().decode()
        return text if "spark_streaming_last_batch_id" in text else None

    text = wait_until(page)
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    # The guide's own names are kept as they are; promtool would have them in snake_case.
    kept = ("streaming_last", "streaming_total", "jvm_gcTime", "jvm_heapMemoryUsed")
    complaints = [line for line in (checked.stdout + checked.stderr).splitlines() if not line.startswith(kept)]
    assert complaints == [], complaints
    config, port = tmp_path / "prometheus.yml", free_port()
    target = address.removeprefix("http://")
    config.write_text(
        "global: {scrape_interval: 1s}\nscrape_configs:\n"
        f"  - {{job_name: firesteel, static_configs: [{{targets: ['{target}']}}]}}\n"
    )
    daemon(
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path}/tsdb",
        f"--web.listen-address=127.0.0.1:{port}",
    )

    def value(query: str):
        url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
        try:
            with urllib.request.urlopen(url) as answer:
                result = json.load(answer)["data"]["result"]
        except OSError:
            return None
        return result and float(result[0]["value"][1])

    assert wait_until(lambda: value('spark_streaming_rows_total{query="clicks"}')) >= 1
    assert wait_until(lambda: value("rate(spark_streaming_batches_total[10s])")) > 0
    assert wait_until(lambda: value("streaming_totalProcessedRecords")) >= 100
    dashboard = json.loads((DEPLOY / "dashboard.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(expressions) > 20
    for expression in expressions:
        query = expression.replace("$instance", ".*").replace("$query", ".*")
        url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(url) as answer:
            assert json.load(answer)["status"] == "success", expression
    program.stop()


def test_the_alert_rules_are_rules():
    done = subprocess.run(["promtool", "check", "rules", str(DEPLOY / "alerts.yml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_gmond_shows_them(stream, daemon, tmp_path):
    udp, tcp = free_port(socket.SOCK_DGRAM), free_port()
    config = tmp_path / "gmond.conf"
    config.write_text(
        "globals { daemonize = no\n setuid = no\n host_dmax = 0\n send_metadata_interval = 0 }\n"
        f'cluster {{ name = "test" }}\nudp_recv_channel {{ port = {udp} }}\ntcp_accept_channel {{ port = {tcp} }}\n'
    )
    daemon("gmond", "-c", config, "-f")
    wait_until(lambda: listens(tcp))
    sink = "*.sink.g.class=org.apache.spark.metrics.sink.GangliaSink\n*.sink.g.host=127.0.0.1\n*.sink.g.mode=unicast\n"
    program = stream({"metrics.properties": f"{sink}*.sink.g.port={udp}\n*.sink.g.period=1\n"})

    def shown():
        with socket.create_connection(("127.0.0.1", tcp)) as connection:
            xml = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        found = re.search(r'NAME="[^"]*driver\.streaming\.totalProcessedRecords" VAL="(\d+)"', xml)
        return found and int(found.group(1)) >= 100

    wait_until(shown)
    program.stop()


def test_a_statsd_server_takes_them(stream, daemon, tmp_path):
    port = free_port(socket.SOCK_DGRAM)
    config, data = tmp_path / "collectd.conf", tmp_path / "csv"
    config.write_text(
        f'Interval 1\nBaseDir "{tmp_path}"\nPIDFile "{tmp_path}/collectd.pid"\nTypesDB "/usr/share/collectd/types.db"\n'
        f'LoadPlugin statsd\nLoadPlugin csv\n<Plugin statsd>\n Host "127.0.0.1"\n Port "{port}"\n</Plugin>\n'
        f'<Plugin csv>\n DataDir "{data}"\n StoreRates false\n</Plugin>\n'
    )
    daemon("collectd", "-f", "-C", config)
    sink = "*.sink.s.class=org.apache.spark.metrics.sink.StatsdSink\n*.sink.s.period=1\n"
    program = stream({"metrics.properties": f"{sink}*.sink.s.port={port}\n"})

    def stored():
        for file in data.glob("*/statsd/gauge-*driver.streaming.totalProcessedRecords*"):
            rows = [line.split(",")[1] for line in file.read_text().splitlines()[1:]]
            if any(row not in ("nan", "") and float(row) >= 100 for row in rows):
                return True
        return False

    wait_until(stored)
    program.stop()
