"""Options of to_json and from_json, schemas of other kinds."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, IntegerType, MapType, StringType, StructType

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([('{"a": 1, "b": "x", "t": "2024-01-02 03:04"}', '[1, 2, null]', '{"k": 5}')], ["o", "l", "m"])
df.select(
    F.from_json("o", StructType().add("a", IntegerType()).add("b", StringType())).alias("s"), F.from_json("l", ArrayType(IntegerType())).alias("l"), F.from_json("m", MapType(StringType(), IntegerType())).alias("m"), F.from_json("o", "t TIMESTAMP", {"timestampFormat": "yyyy-MM-dd HH:mm"}).alias("t"),
    F.from_json("o", F.schema_of_json(F.lit('{"a": 1, "b": "x"}'))).alias("i"), F.get_json_object("o", "$.b").alias("g"), F.json_array_length("l").alias("n"), F.json_object_keys("o").alias("k"),
).show(truncate=False)
df.select(F.json_tuple("o", "a", "b", "zz").alias("a", "b", "z")).show()
print(spark.range(1).select(F.to_json(F.struct(F.lit(1).alias("a"), F.lit(None).alias("n"), F.array(F.lit(1.5)).alias("l")), {"pretty": "true", "ignoreNullFields": "false"}).alias("j")).first().j)
print(spark.range(1).select(F.schema_of_json('[{"a": 1.5}, {"b": true}]')).first()[0])
