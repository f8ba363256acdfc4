"""IDENTIFIER(..) and EXECUTE IMMEDIATE with texts from parameters and variables."""

from outcome import outcome
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def rows(text, **kwargs):
    frame = spark.sql(text, **kwargs)
    print(frame.columns, [tuple(row) for row in frame.collect()])


spark.range(3).createOrReplaceTempView("numbers")
rows("SELECT IDENTIFIER('id') FROM IDENTIFIER('num' || 'bers') ORDER BY 1")
rows("SELECT IDENTIFIER('numbers.id') FROM numbers ORDER BY 1")
rows("SELECT IDENTIFIER('abs')(-1), IDENTIFIER(:f)(2.4)", args={"f": "round"})
rows("SELECT IDENTIFIER(:c) AS x FROM IDENTIFIER(:t) ORDER BY x", args={"c": "id", "t": "numbers"})
rows("SELECT IDENTIFIER(?) AS x FROM numbers WHERE id > ? ORDER BY x", args=["id", 1])
spark.sql("DECLARE query STRING DEFAULT 'SELECT max(id) AS m FROM numbers'")
rows("EXECUTE IMMEDIATE query")
spark.sql("DECLARE found INT")
spark.sql("EXECUTE IMMEDIATE query INTO found")
rows("SELECT found")
spark.sql("EXECUTE IMMEDIATE 'SELECT ? + ?' INTO found USING 40, 2")
rows("SELECT found")
spark.sql("EXECUTE IMMEDIATE 'SET VAR found = 7'")
rows("SELECT found")
outcome(lambda: spark.sql("SELECT IDENTIFIER('nope') FROM numbers").collect())
