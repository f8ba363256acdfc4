"""Errors are instances of the exception classes that scripts catch."""
from pyspark.errors import AnalysisException, ArithmeticException, ArrayIndexOutOfBoundsException, DateTimeException, NumberFormatException, ParseException, PySparkException, SparkRuntimeException
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for text, kind in (("SELECT nope", AnalysisException), ("SELEC", ParseException), ("SELECT 1 / 0", ArithmeticException), ("SELECT array(1)[5]", ArrayIndexOutOfBoundsException), ("SELECT cast('x' AS DATE)", DateTimeException), ("SELECT cast('x' AS INT)", NumberFormatException), ("SELECT raise_error('x')", SparkRuntimeException)):
    try:
        spark.sql(text).collect()
    except kind as error:
        print(kind.__name__, isinstance(error, PySparkException), isinstance(error, AnalysisException), isinstance(error, ParseException))
