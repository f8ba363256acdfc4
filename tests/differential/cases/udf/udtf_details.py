"""Table functions: analyze, several rows, arguments by name, errors."""
from pyspark.sql import SparkSession
from pyspark.sql.functions import AnalyzeArgument, AnalyzeResult, lit, udtf
from pyspark.sql.types import IntegerType, StructType

spark = SparkSession.builder.getOrCreate()

@udtf
class Wide:
    @staticmethod
    def analyze(n: AnalyzeArgument) -> AnalyzeResult:
        schema = StructType()
        for i in range(n.value):
            schema = schema.add(f"c{i}", IntegerType())
        return AnalyzeResult(schema=schema)

    def eval(self, n):
        yield tuple(range(n))

Wide(lit(3)).show()

@udtf(returnType="a: int, b: string")
class Named:
    def eval(self, a, b="none"):
        yield a, b

Named(lit(1), b=lit("x")).show()
spark.udtf.register("named_rows", Named)
spark.sql("SELECT * FROM named_rows(b => 'q', a => 5)").show()

@udtf(returnType="a: int")
class Fails:
    def eval(self):
        raise ValueError("nothing here")

try:
    Fails().collect()
except Exception as error:
    print("nothing here" in str(error))
