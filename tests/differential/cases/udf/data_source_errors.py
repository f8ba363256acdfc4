"""Data sources written in Python: schemas, partitions, writers, refusals."""

from outcome import outcome
from pyspark.sql import SparkSession
from pyspark.sql.datasource import DataSource, DataSourceReader, DataSourceWriter, InputPartition, WriterCommitMessage

spark = SparkSession.builder.getOrCreate()


class Reader(DataSourceReader):
    def __init__(self, schema, options):
        self.schema, self.options = schema, options

    def partitions(self):
        if self.options.get("fail") == "partitions":
            raise ValueError("no partitions")
        return [InputPartition(i) for i in range(3)]

    def read(self, partition):
        if self.options.get("fail") == "read":
            raise ValueError("no rows")
        for i in range(2):
            yield (partition.value, f"{partition.value}-{i}", self.options.get("path"))[: len(self.schema.fields)]


class Writer(DataSourceWriter):
    def __init__(self, overwrite, path):
        self.overwrite, self.path = overwrite, path

    def write(self, iterator):
        count = sum(1 for _ in iterator)
        message = WriterCommitMessage()
        message.count = count
        return message

    def commit(self, messages):
        with open(self.path, "w") as f:
            f.write(f"{self.overwrite} {sum(m.count for m in messages)}")


class Source(DataSource):
    @classmethod
    def name(cls):
        return "own"

    def schema(self):
        if self.options.get("fail") == "schema":
            raise ValueError("no schema")
        return "n INT, s STRING, path STRING"

    def reader(self, schema):
        if self.options.get("fail") == "reader":
            raise ValueError("no reader")
        return Reader(schema, self.options)

    def writer(self, schema, overwrite):
        return Writer(overwrite, self.options["path"])


spark.dataSource.register(Source)
read = spark.read.format("own")
print(read.load().schema.simpleString())
print(sorted(tuple(row) for row in read.load("here").collect()))
print(sorted(tuple(row) for row in read.load().filter("n = 1").select("s").collect()))
print(sorted(tuple(row) for row in spark.read.format("OWN").schema("n INT, s STRING").load().collect()))
print(read.load().groupBy("n").count().orderBy("n").collect())
for what in ("schema", "reader", "partitions"):
    outcome(lambda what=what: spark.read.format("own").option("fail", what).load().collect(), without=["msg"])
import os
import tempfile

target = os.path.join(tempfile.mkdtemp(), "written")
spark.range(5).write.format("own").mode("append").save(target)
print(open(target).read())
spark.range(7).write.format("own").mode("overwrite").option("path", target).save()
print(open(target).read())
outcome(lambda: spark.range(1).write.format("own").save(target))
