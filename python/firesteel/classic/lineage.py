"""RDDs as the engine sees them: nodes, made from other nodes, and the jobs that compute them.

A node's elements are *frames*: the bytes of one pickled batch, or of some lines of text. A pair of elements (what
`cartesian` and `zip` make, and the files that come with their names) is two frames, one after the other, as
`pyspark.serializers.PairDeserializer` reads them. A partition of a result arrives as pyspark's serializers write it, each
frame behind its length (4 bytes, big-endian), ready for `deserializer.load_stream(io.BytesIO(stream))`.

Making a node asks the engine nothing. The engine hears of it with the first job or question that needs it, and is told
later when the last reference to it in this process is gone.

# Kinds of nodes

| kind | parents | parameters | payload |
|---|---|---|---|
| `parallelize` | | `slices`; `upload` if the frames were sent before | the frames, each behind its length |
| `empty` | | | |
| `textFile` | | `path`, `min_partitions` | |
| `wholeTextFiles`, `binaryFiles` | | `path`, `min_partitions` | |
| `binaryRecords` | | `path`, `record_length` | |
| `pickleFile` | | `path`, `min_partitions` | |
| `checkpointFile` | | `path` | |
| `relation` | | (the rows of a DataFrame) | a Spark Connect plan |
| `pipelined` | 1 | `broadcasts` (ids), `python_version`, `environment`, `preserves_partitioning`, `barrier` | the command |
| `union` | any number | | |
| `cartesian`, `zip` | 2 | | |
| `coalesce` | 1 | `partitions`, `shuffle` | |
| `partitionBy` | 1, of pairs (8 bytes with the number of a partition, frame) | `partitions` | |

`textFile` gives frames of many lines with a line feed between each two; `tasks.lines.LinesDeserializer` reads them.
`partitionBy` gives the frames alone. Any node may have the parameter `call_site`.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.accumulators import _accumulatorRegistry
from pyspark.serializers import CPickleSerializer

from firesteel.classic.properties import call_site

if TYPE_CHECKING:
    from firesteel.classic.service import Service

Parameters = Mapping[str, Any]

MESSAGE_BYTES_MAX = 32 << 20
"""How much of nodes goes with a job; what is more is sent before it."""

HEADER_NODES_MAX = 1000


class Node:
    """An RDD of the engine."""

    __slots__ = (
        "__weakref__",
        "_partitions",
        "id",
        "is_barrier",
        "kind",
        "known",
        "lineage",
        "parents",
        "parameters",
        "payload",
    )

    def __init__(
        self,
        lineage: "Lineage",
        id: int,
        kind: str,
        parents: "Sequence[Node]",
        parameters: Parameters,
        payload: bytes,
        partitions: "int | None",
    ) -> None:
        self.lineage = lineage
        self.id = id
        self.kind = kind
        self.parents = tuple(parents)
        self.parameters = parameters
        self.payload = payload
        self.known = False
        self._partitions = partitions
        # Computed in a barrier stage; what is before a shuffle does not matter.
        narrow = kind != "partitionBy" and not parameters.get("shuffle")
        self.is_barrier: bool = bool(parameters.get("barrier")) or (
            narrow and any(node.is_barrier for node in self.parents)
        )

    def __del__(self) -> None:
        self.lineage._dropped.append(self.id)

    def cut(self) -> None:
        """Lets go of the parents; only for a node that the engine has heard of and does not compute any more."""
        if self.known and self.num_partitions >= 0:
            self.parents, self.payload = (), b""

    @property
    def num_partitions(self) -> int:
        """How many partitions it has; the engine is asked only if that does not follow from its parents."""
        if self._partitions is None:
            if self.kind in ("pipelined", "zip"):
                self._partitions = self.parents[0].num_partitions
            elif self.kind == "union":
                self._partitions = sum(parent.num_partitions for parent in self.parents)
            elif self.kind == "cartesian":
                self._partitions = self.parents[0].num_partitions * self.parents[1].num_partitions
            else:
                self._partitions = int(self.lineage.ask("partitions", self)["partitions"])
        return self._partitions


class Lineage:
    """The nodes and jobs of one context."""

    def __init__(self, service: "Service") -> None:
        self.service = service
        self._lock = threading.Lock()
        self._next_id = 0
        self._dropped: list[int] = []

    def node(
        self,
        kind: str,
        parents: Sequence[Node] = (),
        parameters: "Parameters | None" = None,
        payload: bytes = b"",
        partitions: "int | None" = None,
    ) -> Node:
        """A new node; `partitions` says how many it has, if that is known and does not follow from its parents."""
        with self._lock:
            id = self._next_id
            self._next_id += 1
        return Node(self, id, kind, parents, {"call_site": call_site(), **(parameters or {})}, payload, partitions)

    def ask(self, kind: str, node: "Node | None" = None, **parameters: Any) -> dict[str, Any]:
        """Asks the engine something that it answers at once; the answer's header."""
        request = self._request(node, parameters)
        with request as (header, payload):
            reply, _ = self.service.call(kind, header, payload)
            request.done()
        return reply

    def run(
        self, node: Node, partitions: "Iterable[int] | None" = None, properties: "Parameters | None" = None, **more: Any
    ) -> Iterator[tuple[int, bytes]]:
        """Runs a job that computes partitions of a node (all of them, unless told which).

        Gives `(index, stream)` for each as it is done, in the order of their ends; `index` is the partition's place in
        `partitions`. Updates of accumulators are merged here as their tasks are accepted, all of them before the
        iterator ends. Closing the iterator early cancels the job.
        """
        numbers = None if partitions is None else [int(number) for number in partitions]
        pieces: dict[int, list[bytes]] = {}
        for header, payload in self._job("job", node, {"partitions": numbers, **more}, properties):
            index = header.get("index")
            if index is None:
                continue
            pieces.setdefault(index, []).append(payload)
            if header.get("last"):
                parts = pieces.pop(index)
                yield index, parts[0] if len(parts) == 1 else b"".join(parts)

    def collect(
        self, node: Node, partitions: "Iterable[int] | None" = None, properties: "Parameters | None" = None, **more: Any
    ) -> list[bytes]:
        """Runs a job; the streams of its partitions, in their order."""
        found = dict(self.run(node, partitions, properties, **more))
        return [found[index] for index in range(len(found))]

    def act(self, kind: str, node: Node, properties: "Parameters | None" = None, **parameters: Any) -> dict[str, Any]:
        """Runs a job that the engine finishes by itself, such as `saveAsTextFile`; the header of its last reply."""
        last: dict[str, Any] = {}
        for header, _ in self._job(kind, node, parameters, properties):
            last = header
        return last

    def _job(
        self, kind: str, node: Node, parameters: Parameters, properties: "Parameters | None"
    ) -> Iterator[tuple[dict[str, Any], bytes]]:
        request = self._request(node, {**parameters, "properties": dict(properties or {})})
        with request as (header, payload):
            for reply, content in self.service.run(kind, header, payload):
                request.done()
                if "updates" in reply:
                    merge_updates(content)
                else:
                    yield reply, content

    def _request(self, node: "Node | None", parameters: Parameters) -> "_Request":
        return _Request(self, node, parameters)

    def _unknown(self, node: Node) -> list[Node]:
        """The nodes that the engine has not heard of, among this one and all it is made from, parents first."""
        found: dict[int, Node] = {}
        waiting = [node]
        while waiting:
            next = waiting.pop()
            if not next.known and next.id not in found:
                found[next.id] = next
                waiting.extend(next.parents)
        # A node is younger than its parents.
        return [found[id] for id in sorted(found)]

    def _register(self, nodes: Sequence[Node]) -> None:
        """Sends nodes ahead of a job, as many at a time as fit into a message."""
        while nodes:
            some: list[Node] = []
            size = 0
            for node in nodes[:HEADER_NODES_MAX]:
                size += len(node.payload)
                if some and size > MESSAGE_BYTES_MAX:
                    break
                some.append(node)
            header, payload = describe(some)
            self.service.call("register", header, payload)
            for node in some:
                node.known = True
            nodes = nodes[len(some) :]


