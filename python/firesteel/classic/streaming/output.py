"""`pyspark.streaming.util`: how batches are printed, and what their files are called."""

import shutil
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

RULE = "-" * 43


def print_batch(moment: datetime, rdd: "RDD[Any]", num: int) -> None:
    """Prints a batch's time and its first elements, with dots if there are more."""
    taken = rdd.take(num + 1)
    lines = [RULE, f"Time: {moment}", RULE, *map(str, taken[:num])]
    if len(taken) > num:
        lines.append("...")
    print("\n".join(lines) + "\n", flush=True)


def save_batch(rdd: "RDD[Any]", path: str) -> None:
    """Saves a batch as text. One that runs again after a restart was saved before, wholly or in part."""
    directory = Path(path.removeprefix("file:"))
    if directory.exists():
        if (directory / "_SUCCESS").exists():
            return
        shutil.rmtree(directory)
    rdd.saveAsTextFile(path)


def file_name(prefix: str, suffix: "str | None", timestamp: "datetime | int") -> str:
    """`prefix-TIME` or `prefix-TIME.suffix`, with the time in milliseconds."""
    if isinstance(timestamp, datetime):
        timestamp = int(time.mktime(timestamp.timetuple())) * 1000 + timestamp.microsecond // 1000
    return f"{prefix}-{timestamp}" if suffix is None else f"{prefix}-{timestamp}.{suffix}"


rddToFileName = file_name
