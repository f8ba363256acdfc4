"""mapInPandas and mapInArrow on batches: more rows, fewer rows, other columns."""
import pandas as pd
import pyarrow as pa
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a"), (2, "b"), (3, "c")], "id INT, s STRING")

def repeat(frames):
    for frame in frames:
        yield pd.DataFrame({"s": frame.s.repeat(2), "n": frame.id.repeat(2)})

def nothing(frames):
    for frame in frames:
        yield frame[frame.id > 100]

def arrow(batches):
    for batch in batches:
        yield pa.RecordBatch.from_pydict({"t": [v + "!" for v in batch.column("s").to_pylist()]})

df.mapInPandas(repeat, "s STRING, n INT").orderBy("n").show()
df.mapInPandas(nothing, df.schema).show()
df.mapInArrow(arrow, "t STRING").orderBy("t").show()
