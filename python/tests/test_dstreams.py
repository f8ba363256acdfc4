"""DStream programs as a user runs them: settings, stopping, what receivers are limited to, and the example."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

START = """
import threading, warnings
warnings.simplefilter("ignore")
from pyspark import SparkConf, SparkContext
from pyspark.streaming import StreamingContext, StreamingListener

def start(**settings):
    conf = SparkConf().setMaster("local[2]").set("spark.ui.enabled", "false")
    for name, value in settings.items():
        conf.set("spark.streaming." + name.replace("__", "."), value)
    return StreamingContext(SparkContext(conf=conf), SECONDS)
"""


@pytest.fixture
def lines() -> Iterator[int]:
    """The port of a server that sends 1000 lines to whoever connects, and stays."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            while True:
                connection, _ = server.accept()
                connection.sendall("".join(f"word{number % 10}\n" for number in range(1000)).encode())
                threading.Thread(target=connection.recv, args=(1,), daemon=True).start()
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


def script(body: str, seconds: float = 0.5) -> str:
    return f"SECONDS = {seconds}\n{START}\n{body}"


def test_concurrent_jobs_run_at_once(python) -> None:
    body = """
ssc = start(concurrentJobs="2")
together, done = threading.Barrier(2, timeout=30), threading.Event()

def meet(_rdd):
    together.wait()
    done.set()

stream = ssc.queueStream([[1]])
stream.foreachRDD(meet)
stream.foreachRDD(meet)
ssc.start()
print(done.wait(60))
ssc.stop()
"""
    assert python("-c", script(body)).stdout == "True\n"


def test_a_batch_has_a_partition_for_each_block(python, lines: int) -> None:
    body = f"""
ssc = start(blockInterval="100ms", receiver__maxRate="400")
partitions, done = [], threading.Event()

def see(rdd):
    partitions.append(rdd.getNumPartitions())
    if max(partitions) > 2:
        done.set()

ssc.socketTextStream("127.0.0.1", {lines}).foreachRDD(see)
ssc.start()
print(done.wait(60), max(partitions) <= 11)
ssc.stop()
"""
    assert python("-c", script(body, 1.0)).stdout == "True True\n"


@pytest.mark.parametrize(
    "settings",
    [{"receiver__maxRate": "200"}, {"backpressure__enabled": "true", "backpressure__initialRate": "200"}],
    ids=["maxRate", "initialRate"],
)
def test_receivers_start_with_their_rate(python, lines: int, settings: dict[str, str]) -> None:
    body = f"""
class Listener(StreamingListener):
    def onBatchCompleted(self, completed):
        counts.append(completed.batchInfo().numRecords())
        if sum(counts) > 0:
            done.set()

counts, done = [], threading.Event()
ssc = start(**{settings!r})
ssc.addStreamingListener(Listener())
ssc.socketTextStream("127.0.0.1", {lines}).foreachRDD(lambda rdd: None)
ssc.start()
print(done.wait(60), counts[0] <= 150)
ssc.stop()
"""
    assert python("-c", script(body)).stdout == "True True\n"


def test_a_graceful_stop_processes_what_was_received(python, lines: int) -> None:
    body = f"""
ssc = start()
counts, some = [], threading.Event()
class Listener(StreamingListener):
    def onReceiverStarted(self, started):
        some.set()
ssc.addStreamingListener(Listener())
ssc.socketTextStream("127.0.0.1", {lines}).foreachRDD(lambda rdd: counts.append(rdd.count()))
ssc.start()
some.wait(60)
while sum(counts) == 0:
    threading.Event().wait(0.05)
ssc.stop(stopSparkContext=False, stopGraceFully=True)
print(sum(counts), ssc.sparkContext.range(3).count())
"""
    assert python("-c", script(body)).stdout == "1000 3\n"


def test_sigterm_stops_gracefully_if_asked_to(tmp_path: Path, lines: int) -> None:
    body = f"""
ssc = start(stopGracefullyOnShutdown="true")
total = [0]
def add(rdd):
    total[0] += rdd.count()
    print("total", total[0], flush=True)
ssc.socketTextStream("127.0.0.1", {lines}).foreachRDD(add)
ssc.start()
ssc.awaitTermination()
"""
    command = [sys.executable, "-c", script(body)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        totals = [process.stdout.readline()]
        while totals[-1] == "total 0\n":  # the lines have not come yet
            totals.append(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        totals += process.stdout.readlines()
        assert process.wait(60) == 128 + signal.SIGTERM
    assert totals[-1] == "total 1000\n"


def test_a_setting_without_effect_is_said(python) -> None:
    body = """
ssc = start(driver__writeAheadLog__class="com.example.Log")
ssc.queueStream([[1]]).foreachRDD(lambda rdd: None)
ssc.start()
ssc.stop()
"""
    said = python("-c", script(body)).stderr
    assert "spark.streaming.driver.writeAheadLog.class has no effect" in said


def test_a_program_of_many_batches_forgets_its_past(python) -> None:
    """Each batch makes a state from the one before; after checkpoints, what is known of the past stays as small as it was."""
    body = """
import gc, tempfile
from firesteel.classic.lineage import Node

ssc = start()
ssc.sparkContext.setCheckpointDir(tempfile.mkdtemp())
sizes, done = [], threading.Event()
def see(rdd):
    rdd.count()
    sizes.append(sum(isinstance(found, Node) for found in gc.get_objects()))
    if len(sizes) == 160:
        done.set()
pairs = ssc.queueStream([], default=ssc.sparkContext.parallelize([("a", 1)], 1))
states = pairs.updateStateByKey(lambda new, old: (old or 0) + len(new), 1)
states.checkpoint(1)
states.foreachRDD(see)
ssc.start()
print(done.wait(90), max(sizes[100:]) < 4 * max(sizes[:60]))
ssc.stop()
"""
    assert python("-c", script(body, 0.05)).stdout == "True True\n"


def test_the_example_counts_words(tmp_path: Path, lines: int) -> None:
    command = [sys.executable, str(ROOT / "examples" / "dstream_word_count.py"), "127.0.0.1", str(lines), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=os.environ) as process:
        assert process.stdout is not None
        counted = ""
        for line in process.stdout:
            counted += line
            if re.search(r"\('word7', 100\)", line):
                break
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        process.wait(60)
    assert counted.startswith("-" * 43 + "\nTime: ")
    assert "('word7', 100)" in counted
