"""A data source written in Python, read as a batch."""
from pyspark.sql import SparkSession
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

spark = SparkSession.builder.getOrCreate()

class Numbers(DataSource):
    @classmethod
    def name(cls):
        return "numbers"

    def schema(self):
        return "n INT, part INT"

    def reader(self, schema):
        return NumbersReader(int(self.options.get("upto", 3)))

class NumbersReader(DataSourceReader):
    def __init__(self, upto):
        self.upto = upto

    def partitions(self):
        return [InputPartition(0), InputPartition(1)]

    def read(self, partition):
        for n in range(self.upto):
            if n % 2 == partition.value:
                yield n, partition.value

spark.dataSource.register(Numbers)
spark.read.format("numbers").option("upto", 5).load().orderBy("n").show()
