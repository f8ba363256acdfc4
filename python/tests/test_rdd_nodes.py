"""Which nodes an RDD makes for the engine, and when: without an engine, on a context that can only make nodes."""

from types import SimpleNamespace
from typing import Any

import pytest
from firesteel.classic.broadcast import BroadcastPickleRegistry
from firesteel.classic.lineage import Lineage, Node
from firesteel.classic.rdd import RDD, PipelinedRDD
from pyspark.conf import SparkConf
from pyspark.errors import PySparkRuntimeError
from pyspark.serializers import AutoBatchedSerializer, BatchedSerializer, CPickleSerializer, NoOpSerializer


class OnlyNodes(Lineage):
    """A lineage whose engine forgets what it is told."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]

    def ask(self, kind: str, node: "Node | None" = None, **parameters: Any) -> dict[str, Any]:
        return {}


@pytest.fixture
def context() -> Any:
    """What an RDD needs of its context to make nodes."""
    return SimpleNamespace(
        _lineage=OnlyNodes(),
        _conf=SparkConf(loadDefaults=False),
        _pickled_broadcast_vars=BroadcastPickleRegistry(),
        _batchSize=0,
        _unbatched_serializer=CPickleSerializer(),
        serializer=AutoBatchedSerializer(CPickleSerializer()),
        profiler_collector=None,
        pythonVer="3.11",
        environment={},
    )


@pytest.fixture
def numbers(context: Any) -> "RDD[int]":
    """An RDD of three partitions."""
    node = context._lineage.node("parallelize", (), {"slices": 3}, b"", 3)
    return RDD(node, context, BatchedSerializer(CPickleSerializer(), 10))


def lineage(rdd: "RDD[Any]") -> list[str]:
    """The kinds of an RDD's node and of all it is made from, newest first."""
    kinds, waiting = [], [rdd._jrdd]
    while waiting:
        node = waiting.pop()
        kinds.append(node.kind)
        waiting.extend(node.parents)
    return kinds


def test_narrow_steps_are_one_node(numbers: "RDD[int]") -> None:
    rdd = numbers.map(str).filter(bool).flatMap(list).mapPartitions(iter).glom().keyBy(len).mapValues(len)
    assert lineage(rdd) == ["pipelined", "parallelize"]
    assert rdd.getNumPartitions() == 3


def test_a_transformation_makes_no_node_until_one_is_needed(numbers: "RDD[int]") -> None:
    before = numbers.id()
    one, other = numbers.map(str), numbers.map(int)
    assert (other.id(), one.id(), one.id()) == (before + 1, before + 2, before + 2)


@pytest.mark.parametrize("keep", ["persist", "checkpoint", "localCheckpoint"])
def test_what_is_kept_is_a_node_of_its_own(numbers: "RDD[int]", keep: str) -> None:
    kept = numbers.map(str)
    getattr(kept, keep)()
    nodes = lineage(kept.filter(bool))
    assert nodes == (["pipelined", "parallelize"] if keep == "localCheckpoint" else ["pipelined", *lineage(kept)])


def test_after_unpersist_steps_are_fused_again(numbers: "RDD[int]") -> None:
    assert lineage(numbers.map(str).cache().unpersist().filter(bool)) == ["pipelined", "parallelize"]


def test_a_shuffle_by_key_is_a_step_on_each_side(numbers: "RDD[int]") -> None:
    counts = numbers.map(lambda x: (x, 1)).reduceByKey(lambda x, y: x + y, 5).mapValues(str)
    assert lineage(counts) == ["pipelined", "partitionBy", "pipelined", "parallelize"]
    assert counts.getNumPartitions() == 5
    assert counts.partitioner is not None and counts.partitioner.numPartitions == 5


def test_pairs_that_are_partitioned_alike_are_not_shuffled_again(numbers: "RDD[int]") -> None:
    parted = numbers.map(lambda x: (x, x)).partitionBy(2)
    for rdd in (
        parted.reduceByKey(max, 2),
        parted.groupByKey(2),
        parted.join(parted),
        parted.mapValues(str).distinct(2),
    ):
        expected = 2 if rdd.partitioner is None else 1
        assert set(lineage(rdd)).issuperset({"partitionBy"}) and rdd.getNumPartitions() == 2
        assert max_shuffles(rdd._jrdd) == expected
    assert parted.partitionBy(2) is parted
    assert max_shuffles(parted.partitionBy(2, hash)._jrdd) == 2


def max_shuffles(node: Node) -> int:
    """The shuffles on the longest way from a node to its data."""
    here = 1 if node.kind == "partitionBy" else 0
    return here + max(map(max_shuffles, node.parents), default=0)


