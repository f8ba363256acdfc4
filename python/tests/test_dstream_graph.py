"""The graph of streams by itself: which RDD each stream makes of which others, what it remembers and for how long."""

import json
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from firesteel.classic.streaming import checkpoint as checkpoints
from firesteel.classic.streaming.graph import Graph, Output, Stream
from firesteel.classic.streaming.listener import StreamingListener, tell
from firesteel.classic.streaming.output import file_name, print_batch
from firesteel.classic.streaming.streams import (
    FileStream,
    QueueStream,
    ReducedWindowStream,
    SocketStream,
    StateStream,
    TransformedStream,
    WindowStream,
)
from pyspark.serializers import CPickleSerializer
from pyspark.storagelevel import StorageLevel

BATCH = 1000


class FakeRDD:
    """A list that can be persisted and checkpointed."""

    def __init__(self, elements: list[Any]) -> None:
        self.elements = list(elements)
        self.is_cached = False
        self.file: str | None = None
        self._jrdd_deserializer = CPickleSerializer()

    def persist(self, _level: StorageLevel) -> "FakeRDD":
        self.is_cached = True
        return self

    def unpersist(self) -> "FakeRDD":
        self.is_cached = False
        return self

    def checkpoint(self) -> None:
        self.file = f"file-of-{self.elements}"

    def getCheckpointFile(self) -> "str | None":
        return self.file

    def isCheckpointed(self) -> bool:
        return self.file is not None

    def collect(self) -> list[Any]:
        return self.elements

    def take(self, count: int) -> list[Any]:
        return self.elements[:count]


class FakeContext:
    """Makes fake RDDs."""

    checkpoint_dir: "str | None" = "/checkpoints"

    def getCheckpointDir(self) -> "str | None":
        return self.checkpoint_dir

    def union(self, rdds: list[FakeRDD]) -> FakeRDD:
        return FakeRDD([element for rdd in rdds for element in rdd.elements])

    def emptyRDD(self) -> FakeRDD:
        return FakeRDD([])

    def parallelize(self, elements: list[Any], _slices: int = 1) -> FakeRDD:
        return FakeRDD(elements)

    def textFile(self, path: str) -> FakeRDD:
        return FakeRDD([path])

    def _checkpointFile(self, file: str, _serializer: Any) -> FakeRDD:
        return FakeRDD([f"restored from {file}"])


def graph_of() -> Graph:
    graph = Graph(BATCH)
    graph.sc = FakeContext()  # type: ignore[assignment]
    return graph


def queue(graph: Graph, *batches: list[Any], **options: Any) -> QueueStream:
    default = options.pop("default", None)
    return QueueStream(graph, [FakeRDD(batch) for batch in batches], options.pop("one", True), default)  # type: ignore[arg-type]


def run(stream: Stream, batches: int) -> list[list[Any]]:
    """What a stream has in each batch, and that all of it is the same when it is asked for again."""
    graph = stream.graph
    graph.outputs.append(Output(0, stream, lambda time, rdd: None, "test at test.py:1"))
    graph.start(0)
    found = []
    for batch in range(1, batches + 1):
        made = graph.generate(batch * BATCH)
        again = graph.generate(batch * BATCH)
        assert [rdd for _, rdd in made] == [rdd for _, rdd in again]
        found += [rdd.collect() for _, rdd in made]
        graph.forget(batch * BATCH)
    return found


def total(_time: datetime, *rdds: Any) -> Any:
    return FakeRDD([sum(element for rdd in rdds if rdd is not None for element in rdd.collect())])


def test_a_queue_gives_one_rdd_after_the_other_then_its_default() -> None:
    assert run(queue(graph_of(), [1], [2]), 3) == [[1], [2], []]
    assert run(queue(graph_of(), [1], [2], one=False), 2) == [[1, 2], []]
    assert run(queue(graph_of(), [1], default=FakeRDD([9])), 3) == [[1], [9], [9]]


def test_a_transformed_stream_gets_the_time_and_empty_rdds_for_missing_ones() -> None:
    graph = graph_of()
    left = queue(graph, [1], [2])
    times = []

    def function(time: datetime, *rdds: FakeRDD) -> FakeRDD:
        times.append(time.timestamp())
        return FakeRDD([rdd.collect() for rdd in rdds])

    slow = WindowStream(left, 2 * BATCH, 2 * BATCH)
    both = TransformedStream(graph, (left, slow), function)
    assert run(both, 2) == [[[1], []], [[2], [1, 2]]]
    assert times == [1.0, 2.0]


