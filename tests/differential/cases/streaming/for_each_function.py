"""foreach with a function: every row once, in the workers."""
import os
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,one", "2,two", "3,three")
os.makedirs(path("out"))
target = path("out")

def store(row):
    with open(f"{target}/{row.id}", "w") as file:
        file.write(row.word.upper())

df = spark.readStream.schema("id INT, word STRING").csv(path("in"))
df.writeStream.foreach(store).trigger(availableNow=True).start().awaitTermination()
for name in sorted(os.listdir(target)):
    print(name, open(f"{target}/{name}").read())
