"""`pyspark.streaming`: DStreams.

The graph of streams lives in this process (`graph.py`, `streams.py`), since its functions do. The batch clock, the receivers,
the logs and the checkpoints live in the engine, which asks for each batch's jobs (`driver.py`).
"""

from firesteel.classic.streaming.context import StreamingContext
from firesteel.classic.streaming.dstream import DStream
from firesteel.classic.streaming.listener import StreamingListener

__all__ = ["DStream", "StreamingContext", "StreamingListener"]
