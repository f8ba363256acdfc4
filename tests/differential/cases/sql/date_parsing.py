"""to_timestamp and to_date with many patterns and inputs."""
from pyspark.sql import SparkSession
from outcome import brief

spark = SparkSession.builder.getOrCreate()
for text, pattern in (("2024-02-09", "yyyy-MM-dd"), ("2024-2-9", "yyyy-M-d"), ("2024-2-9", "yyyy-MM-dd"), ("09.02.24", "dd.MM.yy"), ("Feb 9 2024", "MMM d yyyy"), ("February 9, 2024", "MMMM d, yyyy"), ("Fri, 09 Feb 2024", "EEE, dd MMM yyyy"), ("2024-040", "yyyy-DDD"), ("3:04 PM 09/02/2024", "h:mm a dd/MM/yyyy"), ("20240209T030405", "yyyyMMdd'T'HHmmss"), ("2024-02-09 03:04:05.1", "yyyy-MM-dd HH:mm:ss.S"), ("2024-02-09 03:04:05.123456", "yyyy-MM-dd HH:mm:ss.SSSSSS"), ("2024-02-09T03:04:05+02:00", "yyyy-MM-dd'T'HH:mm:ssXXX"), ("2024-02-09 03:04:05 UTC", "yyyy-MM-dd HH:mm:ss z"), ("2024-02-09 extra", "yyyy-MM-dd"), (" 2024-02-09", "yyyy-MM-dd"), ("2024", "yyyy"), ("02/2024", "MM/yyyy"), ("2024-02-30", "yyyy-MM-dd"), ("24:00", "HH:mm"), ("12:30", "HH:mm"), ("2024-02-09", "yyyy-MM-dd[ HH:mm]"), ("", "yyyy")):
    row = []
    for function in ("to_timestamp", "to_date", "try_to_timestamp"):
        try:
            row.append(str(spark.sql(f"SELECT {function}(:t, :p)", {"t": text, "p": pattern}).first()[0]))
        except Exception as error:
            row.append(brief(error))
    print(repr(text), pattern, row)
