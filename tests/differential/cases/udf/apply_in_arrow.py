"""applyInArrow over groups and cogroups."""
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("a", 1), ("a", 3), ("b", 10)], "k STRING, v LONG")

def total(key, table):
    return pa.Table.from_pydict({"k": [key[0].as_py()], "sum": [pc.sum(table["v"]).as_py()]})

def both(left, right):
    return pa.Table.from_pydict({"n": [left.num_rows], "m": [right.num_rows]})

df.groupBy("k").applyInArrow(total, "k STRING, sum LONG").orderBy("k").show()
df.groupBy("k").cogroup(df.where("v > 1").groupBy("k")).applyInArrow(both, "n LONG, m LONG").orderBy("n").show()
