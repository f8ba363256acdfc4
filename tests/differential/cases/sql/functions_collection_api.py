"""Collection functions of pyspark.sql.functions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT array(3, 1, NULL, 3) AS a, array(1, 5) AS b, map('x', 1, 'y', 2) AS m, array(array(1), array(2, 3)) AS n")
for column in (
    F.size("a"), F.array_contains("a", 1), F.array_distinct("a"), F.array_except("a", "b"), F.array_intersect("a", "b"), F.array_union("a", "b"), F.array_join("a", ","), F.array_join("a", ",", "?"), F.array_max("a"), F.array_min("a"), F.array_position("a", 3), F.array_remove("a", 3), F.array_repeat(F.lit("z"), 2), F.array_sort("a"), F.sort_array("a", asc=False), F.arrays_overlap("a", "b"),
    F.arrays_zip("a", "b"), F.concat("a", "b"), F.element_at("a", 1), F.element_at("m", F.lit("y")), F.flatten("n"), F.map_keys("m"), F.map_values("m"), F.map_entries("m"), F.map_from_arrays(F.array(F.lit("p")), F.array(F.lit(1))), F.map_concat("m", F.create_map(F.lit("z"), F.lit(9))), F.reverse("a"), F.sequence(F.lit(1), F.lit(7), F.lit(3)), F.slice("a", 2, 2), F.array_insert("b", 2, F.lit(7)), F.array_append("b", 9), F.array_prepend("b", 0), F.array_compact("a"), F.array_size("a"), F.get("a", 5), F.cardinality("m"), F.map_contains_key("m", "x"), F.str_to_map(F.lit("a:1"), F.lit(","), F.lit(":")), F.struct("a", "b"), F.named_struct(F.lit("q"), "b"),
):
    print(df.select(column.alias("r")).first()[0])
