import datetime
import decimal

from pyspark.sql import Row, SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
elements = [
    None,
    True,
    1 << 100,
    1.5,
    float("inf"),
    1j,
    "ü",
    b"\x00",
    (1, (2,)),
    [1, [2]],
    {"a": {1}},
    {1, 2},
    range(3),
    decimal.Decimal("1.50"),
    datetime.date(2024, 2, 29),
    datetime.timedelta(1),
    Row(a=1, b="x"),
    len,
    ValueError("v"),
]
rdd = sc.parallelize(elements, 4)
print([repr(element) for element in rdd.collect()] == [repr(element) for element in elements])
print(rdd.map(lambda x: type(x).__name__).collect())
print(rdd.map(lambda x: (type(x).__name__, 1)).reduceByKey(lambda x, y: x + y).sortByKey().collect())
