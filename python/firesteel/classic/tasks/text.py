"""Elements as the lines of a text file."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

LINES_START = 64
FRAME_BYTES = 1 << 18


def text_of(element: Any) -> bytes:
    """The element's line. Text is always UTF-8; bytes that are not become the replacement character."""
    if isinstance(element, str):
        return element.encode()
    if isinstance(element, bytes):
        return element.decode("utf-8", "replace").encode()
    return str(element).encode()


def lines(_split: int, elements: Iterable[Any]) -> Iterator[bytes]:
    """Frames of lines with a line feed between each two."""
    iterator = map(text_of, elements)
    count = LINES_START
    while batch := list(itertools.islice(iterator, count)):
        frame = b"\n".join(batch)
        yield frame
        if len(frame) < FRAME_BYTES:
            count *= 2
        elif count > 1:
            count //= 2
