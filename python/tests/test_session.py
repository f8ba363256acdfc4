"""Sessions on an engine of the driver's own live as classic PySpark's do."""

import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from firesteel import session as sessions
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException, PySparkRuntimeError
from pyspark.sql import SparkSession


@pytest.fixture
def spark() -> Iterator[Any]:
    """A session."""
    spark = SparkSession.builder.appName("tests").master("local[2]").config("spark.x", "1").getOrCreate()
    yield spark
    spark.stop()


def test_the_first_session_is_the_active_one_for_everyone(spark: Any) -> None:
    assert SparkSession.builder.getOrCreate() is spark
    assert SparkSession.getActiveSession() is spark and SparkSession.active() is spark
    assert spark.range(5).count() == 5


def test_options_of_a_later_builder_change_the_session(spark: Any) -> None:
    assert spark.conf.get("spark.x") == "1"
    SparkSession.builder.config("spark.sql.shuffle.partitions", "7").getOrCreate()
    assert spark.conf.get("spark.sql.shuffle.partitions") == "7"


def test_a_new_session_shares_the_engine_but_not_settings_and_views(spark: Any) -> None:
    spark.conf.set("spark.sql.shuffle.partitions", "7")
    spark.range(1).createOrReplaceTempView("mine")
    other = spark.newSession()
    assert other.session_id != spark.session_id
    assert other.conf.get("spark.x") == "1" and other.conf.get("spark.sql.shuffle.partitions") == "200"
    assert not other.catalog.tableExists("mine")
    assert other.sparkContext is spark.sparkContext


def test_stop_ends_the_engine_and_all_sessions(spark: Any) -> None:
    other = spark.newSession()
    engine = sessions.running().engine
    other.stop()
    assert not engine.is_running and spark.is_stopped
    assert SparkSession.getActiveSession() is None
    fresh = SparkSession.builder.getOrCreate()
    assert sessions.running().engine is not engine
    assert fresh.range(3).count() == 3
    fresh.stop()


def test_an_engine_that_was_killed_is_replaced_by_the_next_session(spark: Any) -> None:
    engine = sessions.running().engine
    os.kill(engine._process.pid, signal.SIGKILL)
    engine._process.wait()
    fresh = SparkSession.builder.getOrCreate()
    assert fresh.range(3).count() == 3
    fresh.stop()


def test_a_script_that_waits_is_told_when_the_engine_is_gone(spark: Any) -> None:
    query = spark.readStream.format("rate").load().writeStream.format("noop").start()
    engine = sessions.running().engine
    killer = threading.Timer(0.2, os.kill, (engine._process.pid, signal.SIGKILL))
    killer.start()
    begun = time.monotonic()
    with pytest.raises(PySparkException, match="engine of this application has ended: .*signal 9"):
        query.awaitTermination()
    with pytest.raises(PySparkException, match="has ended"):
        spark.range(3).count()
    assert time.monotonic() - begun < 15
    killer.join()


def test_an_interrupt_in_the_terminal_does_not_end_the_engine(spark: Any) -> None:
    os.kill(sessions.running().engine._process.pid, signal.SIGINT)
    assert spark.range(3).count() == 3


def test_the_context_describes_the_application(spark: Any) -> None:
    sc = spark.sparkContext
    assert isinstance(sc, SparkContext) and SparkContext.getOrCreate() is sc
    assert (sc.master, sc.appName, sc.defaultParallelism) == ("local[2]", "tests", 2)
    assert sc.version.startswith("4.2") and sc.applicationId.startswith("local-")
    assert sc.getConf().get("spark.x") == "1"
    sc.setLogLevel("ERROR")
    assert sc.parallelize([1]).collect() == [1]
    sc.stop()
    assert spark.is_stopped


def test_a_context_can_come_first() -> None:
    with SparkContext("local[1]", "first", conf=SparkConf().set("spark.y", "2")) as sc:
        with pytest.raises(ValueError, match="multiple SparkContexts"):
            SparkContext("local[1]", "second")
        spark = SparkSession.builder.getOrCreate()
        assert SparkSession(sc) is spark
        assert spark.sparkContext is sc and spark.conf.get("spark.y") == "2"


def test_the_builder_accepts_a_conf() -> None:
    spark = SparkSession.builder.config(conf=SparkConf().setAppName("by conf").setMaster("local[1]")).getOrCreate()
    assert spark.sparkContext.appName == "by conf"
    spark.stop()


def test_master_together_with_a_remote_is_refused_as_the_client_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://localhost:1")
    with pytest.raises(PySparkRuntimeError, match="CANNOT_CONFIGURE_SPARK_CONNECT_MASTER"):
        SparkSession.builder.master("local")


def test_no_one_connects_without_the_token(spark: Any) -> None:
    import grpc
    from firesteel.channel import OPTIONS
    from pyspark.sql.connect.proto import ConfigRequest
    from pyspark.sql.connect.proto.base_pb2_grpc import SparkConnectServiceStub

    with grpc.insecure_channel(sessions.running().engine.address, OPTIONS) as channel:
        with pytest.raises(grpc.RpcError) as refused:
            SparkConnectServiceStub(channel).Config(ConfigRequest(session_id=spark.session_id))
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_a_script_ends_quietly_and_leaves_nothing_behind(python, tmp_path) -> None:
    code = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").getOrCreate()
print(spark.range(4).count(), flush=True)
"""
    done = python("-c", code, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.stdout == "4\n"
    assert re.fullmatch(r"Spark context Web UI available at http://localhost:\d+\n", done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_the_shell_has_spark_and_sc(run, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from firesteel.engine import find_binary

    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    done = run(find_binary(), "shell", "--master", "local[3]", input="print(sc.master, spark.range(6).count())\n")
    assert "local[3] 6" in done.stdout
