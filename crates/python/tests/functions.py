"""Pickles the functions of the tests with the client's own pickler; prints them as JSON, by name, in hexadecimal."""

import datetime
import decimal
import json
import os
import sys
import time
from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
from pyspark import cloudpickle
from pyspark.accumulators import INT_ACCUMULATOR_PARAM, Accumulator
from pyspark.serializers import AutoBatchedSerializer, CPickleSerializer, UTF8Deserializer
from pyspark.sql import Row
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)

EVERYTHING = StructType(
    [
        StructField("b", BooleanType()),
        StructField("i", IntegerType()),
        StructField("l", LongType()),
        StructField("d", DoubleType()),
        StructField("m", DecimalType(10, 2)),
        StructField("s", StringType()),
        StructField("x", BinaryType()),
        StructField("day", DateType()),
        StructField("t", TimestampType()),
        StructField("n", TimestampNTZType()),
        StructField("p", DayTimeIntervalType()),
        StructField("a", ArrayType(LongType())),
        StructField("k", MapType(StringType(), LongType())),
        StructField("o", StructType([StructField("u", LongType()), StructField("v", DateType())])),
    ]
)


class RegisteredBroadcast:
    """Pickles as a broadcast variable does."""

    def __init__(self, bid):
        self.bid = bid

    def __reduce__(self):
        import types

        module = sys.modules.get("pyspark.core.broadcast")
        if module is None:
            for name in ("pyspark.core", "pyspark.core.broadcast"):
                sys.modules[name] = types.ModuleType(name)
            module = sys.modules["pyspark.core.broadcast"]

            def _from_id(bid):
                raise AssertionError

            _from_id.__module__ = "pyspark.core.broadcast"
            _from_id.__qualname__ = "_from_id"
            module._from_id = _from_id
        return module._from_id, (self.bid,)


broadcast = RegisteredBroadcast(7)
accumulator = Accumulator(3, 0, INT_ACCUMULATOR_PARAM)


def plus_one(x):
    return None if x is None else x + 1


def shout(text):
    return None if text is None else text.upper() + "!"


def raises(x):
    def inner(y):
        raise ValueError(f"boom {y}")

    return inner(x)


def leaves(x):
    sys.exit(3)


def dies(x):
    print("these are my last words", file=sys.stderr, flush=True)
    os._exit(7)


def killed(x):
    os.kill(os.getpid(), 9)


def segfaults(x):
    import ctypes

    return ctypes.string_at(0)


def hangs(x):
    while True:
        time.sleep(60)


def hangs_with_marker(path):
    with open(path, "w") as file:
        file.write(str(os.getpid()))
    hangs(path)


def greedy(x):
    return len(bytearray(8 << 30))


def numpy_value(x):
    import numpy

    return numpy.float64(x)


def counts(x):
    accumulator.add(1)
    return x


def from_broadcast(x):
    return broadcast.value["factor"] * x


def load_count(x):
    """How often the broadcast file was read in this process: its value is a list that remembers."""
    broadcast.value["seen"].append(x)
    return len(broadcast.value["seen"])


def local_hour(t):
    return t.hour


def series_double(s: pd.Series) -> pd.Series:
    return s * 2


def series_hour(s: pd.Series) -> pd.Series:
    return s.dt.hour


