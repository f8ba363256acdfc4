"""A Python function of one column over 5 million rows: row by row, by pandas and by Arrow columns. Seconds, the best of three.

With a Spark Connect server's address in `SPARK_REMOTE` the script measures that server.
"""

import json
import os
import time
from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession
from pyspark.sql.functions import arrow_udf, col, pandas_udf, sum, udf

ROWS = int(os.environ.get("UDF_ROWS", "5000000"))
RUNS = 3


def main() -> None:
    """Prints the figures as JSON."""
    builder = SparkSession.builder if "SPARK_REMOTE" in os.environ else SparkSession.builder.master("local[*]")
    spark = builder.getOrCreate()

    @udf("long")
    def scalar(value: int) -> int:
        return value + 1

    @pandas_udf("long")
    def pandas(values: pd.Series) -> pd.Series:
        return values + 1

    @arrow_udf("long")
    def arrow(values: pa.Array) -> pa.Array:
        return pc.add(values, 1)

    def seconds(function: Callable) -> float:
        found = spark.range(ROWS).select(function(col("id")).alias("n")).agg(sum("n"))
        times = []
        for _ in range(RUNS):
            started = time.perf_counter()
            assert found.first()[0] == ROWS * (ROWS + 1) // 2
            times.append(time.perf_counter() - started)
        return min(times)

    kinds = {"scalar": scalar, "pandas": pandas, "Arrow": arrow}
    figures = {}
    for kind, function in kinds.items():
        try:
            figures[f"{kind}, s"] = seconds(function)
        except Exception as error:
            # A server that is measured beside this one may not have every kind.
            if "SPARK_REMOTE" not in os.environ:
                raise
            print(f"{kind}: {error}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
