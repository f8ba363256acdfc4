"""From DataFrames to RDDs and back.

`df.rdd` is an RDD of the DataFrame's rows, computed where its plan is. `createDataFrame(rdd)` is a DataFrame whose plan reads
the RDD: each query runs it, for the partitions that it needs. Only in another session than the context's own is the RDD run
at once; its rows come to the driver as Arrow tables then, and the DataFrame is one of local data.
"""

import functools
import io
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkTypeError, PySparkValueError
from pyspark.serializers import NoOpSerializer
from pyspark.sql.types import DataType, StructType, _has_nulltype, _infer_schema, _merge_type, _parse_datatype_string

from firesteel.classic.tasks import rows

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

SAMPLE_ALL = 0.99
"""A sampling ratio from which on all elements are looked at."""

ROWS_FOR_TYPES = 100
"""How many elements are looked at for the types of columns that are null in the first one."""


def rdd_of(frame: Any) -> "RDD[Any]":
    """The rows of a DataFrame."""
    from firesteel.classic.rdd import RDD

    session = frame.sparkSession
    context = session.sparkContext
    plan = frame._plan.to_proto(session.client).SerializeToString()
    return RDD(context._lineage.node("relation", payload=plan), context, rows.RowsDeserializer(frame.schema))


def frame_of(session: Any, rdd: "RDD[Any]", schema: Any, ratio: "float | None", verifies: bool) -> Any:
    """A DataFrame of an RDD's elements, with a schema, with names for its columns, or with those that are inferred."""
    if isinstance(schema, str):
        schema = _parse_datatype_string(schema)
    if isinstance(schema, DataType):
        value = not isinstance(schema, StructType)
        struct = StructType().add("value", schema) if value else schema
        checked = rdd._step(functools.partial(rows.checked, struct, value, verifies))
    elif schema is None or isinstance(schema, (list, tuple)):
        names = None if schema is None else list(schema)
        struct = _inferred(session, rdd, names, ratio)
        checked = rdd._step(functools.partial(rows.converted, struct))
        struct = _renamed(struct, names)
    else:
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "arg_name": "schema",
                "expected_type": "list, None or StructType",
                "arg_type": type(schema).__name__,
            },
        )
    frames = checked._step(functools.partial(rows.framed, struct))
    frames._jrdd_deserializer = NoOpSerializer()
    if session.session_id == rdd.ctx._session.session_id:
        return _reading(session, frames, struct)
    return _local(session, frames, struct)


def _reading(session: Any, frames: "RDD[Any]", struct: StructType) -> Any:
    """A DataFrame whose queries run the RDD."""
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.plan import CachedRemoteRelation

    from firesteel.session import application_of

    id = frames.ctx._lineage.ask("relationOf", frames._jrdd, schema=struct.json())["relation"]
    application = application_of(session)
    if application is not None:
        # Updates of accumulators come this way: the query's client is not told of them.
        application.callbacks(session).open()
    plan: Any = CachedRemoteRelation(id, session)
    # As long as a query can read it, so long are the broadcast variables of its functions needed.
    plan._rdd = frames
    return DataFrame(plan, session)


def _local(session: Any, frames: "RDD[Any]", struct: StructType) -> Any:
    """A DataFrame of the rows that the RDD has now."""
    import pyarrow as pa

    tables = [pa.ipc.open_stream(io.BytesIO(frame)).read_all() for frame in frames.collect()]
    if not tables:
        return session.createDataFrame([], struct)
    return session.createDataFrame(pa.concat_tables(tables), struct)


def _inferred(session: Any, rdd: "RDD[Any]", names: "list[str] | None", ratio: "float | None") -> StructType:
    """The schema of the first element, or that of all in a sample."""
    first = rdd.first()
    if hasattr(first, "__len__") and len(first) == 0:
        raise PySparkValueError(errorClass="CANNOT_INFER_EMPTY_SCHEMA", messageParameters={})
    infer = _inference(session)
    if ratio is not None:
        sample = rdd.sample(False, float(ratio)) if ratio < SAMPLE_ALL else rdd
        return sample._step(functools.partial(rows.inferred, infer, names)).reduce(_merge_type)
    schema = _infer_schema(first, names, **infer)
    if _has_nulltype(schema):
        for element in rdd.take(ROWS_FOR_TYPES)[1:]:
            schema = _merge_type(schema, _infer_schema(element, names, **infer))
            if not _has_nulltype(schema):
                return schema
        raise PySparkValueError(errorClass="CANNOT_DETERMINE_TYPE", messageParameters={})
    return schema


def _inference(session: Any) -> dict[str, Any]:
    """How types are inferred, by the session's settings."""
    get = session.conf.get
    return {
        "infer_dict_as_struct": get("spark.sql.pyspark.inferNestedDictAsStruct.enabled", "false") == "true",
        "infer_array_from_first_element": get(
            "spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled", "false"
        )
        == "true",
        "infer_map_from_first_pair": get("spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled", "false")
        == "true",
        "prefer_timestamp_ntz": get("spark.sql.timestampType", "TIMESTAMP_LTZ") == "TIMESTAMP_NTZ",
    }


def _renamed(struct: StructType, names: "list[str] | None") -> StructType:
    """The schema with other names for its first columns."""
    for number, name in enumerate(names or []):
        struct.fields[number].name = name
        struct.names[number] = name
    return struct
