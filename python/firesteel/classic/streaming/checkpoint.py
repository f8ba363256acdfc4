"""Checkpoints: what the engine has written, read before there is an engine, and what of the graph goes into them.

The format of the files is described in `crates/dstream/src/checkpoint.rs`.
"""

import json
import logging
import os
import zlib
from typing import Any, NamedTuple

from pyspark.serializers import CloudPickleSerializer

from firesteel.classic.streaming.graph import Graph, failure

MAGIC = b"firesteel-dstream-checkpoint 1 "
PREFIX = "checkpoint-"

OF_THE_ENGINE = (
    "spark.app.id",
    "spark.app.startTime",
    "spark.driver.host",
    "spark.driver.port",
    "spark.driver.bindAddress",
)
"""Settings that belong to an application that has ended."""

logger = logging.getLogger(__name__)


class Checkpoint(NamedTuple):
    """What a context starts again from."""

    settings: dict[str, str]
    checkpointed: dict[str, Any]
    graph: bytes


def read(directory: str) -> "Checkpoint | None":
    """The newest checkpoint in a directory that is whole; `None` if there never was one."""
    path = directory.removeprefix("file:")
    names = os.listdir(path) if os.path.isdir(path) else []
    times = (name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))
    found = sorted((int(time) for time in times if time.isdigit()), reverse=True)
    reasons = []
    for time in found:
        file = os.path.join(path, f"{PREFIX}{time}")
        try:
            return _read(file)
        except (OSError, ValueError) as error:
            logger.warning("The checkpoint %s cannot be read (%s); trying the one before.", file, error)
            reasons.append(f"{file}: {error}")
    if not found:
        return None
    text = f"Failed to read checkpoint from directory {directory}: {'; '.join(reasons)}"
    raise failure("org.apache.spark.SparkException", text)


def _read(file: str) -> Checkpoint:
    with open(file, "rb") as stream:
        content = stream.read()
    if not content.startswith(MAGIC):
        raise ValueError("it is no checkpoint of this version")
    first, _, body = content.partition(b"\n")
    if first[len(MAGIC) :] != b"%08x" % zlib.crc32(body):
        raise ValueError("it does not match its checksum")
    header, _, state = body.partition(b"\n")
    checkpointed, _, graph = state.partition(b"\n")
    settings = json.loads(header)["settings"]
    kept = {key: value for key, value in settings.items() if key not in OF_THE_ENGINE}
    return Checkpoint(kept, json.loads(checkpointed or b"{}"), graph)


def dump_graph(graph: Graph) -> bytes:
    """The graph with its functions; refuses one that refers to what cannot leave this process."""
    return CloudPickleSerializer().dumps(graph)


def load_graph(checkpoint: Checkpoint) -> Graph:
    """The graph as `dump_graph` wrote it."""
    graph = CloudPickleSerializer().loads(checkpoint.graph)
    assert isinstance(graph, Graph)
    for stream in graph.streams:
        refuse = getattr(stream, "refuse_restore", None)
        if refuse is not None:
            refuse()
    return graph
