"""`pyspark.streaming.kinesis`: its names, and why there is no Kinesis here."""

from typing import Any, NoReturn

from pyspark.errors import PySparkNotImplementedError

__all__ = ["InitialPositionInStream", "KinesisUtils", "MetricsLevel", "utf8_decoder"]


class InitialPositionInStream:
    """Where a stream begins."""

    LATEST, TRIM_HORIZON = (0, 1)


class MetricsLevel:
    """How much the Kinesis library reports."""

    DETAILED, SUMMARY, NONE = (0, 1, 2)


def utf8_decoder(s: "bytes | None") -> "str | None":
    """Decodes UTF-8."""
    return None if s is None else s.decode("utf-8")


class KinesisUtils:
    """Makes streams of Kinesis, where there is a JVM."""

    @staticmethod
    def createStream(*_arguments: Any, **_options: Any) -> NoReturn:
        """Refuses: Amazon's Kinesis library is Java."""
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "KinesisUtils.createStream: it needs a JVM. A program that reads Kinesis and writes lines to a "
                "socket can feed socketTextStream instead"
            },
        )
