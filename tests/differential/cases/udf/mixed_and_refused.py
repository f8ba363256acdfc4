"""Python functions beside windows, joins and aggregates of SQL: what works together and what is refused."""
import pandas as pd
import pyarrow as pa
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
v = spark.sql("SELECT * FROM VALUES (1, 1.0D), (1, 3.0D), (2, 5.0D) AS t(id, v)")

@F.pandas_udf("double")
def largest(v: pd.Series) -> float:
    return v.max()

def attempt(what):
    try:
        print(what())
    except Exception as e:
        print(type(e).__name__, e.getCondition(), e.getMessageParameters().get("joinType", ""))

everything = Window.partitionBy("id").orderBy("v").rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
both = v.withColumn("d", largest("v").over(everything) - F.min("v").over(everything))
print(sorted(map(tuple, both.withColumn("r", F.rank().over(Window.partitionBy("id").orderBy("v"))).collect())))

dice = F.udf(lambda: 4, "int").asNondeterministic()
attempt(lambda: v.groupBy("id").agg(F.sum(dice())).collect())
attempt(lambda: v.agg(F.sum(dice() + 1)).collect())
attempt(lambda: v.groupBy("id").agg(largest("v"), F.sum("v")).collect())
attempt(lambda: v.groupBy("id").agg(largest(F.sum("v"))).collect())

left, right = spark.createDataFrame([(1,)], ["a"]), spark.createDataFrame([(1,)], ["b"])
equal = F.udf(lambda a, b: a == b, "boolean")
attempt(lambda: left.join(right, equal("a", "b"), "full").collect())
spark.conf.set("spark.sql.crossJoin.enabled", "false")
attempt(lambda: left.join(right, equal("a", "b")).collect())
spark.conf.unset("spark.sql.crossJoin.enabled")
attempt(lambda: left.join(right, equal("a", "b")).collect())
named = left.join(left.select("a"), "a", "left")
print(named.withColumn("x", F.udf(lambda a: str(a))(named.a)).filter("x = '1'").collect())

def empty(batches):
    yield pa.RecordBatch.from_pandas(pd.DataFrame({"a": []}))

print(v.mapInArrow(empty, "a int").collect())

def offsets(batches):
    for batch in batches:
        yield pa.RecordBatch.from_pydict({"type": [str(t) for t in batch.schema.types]})

texts = spark.createDataFrame([("a", bytearray(b"b"))], ["s", "b"])
for large in ("true", "false"):
    spark.conf.set("spark.sql.execution.arrow.useLargeVarTypes", large)
    print(texts.mapInArrow(offsets, "type string").collect())
    shape = F.arrow_udf(lambda a: pa.array([str(a.type)] * len(a)), "string")
    print(texts.select(shape("s"), shape("b"), shape(F.array("s"))).first())

v.createOrReplaceTempView("table")
print(spark.sql("SELECT count(*) FROM table").collect(), spark.sql("SELECT max(id) FROM table t").collect())
spark.conf.set("spark.sql.execution.arrow.enabled", "false")
print(spark.conf.get("spark.sql.execution.arrow.pyspark.enabled"))
spark.conf.unset("spark.sql.execution.arrow.enabled")

@F.arrow_udtf(returnType="x int")
class Same:
    def eval(self, x: pa.Array):
        yield pa.table({"x": x.cast(pa.int32())})

spark.udtf.register("same", Same)
attempt(lambda: spark.sql("SELECT v.id, f.x FROM table v, LATERAL same(v.id) f").collect())
