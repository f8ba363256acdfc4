"""The ways to give a stream reader its format, options and schema."""
from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "id|word", "1|one")
schema = StructType([StructField("id", IntegerType()), StructField("word", StringType())])
a = spark.readStream.format("csv").schema(schema).options(header=True, sep="|").load(path("in"))
b = spark.readStream.load(path("in"), format="csv", schema="id INT, word STRING", header="true", sep="|")
c = spark.readStream.format("csv").schema(schema).option("header", "true").option("sep", "|").option("path", path("in")).load()
for name, df in (("a", a), ("b", b), ("c", c)):
    df.writeStream.format("memory").queryName(name).trigger(availableNow=True).start().awaitTermination()
    print(name, spark.table(name).collect())
outcome(lambda: spark.readStream.schema("id INTEGERS").csv(path("in")).schema)
outcome(lambda: spark.readStream.format("csv").schema(schema).load("").schema)
