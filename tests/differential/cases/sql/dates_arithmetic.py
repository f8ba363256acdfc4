"""Adding to dates, differences, month ends."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
date_add(DATE '2024-02-28', 2)
date_sub(DATE '2024-03-01', 1)
dateadd(DATE '2024-03-01', 1)
DATE '2024-01-31' + 1
DATE '2024-03-01' - 1
DATE '2024-03-01' - DATE '2024-02-01'
datediff(DATE '2024-03-01', DATE '2024-02-01')
date_diff('2024-03-01', '2024-02-01')
add_months(DATE '2024-01-31', 1)
add_months(DATE '2024-02-29', -12)
add_months('2024-02-29', 1)
months_between(DATE '2024-03-31', DATE '2024-02-29')
months_between(TIMESTAMP '2024-03-15 12:00:00', DATE '2024-02-14')
months_between('2024-03-15 12:00:00', '2024-02-14', false)
last_day(DATE '2024-02-01')
next_day(DATE '2024-02-29', 'MO')
next_day(DATE '2024-02-29', 'xx')
trunc(DATE '2024-05-17', 'YEAR')
trunc(DATE '2024-05-17', 'MM')
trunc(DATE '2024-05-17', 'week')
trunc(DATE '2024-05-17', 'QUARTER')
trunc(DATE '2024-05-17', 'nope')
date_trunc('HOUR', TIMESTAMP '2024-05-17 10:45:33.123')
date_trunc('DAY', TIMESTAMP '2024-05-17 10:45:33')
date_trunc('week', DATE '2024-05-17')
date_trunc('MILLISECOND', TIMESTAMP '2024-05-17 10:45:33.123456')
make_date(2024, 2, 29)
make_date(2023, 2, 29)
date_from_unix_date(19000)
unix_date(DATE '2024-01-01')
""")
