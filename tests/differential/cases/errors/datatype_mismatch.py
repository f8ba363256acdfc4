"""Arguments of the wrong type."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
for e in ("array(1) + 1", "NOT 5", "1 AND true", "true + true", "upper(array(1))", "sum('a', 1)", "sqrt(DATE '2024-01-01')", "explode(1)", "array_contains(array(1), 'x')", "CASE WHEN 1 THEN 2 END", "if('a', 1, 2)", "-'a'", "- array(1)", "DATE '2024-01-01' + DATE '2024-01-02'", "named_struct(1, 2)", "map_keys(array(1))", "1 IN ('a', array(1))", "array(1, array(2))", "size(5)", "element_at(5, 1)", "transform(1, x -> x)"):
    print(e)
    outcome(lambda: spark.sql(f"SELECT {e}").collect())
