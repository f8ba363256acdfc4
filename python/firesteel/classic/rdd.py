"""`pyspark.core.rdd`: resilient distributed datasets.

An RDD is a node of the engine's lineage and the way its frames of bytes become elements. What an RDD can do is in the
modules beside this one, a family of methods in each; what its tasks do, in `firesteel.classic.tasks`.

Narrow operations make no nodes. They add a step to a `PipelinedRDD`, which becomes a node, with one pickled function of
all its steps, when the engine first has to know it. An RDD that is to be kept (persisted, checkpointed) is such a node.
"""

import functools
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from pyspark.errors import PySparkRuntimeError
from pyspark.serializers import AutoBatchedSerializer, CPickleSerializer, Serializer
from pyspark.util import PythonEvalType

from firesteel.classic.broadcast import pickle_command
from firesteel.classic.operations.actions import Actions
from firesteel.classic.operations.joins import Joins
from firesteel.classic.operations.pairs import Pairs
from firesteel.classic.operations.resources import Resources
from firesteel.classic.operations.sampling import Sampling
from firesteel.classic.operations.saving import Saving
from firesteel.classic.operations.sorting import Sorting
from firesteel.classic.operations.statistics import BoundedFloat, Statistics
from firesteel.classic.operations.storage import Storage
from firesteel.classic.operations.transformations import Transformations
from firesteel.classic.tasks.partitioner import Partitioner, portable_hash
from firesteel.classic.tasks.steps import Pipeline, Step, by_partition

if TYPE_CHECKING:
    from pyspark.profiler import Profiler
    from pyspark.sql.dataframe import DataFrame

    from firesteel.classic.context import SparkContext
    from firesteel.classic.lineage import Node

__all__ = ["RDD"]

EXPORTED = (BoundedFloat, PythonEvalType, portable_hash)
"""Names that programs import from here."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")

PICKLED = AutoBatchedSerializer(CPickleSerializer())

COMMAND_BYTES_MAX = 1 << 20
"""A pickled function that is larger than this is broadcast, so that a worker gets it once and not with each task."""


NAMED_BY_PATH = ("textFile", "wholeTextFiles", "binaryFiles")
"""Nodes whose path is their name too, unless they are given one."""


class RDD(
    Transformations,
    Pairs,
    Joins,
    Sorting,
    Sampling,
    Actions,
    Statistics,
    Saving,
    Storage,
    Resources,
    Generic[T_co],
):
    """Elements in partitions, which the engine computes when an action needs them."""

    _name: "str | None" = None

    def __init__(self, jrdd: "Node", ctx: "SparkContext", jrdd_deserializer: Serializer = PICKLED) -> None:
        self._jrdd: Node = jrdd
        self._describe(ctx, jrdd_deserializer, None)

    def _describe(self, ctx: "SparkContext", deserializer: Serializer, partitioner: "Partitioner | None") -> None:
        """What is the same for all kinds of RDDs. The partitioner tells how pairs are spread by their keys, if known."""
        self.ctx = ctx
        self._jrdd_deserializer = deserializer
        self.partitioner = partitioner
        self.is_cached = False
        self.is_checkpointed = False
        self.has_resource_profile = False

    def _of(self, node: "Node", deserializer: Serializer) -> "RDD[Any]":
        """An RDD of another node."""
        return RDD(node, self.ctx, deserializer)

    @property
    def context(self) -> "SparkContext":
        """The context that the RDD was made by.

        >>> sc.range(5).context is sc
        True
        """
        return self.ctx

    def id(self) -> int:
        """The RDD's number, of which no other RDD of the context has the same."""
        return self._jrdd.id

    def __repr__(self) -> str:
        return str(self.ctx._lineage.ask("describe", self._jrdd)["line"])

    def toDebugString(self) -> "bytes | None":
        """The RDDs that this one is made from, one on a line, indented where a shuffle lies between."""
        text = self.ctx._lineage.ask("describe", self._jrdd)["text"]
        return str(text).encode() if text else None

    def name(self) -> "str | None":
        """The RDD's name.

        >>> sc.range(5).name() is None
        True
        """
        node = self._jrdd
        name = (
            self._name
            if self._name is not None
            else node.parameters.get("path")
            if node.kind in NAMED_BY_PATH
            else None
        )
        return name or None

    def setName(self: "RDD[T]", name: str) -> "RDD[T]":
        """Names the RDD.

        >>> sc.parallelize([1, 2]).setName("numbers").name()
        'numbers'
        """
        self.ctx._lineage.ask("setName", self._jrdd, name=name)
        self._name = name
        return self

    def getNumPartitions(self) -> int:
        """How many partitions the RDD has.

        >>> sc.parallelize([1, 2, 3, 4], 2).getNumPartitions()
        2
        """
        return self._jrdd.num_partitions

    def barrier(self: "RDD[T]") -> "RDDBarrier[T]":
        """The RDD, for steps whose tasks all run at the same time and can wait for each other."""
        return RDDBarrier(self)

    def _is_barrier(self) -> bool:
        return self._jrdd.is_barrier

    def _cut_lineage(self) -> None:
        """Lets go of what the RDD was made of: the engine reads its checkpoint. A long stream would keep its whole past."""
        self._jrdd.cut()

    def toDF(self: "RDD[Any]", schema: Any = None, sampleRatio: "float | None" = None) -> "DataFrame":
        """The elements as the rows of a DataFrame."""
        from pyspark.sql import SparkSession

        session = SparkSession.getActiveSession() or self.ctx._session
        return session.createDataFrame(self, schema, sampleRatio)

    def __getnewargs__(self) -> NoReturn:
        # Pickling calls it: the RDD is inside a function that is on its way to the workers.
        raise PySparkRuntimeError(errorClass="RDD_TRANSFORM_ONLY_VALID_ON_DRIVER", messageParameters={})