def series_iter(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
    for batch in batches:
        half = len(batch) // 2
        yield batch[:half] + 1
        yield batch[half:] + 1


def arrow_double(a: pa.Array) -> pa.Array:
    return pa.compute.multiply(a, 2)


def arrow_iter(batches):
    for batch in batches:
        yield pa.compute.add(batch, 1)


def map_pandas(frames):
    for frame in frames:
        yield frame[frame.x % 2 == 0].assign(y=lambda f: f.x * 10)[["x", "y"]]


def map_pandas_nothing(frames):
    for _ in frames:
        pass
    yield pd.DataFrame({"x": [-1], "y": [-2]})


def map_arrow_widen(batches):
    for batch in batches:
        for _ in range(50):
            yield batch


def map_arrow_zone(batches):
    for batch in batches:
        yield pa.RecordBatch.from_pydict({"z": [str(batch.schema.field("t").type)] * batch.num_rows})


def first_only(batches):
    for batch in batches:
        yield batch.slice(0, 1)
        return


def map_wrong_type(batches):
    for batch in batches:
        yield pa.RecordBatch.from_pydict({"x": ["text"] * batch.num_rows})


def center(frame):
    return frame.assign(x=frame.x - frame.x.min())


def keyed(key, frame):
    return pd.DataFrame({"k": [key[0]], "n": [len(frame)]})


def keyed_iter(key, frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for frame in frames:
        yield pd.DataFrame({"k": [key[0]], "n": [len(frame)]})


def table_count(key, table: pa.Table) -> pa.Table:
    return pa.Table.from_pydict({"k": [key[0].as_py()], "n": [table.num_rows]})


def table_count_iter(key, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield pa.RecordBatch.from_pydict({"k": [key[0].as_py()], "n": [sum(b.num_rows for b in batches)]})


def join_counts(left, right):
    return pd.DataFrame({"k": [-1], "n": [len(left) * 100 + len(right)]})


def join_tables(key, left, right):
    return pa.Table.from_pydict({"k": [key[0].as_py()], "n": [left.num_rows * 100 + right.num_rows]})


def series_sum(s: pd.Series) -> int:
    return s.sum()


def series_max(s: pd.Series) -> int:
    return s.max()


def series_iter_sum(batches: Iterator[pd.Series]) -> int:
    return sum(int(batch.sum()) for batch in batches)


def arrow_sum(a: pa.Array) -> int:
    return pa.compute.sum(a).as_py()


def arrow_iter_sum(batches) -> int:
    return sum(pa.compute.sum(batch).as_py() or 0 for batch in batches)


class Repeat:
    def __init__(self):
        self.rows = 0

    def eval(self, times):
        self.rows += 1
        for index in range(times):
            yield times, f"row {index}"

    def terminate(self):
        yield self.rows, "end"


class ArrowBatches:
    def eval(self, table):
        yield pa.table({"n": [table.num_rows], "s": ["batch"]})


class Bad:
    def eval(self, times):
        raise RuntimeError("no table today")


def everything(*fields):
    """Checks that values came as the types that Spark documents, and returns them."""
    wanted = [
        bool,
        int,
        int,
        float,
        decimal.Decimal,
        str,
        bytes,
        datetime.date,
        datetime.datetime,
        datetime.datetime,
        datetime.timedelta,
        list,
        dict,
        Row,
    ]
    for value, kind in zip(fields, wanted):
        assert value is None or type(value) is kind, (value, type(value), kind)
    return Row(*fields)


def rdd(function, deserializer=None, serializer=None):
    pickled = AutoBatchedSerializer(CPickleSerializer())
    return cloudpickle.dumps(
        (function, None, deserializer or pickled, serializer or pickled), protocol=cloudpickle.DEFAULT_PROTOCOL
    )


def rdd_split(index, lines):
    for line in lines:
        for word in line.split(" "):
            accumulator.add(1)
            yield word, index


def rdd_nothing(index, items):
    for _ in items:
        pass
    return iter(())


def rdd_raises(index, items):
    for item in items:
        raise KeyError(item)


def rdd_pid(index, items):
    for _ in items:
        pass
    yield os.getpid()


def rdd_hang(index, items):
    yield "started"
    sys.stdout.flush()
    hangs(None)


def rdd_first(index, items):
    yield next(items)


def rdd_environment(index, items):
    yield os.environ.get("FIRESTEEL_TEST_VARIABLE"), os.environ.get("SPARK_REUSE_WORKER")


def rdd_import(index, items):
    import added_module

    yield added_module.VALUE


def rdd_context(index, items):
    from pyspark import SparkFiles, TaskContext

    context = TaskContext.get()
    yield (
        context.stageId(),
        context.partitionId(),
        context.attemptNumber(),
        context.taskAttemptId(),
        context.getLocalProperty("color"),
        os.path.basename(SparkFiles.getRootDirectory()),
    )


LONG_PAIR = StructType([StructField("k", LongType()), StructField("n", LongType())])
SCALARS = {
    "plus_one": (plus_one, LongType()),
    "shout": (shout, StringType()),
    "text_of": (lambda x: x, StringType()),
    "narrow": (lambda x: x, IntegerType()),
    "nothing": (lambda: 42, LongType()),
    "keyword": (lambda a, b: a * 10 + b, LongType()),
    "raises": (raises, LongType()),
    "leaves": (leaves, LongType()),
    "dies": (dies, LongType()),
    "killed": (killed, LongType()),
    "segfaults": (segfaults, LongType()),
    "hangs": (hangs, LongType()),
    "hangs_with_marker": (hangs_with_marker, LongType()),
    "greedy": (greedy, LongType()),
    "numpy_value": (numpy_value, DoubleType()),
    "counts": (counts, LongType()),
    "from_broadcast": (from_broadcast, LongType()),
    "load_count": (load_count, LongType()),
    "local_hour": (local_hour, LongType()),
    "everything": (everything, EVERYTHING),
    "series_double": (series_double, LongType()),
    "series_hour": (series_hour, LongType()),
    "series_iter": (series_iter, LongType()),
    "arrow_double": (arrow_double, LongType()),
    "arrow_iter": (arrow_iter, LongType()),
    "map_pandas": (map_pandas, StructType([StructField("x", LongType()), StructField("y", LongType())])),
    "map_pandas_nothing": (
        map_pandas_nothing,
        StructType([StructField("x", LongType()), StructField("y", LongType())]),
    ),
    "map_arrow_widen": (map_arrow_widen, StructType([StructField("x", LongType())])),
    "map_arrow_zone": (map_arrow_zone, StructType([StructField("z", StringType())])),
    "map_wrong_type": (map_wrong_type, StructType([StructField("x", LongType())])),
    "first_only": (first_only, StructType([StructField("x", LongType())])),
    "center": (center, StructType([StructField("k", LongType()), StructField("x", LongType())])),
    "keyed": (keyed, LONG_PAIR),
    "keyed_iter": (keyed_iter, LONG_PAIR),
    "table_count": (table_count, LONG_PAIR),
    "table_count_iter": (table_count_iter, LONG_PAIR),
    "join_counts": (join_counts, LONG_PAIR),
    "join_tables": (join_tables, LONG_PAIR),
    "series_sum": (series_sum, LongType()),
    "series_max": (series_max, LongType()),
    "series_iter_sum": (series_iter_sum, LongType()),
    "arrow_sum": (arrow_sum, LongType()),
    "arrow_iter_sum": (arrow_iter_sum, LongType()),
}

# A script's functions travel by value; these stand in a module only for the tests' sake.
__name__ = "__main__"
commands = {name: cloudpickle.dumps(pair).hex() for name, pair in SCALARS.items()}
for handler in (Repeat, ArrowBatches, Bad):
    commands[handler.__name__] = cloudpickle.dumps(handler).hex()
for function in (rdd_nothing, rdd_raises, rdd_pid, rdd_hang, rdd_first, rdd_environment, rdd_import, rdd_context):
    commands[function.__name__] = rdd(function).hex()
commands["rdd_split"] = rdd(rdd_split, deserializer=UTF8Deserializer()).hex()
commands["rdd_lines"] = rdd(
    lambda index, lines: (line.upper().encode() for line in lines),
    deserializer=UTF8Deserializer(),
    serializer=__import__("pyspark.serializers").serializers.NoOpSerializer(),
).hex()
commands["version"] = "%d.%d" % sys.version_info[:2]
commands["broadcast_value"] = cloudpickle.dumps({"factor": 11, "seen": []}).hex()
json.dump(commands, sys.stdout)
