"""User-defined table functions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()

@F.udtf(returnType="n: int, square: int")
class Squares:
    def eval(self, start: int, end: int):
        for n in range(start, end + 1):
            yield n, n * n

@F.udtf(returnType="word: string")
class Words:
    def eval(self, text: str):
        for word in text.split():
            yield (word,)

    def terminate(self):
        yield ("<end>",)

Squares(F.lit(1), F.lit(3)).show()
spark.udtf.register("words", Words)
spark.sql("SELECT * FROM words('to be or')").orderBy("word").show()
spark.sql("SELECT id, word FROM range(2), LATERAL words(concat('w', id)) ORDER BY id, word").show()
