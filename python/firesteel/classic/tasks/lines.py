"""Lines of text, many to a frame.

The engine sends the lines of a file joined by line feeds, so that a worker splits a whole block at once instead of reading
line after line.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from pyspark.serializers import Serializer, read_int

END_OF_DATA_SECTION = -1
NULL = -5


class LinesDeserializer(Serializer):
    """Reads frames of lines; as `str`, or as they are with `use_unicode` off."""

    def __init__(self, use_unicode: bool = True) -> None:
        self.use_unicode = use_unicode

    def load_stream(self, stream: Any) -> Iterator[Any]:
        """The lines, one by one."""
        return chain.from_iterable(self._load_stream_without_unbatching(stream))

    def _load_stream_without_unbatching(self, stream: Any) -> Iterator[list[Any]]:
        """The lines of each frame."""
        while True:
            try:
                length = read_int(stream)
            except EOFError:
                return
            if length < 0:
                return
            block = stream.read(length)
            yield block.decode("utf-8").split("\n") if self.use_unicode else block.split(b"\n")

    def __repr__(self) -> str:
        return f"LinesDeserializer({self.use_unicode})"
