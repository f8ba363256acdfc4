"""Functions with too many or too few arguments."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
for call in ("upper()", "upper('a', 'b')", "substring('a')", "abs(1, 2)", "coalesce()", "concat_ws()", "sum()", "count()", "date_add(1)", "round(1, 2, 3)", "array_contains(array(1))", "named_struct('a')", "current_date(1)", "pi(1)"):
    print(call)
    outcome(lambda: spark.sql(f"SELECT {call}").collect())
