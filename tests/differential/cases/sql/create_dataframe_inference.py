"""Types that are inferred from Python values."""
import datetime
import decimal
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
values = {
    "bool": True, "int": 1, "float": 1.5, "str": "x", "bytes": b"x", "bytearray": bytearray(b"y"), "date": datetime.date(2024, 1, 2), "datetime": datetime.datetime(2024, 1, 2, 3, 4, 5, 6),
    "delta": datetime.timedelta(days=1, seconds=5), "decimal": decimal.Decimal("1.10"), "list": [1, None], "tuple": (1, "a"), "dict": {"k": 1.5}, "nested": [{"a": [1]}],
}
for name, value in values.items():
    df = spark.createDataFrame([(value,)], ["v"])
    print(name, df.schema["v"].dataType.simpleString(), df.first()[0])
