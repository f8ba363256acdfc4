"""Word count on the console in complete mode, two batches."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "to be or not to be")
write("in/b.txt", "to go")
lines = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in"))
words = lines.select(F.explode(F.split("value", " ")).alias("word"))
counts = words.groupBy("word").count().orderBy(F.desc("count"), "word")
counts.writeStream.outputMode("complete").format("console").trigger(availableNow=True).start().awaitTermination()
