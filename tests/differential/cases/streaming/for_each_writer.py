"""foreach with open, process and close: the epoch is the batch id."""
import os
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1", "2")
write("in/b.csv", "3")
os.makedirs(path("out"))
target = path("out")

class Writer:
    def open(self, partition_id, epoch_id):
        self.lines = []
        self.name = f"{target}/{epoch_id}"
        return True

    def process(self, row):
        self.lines.append(str(row.id))

    def close(self, error):
        if self.lines:
            with open(self.name, "w") as file:
                file.write(" ".join(self.lines) + f" {error}")

df = spark.readStream.schema("id INT").option("maxFilesPerTrigger", 1).csv(path("in"))
df.writeStream.foreach(Writer()).trigger(availableNow=True).start().awaitTermination()
for name in sorted(os.listdir(target)):
    print(name, open(f"{target}/{name}").read())