class _Request:
    """What goes with a request about a node: the nodes that are new to the engine and those that are gone.

    Another thread may need the same new nodes at the same time, so a node counts as known only once the engine has
    answered; being told of it twice does no harm.
    """

    def __init__(self, lineage: Lineage, node: "Node | None", parameters: Parameters) -> None:
        self.lineage = lineage
        self.node = node
        self.parameters = parameters
        self.sent: Sequence[Node] = ()
        self.dropped: list[int] = []

    def __enter__(self) -> tuple[dict[str, Any], bytes]:
        nodes = [] if self.node is None else self.lineage._unknown(self.node)
        if len(nodes) > HEADER_NODES_MAX or sum(len(node.payload) for node in nodes) > MESSAGE_BYTES_MAX:
            self.lineage._register(nodes)
            nodes = []
        header, payload = describe(nodes)
        with self.lineage._lock:
            self.dropped = self.lineage._dropped[:HEADER_NODES_MAX]
            del self.lineage._dropped[: len(self.dropped)]
        if self.dropped:
            header["drop"] = self.dropped
        if self.node is not None:
            header["rdd"] = self.node.id
        self.sent = nodes
        return {**header, **self.parameters}, payload

    def done(self) -> None:
        """The engine has answered."""
        for node in self.sent:
            node.known = True
        self.sent, self.dropped = (), []

    def __exit__(self, *_error: object) -> None:
        if self.dropped:
            with self.lineage._lock:
                self.lineage._dropped.extend(self.dropped)


def describe(nodes: Sequence[Node]) -> tuple[dict[str, Any], bytes]:
    """The header and the payload that tell the engine of some nodes."""
    if not nodes:
        return {}, b""
    described = [
        {
            "id": node.id,
            "kind": node.kind,
            "parents": [parent.id for parent in node.parents],
            "bytes": len(node.payload),
            **node.parameters,
        }
        for node in nodes
    ]
    return {"nodes": described}, b"".join(node.payload for node in nodes)


def merge_updates(updates: bytes) -> None:
    """Adds the updates of one accepted task to the accumulators of this process; pickled pairs behind their lengths."""
    view, at = memoryview(updates), 0
    serializer = CPickleSerializer()
    while at < len(view):
        size = int.from_bytes(view[at : at + 4], "big")
        id, update = serializer.loads(bytes(view[at + 4 : at + 4 + size]))
        at += 4 + size
        accumulator = _accumulatorRegistry.get(id)
        if accumulator is not None:
            accumulator += update
