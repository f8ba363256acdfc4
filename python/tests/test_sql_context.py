"""What classic programs use beside DataFrames: the entry points of Spark 1, accumulators, how they are connected."""

import subprocess
import sys

SCRIPT = """
from pyspark import HiveContext, SparkContext, SQLContext

sc = SparkContext("local[2]", "old")
sql = SQLContext(sc)
sql.createDataFrame([(1, "a")], ["i", "s"]).createOrReplaceTempView("t")
sql.registerFunction("text", lambda value: f"<{value}>")
print(sql.sql("SELECT text(i) AS x FROM t").collect(), sql.tableNames(), sql.tables().columns)
sql.cacheTable("t")
sql.clearCache()
print(SQLContext.getOrCreate(sc) is sql, sql.newSession().tableNames())
print(HiveContext(sc).table("t").count(), sql.read.table("t").count(), sql.streams.active)
sc.stop()
other = SparkContext("local[1]", "next")
print(SQLContext.getOrCreate(other) is sql)
other.stop()
"""

REMOTE = """
from pyspark.sql import SparkSession, is_remote

for builder in (SparkSession.builder.remote("local[2]"), SparkSession.builder.master("local[2]")):
    spark = builder.getOrCreate()
    print(is_remote(), spark.range(2).count())
    spark.stop()
    SparkSession.builder._options.clear()
"""


def _run(script: str) -> list[str]:
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_sql_context_does_what_it_did_in_spark_1() -> None:
    assert _run(SCRIPT) == [
        "[Row(x='<1>')] ['t'] ['namespace', 'tableName', 'isTemporary']",
        "True []",
        "1 1 []",
        "False",
    ]


def test_an_engine_that_was_asked_for_as_a_remote_is_one() -> None:
    assert _run(REMOTE) == ["True 2", "False 2"]


ACCUMULATED = """
from pyspark import SparkContext
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

spark = SparkSession.builder.master("local[2]").getOrCreate()
seen = spark.sparkContext.accumulator(0)


def count(x):
    seen.add(1)
    return x


spark.range(5).select(udf(count, "long")("id")).collect()
print(seen.value)
"""


def test_functions_of_queries_add_to_accumulators_where_no_rdd_ever_ran() -> None:
    assert _run(ACCUMULATED) == ["5"]