def test_a_window_has_the_batches_of_its_time_and_keeps_them_in_memory() -> None:
    graph = graph_of()
    numbers = queue(graph, [1], [2], [3])
    assert run(WindowStream(numbers, 2 * BATCH, BATCH), 5) == [[1], [1, 2], [2, 3], [3], []]
    assert numbers.level == StorageLevel.MEMORY_ONLY
    graph = graph_of()
    assert run(WindowStream(queue(graph, [1], [2], [3]), 3 * BATCH, 2 * BATCH), 4) == [[1, 2], [2, 3]]


@pytest.mark.parametrize(("window", "slide"), [(2, 1), (5, 1), (10, 2), (6, 3)])
def test_a_reduced_window_is_the_sum_of_its_window(window: int, slide: int) -> None:
    def subtract(_time: datetime, of: FakeRDD, left: FakeRDD) -> FakeRDD:
        return FakeRDD([sum(of.collect()) - sum(left.collect())])

    graph = graph_of()
    batches = [[number * number] for number in range(1, 25)]
    stream = ReducedWindowStream(queue(graph, *batches), total, subtract, window * BATCH, slide * BATCH)
    sums = [sum(sum(batch) for batch in batches[max(0, end - window) : end]) for end in range(slide, 25, slide)]
    assert run(stream, 24) == [[one] for one in sums]


def test_a_state_is_made_of_the_state_before_and_starts_with_the_initial_one() -> None:
    def update(_time: datetime, state: "FakeRDD | None", batch: FakeRDD) -> FakeRDD:
        return FakeRDD((state.collect() if state else []) + batch.collect())

    assert run(StateStream(queue(graph_of(), [1], [2], []), update, None), 3) == [[1], [1, 2], [1, 2]]
    initial = FakeRDD([0])
    assert run(StateStream(queue(graph_of(), [1]), update, initial), 2) == [[0, 1], [0, 1]]  # type: ignore[arg-type]


def test_rdds_are_forgotten_when_no_later_batch_can_need_them() -> None:
    graph = graph_of()
    numbers = queue(graph, *([number] for number in range(10)))
    numbers.level = StorageLevel.MEMORY_ONLY
    first = numbers.queue[0]
    run(numbers, 3)
    assert sorted(numbers.rdds) == [3 * BATCH]
    assert not first.is_cached
    graph = graph_of()
    graph.remember_ms = 3 * BATCH
    numbers = queue(graph, *([number] for number in range(10)))
    run(numbers, 5)
    assert sorted(numbers.rdds) == [3 * BATCH, 4 * BATCH, 5 * BATCH]
    assert [rdd.collect() for rdd in numbers.between(3 * BATCH, 4 * BATCH + 1)] == [[2], [3]]


def test_a_state_is_checkpointed_and_its_inputs_are_remembered_for_as_long() -> None:
    graph = graph_of()
    numbers = queue(graph, *([number] for number in range(30)))
    state = StateStream(numbers, total, None)
    run(state, 25)
    assert state.checkpoint_ms == 10 * BATCH
    assert state.remember_ms == numbers.remember_ms == 20 * BATCH
    assert [time for time, _, _ in state.checkpointed()] == [10 * BATCH, 20 * BATCH]
    graph.sc.checkpoint_dir = None  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="The checkpoint directory has not been set"):
        graph.start(0)


def test_a_graph_comes_back_from_its_checkpoint() -> None:
    graph = graph_of()
    files = FileStream(graph, "/in")
    socket = SocketStream(graph, "localhost", 9)
    state = StateStream(files, total, FakeRDD([5]))  # type: ignore[arg-type]
    graph.outputs.append(Output(0, state, lambda time, rdd: None, "foreachRDD at job.py:7"))
    graph.start(0)
    graph.inputs = {10 * BATCH: {files.id: ["/in/a"]}}
    found = checkpoints.load_graph(checkpoints.Checkpoint({}, {}, checkpoints.dump_graph(graph)))
    found.sc = FakeContext()  # type: ignore[assignment]
    found.start(0)
    found.restore({str(state.id): [[10 * BATCH, "part", _pickled(CPickleSerializer())]]})
    restored = found.streams[state.id]
    assert restored.rdds[10 * BATCH].collect() == ["restored from part"]
    assert restored.initial == [5]  # type: ignore[attr-defined]
    assert found.streams[socket.id].describe()["port"] == 9  # type: ignore[attr-defined]
    assert found.outputs[0].name == "foreachRDD at job.py:7"


