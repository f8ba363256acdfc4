"""The query context of an error: the fragment and the call."""
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from outcome import brief

spark = SparkSession.builder.getOrCreate()
spark.range(1).createOrReplaceTempView("t")
for text in ("SELECT id, 1 / 0 FROM t", "SELECT  nope\n  FROM t", "SELECT cast('x' AS INT)", "SELECT upper(id, id) FROM t"):
    try:
        spark.sql(text).collect()
    except PySparkException as error:
        print(brief(error))
        for context in error.getQueryContext():
            print(" ", context.contextType().name, repr(context.objectType()), repr(context.objectName()), context.startIndex(), context.stopIndex(), repr(context.fragment()))
