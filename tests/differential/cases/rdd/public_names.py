import inspect

from pyspark import RDD, RDDBarrier
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
for owner in (RDD, RDDBarrier):
    for name in sorted(name for name in dir(owner) if not name.startswith("_")):
        member = inspect.getattr_static(owner, name)
        if callable(member):
            print(
                owner.__name__,
                name,
                [
                    (
                        p.name,
                        p.kind.name,
                        p.default
                        if p.default is None or isinstance(p.default, (int, float))
                        else p.default is not p.empty,
                    )
                    for p in inspect.signature(member).parameters.values()
                ],
            )
        else:
            print(owner.__name__, name)
