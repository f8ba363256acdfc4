"""Functions of streaming queries whose client is connected to a server: they run on the server's side."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from firesteel.engine import find_binary

SCRIPT = """
import sys
from pathlib import Path
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

source, target, checkpoint = map(Path, sys.argv[1:4])
spark = SparkSession.builder.remote(sys.argv[4]).getOrCreate()
numbers = spark.readStream.schema("id LONG").option("maxFilesPerTrigger", 1).json(str(source))


def run_out(writer, name):
    options = {"checkpointLocation": str(checkpoint / name)}
    query = writer.options(**options).trigger(availableNow=True).start()
    assert query.awaitTermination(60)
"""


@pytest.fixture(params=[None, "a token"], ids=["open", "token"])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server of its own, with and without a token; the address for clients."""
    token = request.param
    flags = ["--no-token"] if token is None else ["--token", token]
    command = [find_binary(), "server", "--bind", "127.0.0.1:0", *flags]
    # Functions are pickled by this interpreter.
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    address = re.search(r"sc://localhost:\d+", process.stdout.readline())
    assert address is not None
    yield f"{address.group()}/" + ("" if token is None else ";token=" + quote(token))
    process.terminate()
    process.wait()


@pytest.fixture
def run(server: str, tmp_path: Path) -> Any:
    """Runs code as a client of the server, with a stream of two batches; gives what it printed."""
    for name in ("source", "target", "checkpoint"):
        (tmp_path / name).mkdir()
    for first in (0, 3):
        lines = (f'{{"id": {id}}}\n' for id in range(first, first + 3))
        (tmp_path / "source" / f"{first}.json").write_text("".join(lines))

    def run(code: str) -> str:
        paths = [str(tmp_path / name) for name in ("source", "target", "checkpoint")]
        script = tmp_path / "client.py"
        script.write_text(SCRIPT + code)
        environment = {key: value for key, value in os.environ.items() if key != "SPARK_REMOTE"}
        command = [sys.executable, str(script), *paths, server]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_function_of_batches_runs_on_the_servers_side_in_the_same_session(run: Any) -> None:
    printed = run("""
factor = 10

def keep(batch, batch_id):
    batch.selectExpr(f"id * {factor} AS id").createOrReplaceTempView(f"batch_{batch_id}")

run_out(numbers.writeStream.foreachBatch(keep), "batches")
print([sorted(row.id for row in spark.table(f"batch_{batch}").collect()) for batch in (0, 1)])
""")
    assert printed == "[[0, 10, 20], [30, 40, 50]]\n"


def test_what_goes_wrong_in_a_function_ends_the_query_and_not_the_server(run: Any) -> None:
    printed = run("""
class Unreadable:
    def __reduce__(self):
        return fail, ()

def fail():
    raise ValueError("cannot be unpickled")

def attempt(function, name):
    try:
        run_out(numbers.writeStream.foreachBatch(function), name)
    except Exception as error:
        print(type(error).__name__, error.getCondition(), next((word for word in words if word in str(error)), str(error)))

words = ["not this batch", "exit status: 3", "cannot be unpickled"]
unreadable = Unreadable()
attempt(lambda batch, batch_id: exec("raise ValueError('not this batch')"), "raises")
attempt(lambda batch, batch_id: exec("import os; os._exit(3)"), "exits")
attempt(lambda batch, batch_id: print(unreadable), "unreadable")
print(spark.range(3).count())
""")
    assert printed.splitlines() == [
        "StreamingQueryException STREAM_FAILED not this batch",
        "StreamingQueryException STREAM_FAILED exit status: 3",
        "SparkException STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE cannot be unpickled",
        "3",
    ]


def test_a_function_of_rows_runs_in_the_workers_of_the_server(run: Any) -> None:
    printed = run("""
run_out(numbers.writeStream.foreach(lambda row: (target / str(row.id)).touch()), "rows")
print(sorted(path.name for path in target.iterdir()))
""")
    assert printed == "['0', '1', '2', '3', '4', '5']\n"


def test_a_listener_that_was_sent_hears_everything(run: Any) -> None:
    """As clients before 4.0 do; those of today run their listeners themselves."""
    printed = run("""
import time
from pyspark import cloudpickle
from pyspark.sql.connect.proto import StreamingQueryManagerCommand
from pyspark.sql.streaming import StreamingQueryListener

class Listener(StreamingQueryListener):
    def onQueryStarted(self, event):
        (target / "0 started").touch()
    def onQueryProgress(self, event):
        (target / f"1 progress {event.progress.batchId}").touch()
    def onQueryTerminated(self, event):
        (target / f"2 ended {event.exception}").touch()

def command(**fields):
    message = StreamingQueryManagerCommand()
    for field in ("add_listener", "remove_listener"):
        if field in fields:
            getattr(message, field).id = "mine"
    if "add_listener" in fields:
        payload = message.add_listener.python_listener_payload
        payload.command, payload.python_ver = cloudpickle.dumps(Listener()), "%d.%d" % sys.version_info[:2]
    if "list_listeners" in fields:
        message.list_listeners = True
    return spark.streams._execute_streaming_query_manager_cmd(message)

command(add_listener=True)
print(list(command(list_listeners=True).list_listeners.listener_ids))
run_out(numbers.writeStream.format("noop"), "listened")
while not (target / "2 ended None").exists():
    time.sleep(0.01)
print(sorted(path.name for path in target.iterdir()))
print(command(remove_listener=True).remove_listener, list(command(list_listeners=True).list_listeners.listener_ids))
""")
    assert printed.splitlines() == [
        "['mine']",
        "['0 started', '1 progress 0', '1 progress 1', '2 ended None']",
        "True []",
    ]


def test_a_session_that_only_the_builder_says_is_on_a_server_is_remote(run: Any) -> None:
    assert run("from pyspark.sql import is_remote\nprint(is_remote())").splitlines()[-1] == "True"
