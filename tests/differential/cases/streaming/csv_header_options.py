"""CSV options on a stream: header, separator, null value, quote."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "id;name;score", "1;'a;b';1.5", "2;NA;2.5")
df = (
    spark.readStream.schema("id INT, name STRING, score DOUBLE")
    .option("header", True).option("sep", ";").option("nullValue", "NA").option("quote", "'")
    .csv(path("in"))
)
query = df.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show()
