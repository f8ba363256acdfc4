"""Rows of DataFrames as elements of RDDs: a frame is an Arrow stream of some rows, in both directions."""

import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyspark.serializers import Serializer, read_int

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

ROWS_OF_FRAME = 10000


class RowsDeserializer(Serializer):
    """Reads frames of rows as `pyspark.sql.Row`s."""

    def __init__(self, schema: "StructType") -> None:
        self.schema = schema

    def load_stream(self, stream: Any) -> Iterator[Any]:
        """The rows, one by one."""
        return itertools.chain.from_iterable(self._load_stream_without_unbatching(stream))

    def _load_stream_without_unbatching(self, stream: Any) -> Iterator[list[Any]]:
        """The rows of each frame."""
        import pyarrow.ipc
        from pyspark.sql.conversion import ArrowTableToRowsConversion

        while True:
            try:
                length = read_int(stream)
            except EOFError:
                return
            if length < 0:
                return
            table = pyarrow.ipc.open_stream(io.BytesIO(stream.read(length))).read_all()
            yield ArrowTableToRowsConversion.convert(table, self.schema)

    def __repr__(self) -> str:
        return f"RowsDeserializer({self.schema.simpleString()})"


def verified(schema: "StructType", value: bool, verifies: bool) -> Callable[[Any], Any]:
    """A function that checks an element against a schema; with `value`, against its one column, whose row it makes."""
    from pyspark.sql.types import _make_type_verifier

    if value:
        verify_value = _make_type_verifier(schema.fields[0].dataType, name="field value") if verifies else None

        def row_of(element: Any) -> tuple[Any]:
            if verify_value is not None:
                verify_value(element)
            return (element,)

        return row_of
    verify = _make_type_verifier(schema)

    def checked(element: Any) -> Any:
        verify(element)
        return element

    return checked if verifies else lambda element: element


def checked(schema: "StructType", value: bool, verifies: bool, _split: int, elements: Iterable[Any]) -> Iterable[Any]:
    """The elements as rows of a schema that the user gave."""
    return map(verified(schema, value, verifies), elements)


def converted(schema: "StructType", _split: int, elements: Iterable[Any]) -> Iterable[Any]:
    """The elements as rows of a schema that was inferred from some of them."""
    from pyspark.sql.types import _create_converter

    return map(_create_converter(schema), elements)


def inferred(infer: dict[str, Any], names: "list[str] | None", _split: int, elements: Iterable[Any]) -> Iterable[Any]:
    """The schema of each element."""
    from pyspark.sql.types import _infer_schema

    return (_infer_schema(element, names, **infer) for element in elements)


def framed(schema: "StructType", _split: int, rows: Iterable[Any]) -> Iterator[bytes]:
    """The rows as frames."""
    import pyarrow.ipc
    from pyspark.sql.conversion import LocalDataToArrowConversion

    iterator = iter(rows)
    while batch := list(itertools.islice(iterator, ROWS_OF_FRAME)):
        table = LocalDataToArrowConversion.convert(batch, schema, False)
        buffer = io.BytesIO()
        with pyarrow.ipc.new_stream(buffer, table.schema) as writer:
            writer.write_table(table)
        yield buffer.getvalue()