class PipelinedRDD(RDD[U], Generic[T, U]):
    """An RDD and a step; and all steps before it, unless there is something in between that is to be kept."""

    def __init__(
        self, prev: RDD[T], func: Step, preservesPartitioning: bool = False, isFromBarrier: bool = False
    ) -> None:
        if isinstance(prev, PipelinedRDD) and prev._is_pipelinable():
            self._source: RDD[Any] | None = prev._source
            self._steps: tuple[Step, ...] = (*prev._steps, func)
            self.preservesPartitioning: bool = prev.preservesPartitioning and preservesPartitioning
        else:
            self._source = prev
            self._steps = (func,)
            self.preservesPartitioning = preservesPartitioning
        self._describe(prev.ctx, prev.ctx.serializer, prev.partitioner if self.preservesPartitioning else None)
        self.is_barrier = isFromBarrier or prev._is_barrier()
        self._node: Node | None = None

    @property
    def func(self) -> Step:
        """All steps as one function of a partition's number and elements."""
        return self._steps[0] if len(self._steps) == 1 else Pipeline(self._steps)

    @property
    def _jrdd(self) -> "Node":  # type: ignore[override]
        if self._node is None:
            profiler = self._profiler()
            self._node = self._make_node(profiler)
            if profiler is not None:
                assert self.ctx.profiler_collector is not None
                self.ctx.profiler_collector.add_profiler(self._node.id, profiler)
        return self._node

    def _make_node(self, profiler: "Profiler | None") -> "Node":
        assert self._source is not None
        context, source = self.ctx, self._source._jrdd
        command = (self.func, profiler, self._source._jrdd_deserializer, self._jrdd_deserializer)
        pickled, broadcasts = pickle_command(context, command)
        if len(pickled) > COMMAND_BYTES_MAX:
            # The variables that the function refers to must be there when the worker unpickles it.
            self._broadcast_command = context.broadcast(pickled)
            pickled, whole = pickle_command(context, self._broadcast_command)
            broadcasts = [*broadcasts, *whole]
        self._broadcasts = broadcasts
        parameters = {
            "broadcasts": [broadcast._id for broadcast in broadcasts],
            "python_version": context.pythonVer,
            "environment": context.environment,
            "preserves_partitioning": self.preservesPartitioning,
            "barrier": self.is_barrier,
        }
        return context._lineage.node("pipelined", [source], parameters, pickled)

    def _profiler(self) -> "Profiler | None":
        collector = self.ctx.profiler_collector
        if collector is None or self.ctx._conf.get("spark.python.profile", "false") != "true":
            return None
        return collector.new_profiler(self.ctx)

    def getNumPartitions(self) -> int:
        """How many partitions the RDD has: as many as what it is computed from."""
        return self._jrdd.num_partitions if self._source is None else self._source.getNumPartitions()

    def _is_pipelinable(self) -> bool:
        """Whether a further step may join those of this RDD: not if its own elements are to be kept."""
        return not (self.is_cached or self.is_checkpointed or self.has_resource_profile)

    def _is_barrier(self) -> bool:
        return self.is_barrier

    def _cut_lineage(self) -> None:
        super()._cut_lineage()
        self._source = None


class RDDBarrier(Generic[T]):
    """An RDD for steps in a barrier stage, whose tasks all run at once and can wait for each other.

    They do that with `pyspark.BarrierTaskContext`.
    """

    def __init__(self, rdd: RDD[T]) -> None:
        self.rdd = rdd

    def mapPartitions(self, f: Callable[[Iterable[T]], Iterable[U]], preservesPartitioning: bool = False) -> "RDD[U]":
        """What `f` gives for the iterator of each partition."""
        return PipelinedRDD(self.rdd, functools.partial(by_partition, f), preservesPartitioning, isFromBarrier=True)

    def mapPartitionsWithIndex(
        self, f: Callable[[int, Iterable[T]], Iterable[U]], preservesPartitioning: bool = False
    ) -> "RDD[U]":
        """What `f` gives for the number and the iterator of each partition."""
        return PipelinedRDD(self.rdd, f, preservesPartitioning, isFromBarrier=True)


# What prints a class shows the name under which programs import it; by that name it can be found, too.
sys.modules.setdefault("pyspark.core.rdd", sys.modules[__name__])
for _class in (RDD, PipelinedRDD, RDDBarrier):
    _class.__module__ = "pyspark.core.rdd"
