"""explain prints something in every mode; what, is the engine's affair."""
import io
from contextlib import redirect_stdout
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.range(10).where("id > 5").groupBy().count()
for call in (lambda: df.explain(), lambda: df.explain(True), lambda: df.explain("simple"), lambda: df.explain("formatted"), lambda: df.explain(mode="extended")):
    buffer = io.StringIO()
    with redirect_stdout(buffer):
        call()
    print("== Physical Plan ==" in buffer.getvalue())
print("plan" in spark.sql("EXPLAIN SELECT 1").columns)