def test_unions_of_rdds_that_are_partitioned_alike_are_aligned(numbers: "RDD[int]") -> None:
    parted = numbers.map(lambda x: (x, x)).partitionBy(2)
    united = parted.union(parted.mapValues(str))
    assert united._jrdd.parameters.get("aligned") and united.getNumPartitions() == 2
    plain = parted.union(numbers)
    assert not plain._jrdd.parameters.get("aligned") and plain.getNumPartitions() == 5


def test_only_frames_of_one_element_row_are_paired(numbers: "RDD[int]") -> None:
    pairs = numbers.cartesian(numbers)
    assert lineage(pairs)[:2] == ["cartesian", "parallelize"]
    again = pairs.cartesian(numbers)
    assert [parent.kind for parent in again._jrdd.parents] == ["pipelined", "parallelize"]
    zipped = pairs.zip(pairs)
    assert [parent.kind for parent in zipped._jrdd.parents] == ["pipelined", "pipelined"]


def test_frames_for_a_shuffle_are_not_pickled_again(numbers: "RDD[int]") -> None:
    shuffled = numbers.map(lambda x: (x, x)).partitionBy(2)
    command = CPickleSerializer().loads(shuffled._jrdd.parents[0].payload)
    assert isinstance(command[3], NoOpSerializer)


def test_barriers_end_at_shuffles(numbers: "RDD[int]") -> None:
    met = numbers.barrier().mapPartitions(iter)
    assert met._is_barrier() and met.map(str)._is_barrier() and met.map(str).cache().filter(bool)._is_barrier()
    assert met._jrdd.parameters["barrier"]
    assert not numbers._is_barrier() and not met.keyBy(str).groupByKey()._is_barrier()
    assert not met.repartition(2)._is_barrier() and met.coalesce(2)._is_barrier()


def test_an_rdd_does_not_go_to_the_workers(numbers: "RDD[int]") -> None:
    import pickle

    with pytest.raises(pickle.PicklingError, match="RDD_TRANSFORM_ONLY_VALID_ON_DRIVER"):
        numbers.map(lambda x: numbers).id()
    with pytest.raises(PySparkRuntimeError):
        pickle.dumps(numbers)


def test_large_functions_are_broadcast(numbers: "RDD[int]", context: Any) -> None:
    sent = []

    class Value:
        """Stands for a broadcast variable."""

        _id = 17

        def __reduce__(self) -> Any:
            context._pickled_broadcast_vars.add(self)
            return int, (17,)

    context.broadcast = lambda value: sent.append(len(value)) or Value()
    large = list(range(1_000_000))
    rdd = numbers.map(lambda x: large[x])
    assert isinstance(rdd, PipelinedRDD)
    assert rdd._jrdd.parameters["broadcasts"] == [17]
    assert len(rdd._jrdd.payload) < 1000 < 1 << 20 < sent[0]


def test_zip_needs_the_same_number_of_partitions(numbers: "RDD[int]") -> None:
    with pytest.raises(ValueError, match="same number of partitions"):
        numbers.zip(numbers.coalesce(2)._of(numbers.ctx._lineage.node("empty", partitions=0), NoOpSerializer()))


def test_a_broadcast_variable_is_pickled_as_its_id() -> None:
    from firesteel.classic.broadcast import Broadcast
    from pyspark.serializers import CloudPickleSerializer

    table: Any = Broadcast.__new__(Broadcast)
    table._sc, table._id, table._pickle_registry = object(), 17, BroadcastPickleRegistry()
    pickled = CloudPickleSerializer().dumps(lambda: table.value)
    assert b"pyspark.core.broadcast" in pickled and b"_broadcastRegistry" not in pickled
    assert list(table._pickle_registry) == [table]


def test_a_long_lineage_is_no_deep_recursion(numbers: "RDD[int]") -> None:
    rdd: RDD[Any] = numbers
    for _ in range(2000):
        rdd = rdd.union(rdd.map(str)).coalesce(3)
    assert not rdd.map(str).is_barrier
    assert rdd.barrier().mapPartitions(iter).is_barrier


def test_a_checkpointed_rdd_lets_go_of_its_past(numbers: "RDD[int]") -> None:
    made = numbers.map(str)
    made.checkpoint()
    node = made._jrdd
    made._cut_lineage()
    assert node.parents == (numbers._jrdd,), "the engine has not heard of it"
    node.known = True
    made._cut_lineage()
    assert node.parents == ()
    assert made.getNumPartitions() == made.map(str).getNumPartitions() == 3