def _pickled(value: Any) -> str:
    import base64
    import pickle

    return base64.b64encode(pickle.dumps(value)).decode()


def test_a_queue_cannot_come_back_from_a_checkpoint() -> None:
    graph = graph_of()
    queue(graph, [1])
    dumped = checkpoints.dump_graph(graph)
    with pytest.raises(Exception, match="queueStream doesn't support checkpointing"):
        checkpoints.load_graph(checkpoints.Checkpoint({}, {}, dumped))


def write_checkpoint(path: Path, settings: dict[str, str], state: bytes) -> bytes:
    body = json.dumps({"settings": settings}).encode() + b"\n" + state
    content = checkpoints.MAGIC + b"%08x\n" % zlib.crc32(body) + body
    path.write_bytes(content)
    return content


def test_the_newest_whole_checkpoint_is_read(tmp_path: Path) -> None:
    directory = str(tmp_path)
    assert checkpoints.read(directory) is None
    write_checkpoint(tmp_path / "checkpoint-1000", {"a": "1", "spark.app.id": "gone"}, b'{"0": []}\nGRAPH\nMORE')
    newest = write_checkpoint(tmp_path / "checkpoint-20000", {"a": "2"}, b"{}\nGRAPH")
    read = checkpoints.read("file:" + directory)
    assert read is not None
    assert read.settings == {"a": "2"}
    (tmp_path / "checkpoint-20000").write_bytes(newest[:-1])
    read = checkpoints.read(directory)
    assert read == checkpoints.Checkpoint({"a": "1"}, {"0": []}, b"GRAPH\nMORE")
    (tmp_path / "checkpoint-1000").write_bytes(b"")
    with pytest.raises(Exception, match="Failed to read checkpoint from directory"):
        checkpoints.read(directory)


def test_a_batch_is_printed_as_spark_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    rule = "-------------------------------------------"
    print_batch(datetime(2026, 1, 2, 3, 4, 5), FakeRDD([1, ("a", 2), "x"]), 2)  # type: ignore[arg-type]
    assert capsys.readouterr().out == f"{rule}\nTime: 2026-01-02 03:04:05\n{rule}\n1\n('a', 2)\n...\n\n"


def test_files_are_named_for_the_batch() -> None:
    assert file_name("spark", None, 12345678910) == "spark-12345678910"
    assert file_name("spark", "tmp", 12345678910) == "spark-12345678910.tmp"
    assert file_name("spark", None, datetime.fromtimestamp(1234.5)) == "spark-1234500"


def test_a_listener_gets_events_with_getters() -> None:
    heard = []

    class Listener(StreamingListener):
        def onBatchSubmitted(self, batchSubmitted: Any) -> None:
            heard.append(batchSubmitted.batchInfo())

        def onStreamingStarted(self, streamingStarted: Any) -> None:
            heard.append(streamingStarted.time)

    operation = {"batchTime": 5000, "id": 0, "name": "n", "startTime": None, "endTime": None, "failureReason": None}
    info = {
        "batchTime": 5000,
        "submissionTime": 5001,
        "processingStartTime": None,
        "schedulingDelay": None,
        "totalDelay": None,
        "numRecords": 7,
        "streamIdToInputInfo": {"3": {"inputStreamId": 3, "numRecords": 7, "metadata": {"Description": "d"}}},
        "outputOperationInfos": {"0": operation},
    }
    listener = Listener()
    tell(listener, {"Event": "StreamingListenerBatchSubmitted", "batchInfo": info})
    tell(listener, {"Event": "StreamingListenerBatchCompleted", "batchInfo": info})
    tell(listener, {"Event": "StreamingListenerStreamingStarted", "time": 4000})
    batch, started = heard
    assert started == started() == 4000
    assert batch.batchTime().milliseconds() == 5000
    assert (batch.schedulingDelay(), batch.totalDelay(), batch.processingStartTime()) == (-1, -1, -1)
    assert batch.numRecords == batch.numRecords() == 7
    assert batch.streamIdToInputInfo()[3].metadata()["Description"] == "d"
    assert batch.outputOperationInfos()[0].failureReason() is None
    assert batch.outputOperationInfos()[0].endTime() == -1
