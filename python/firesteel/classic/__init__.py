"""Classic PySpark's modules (`pyspark.core`, `pyspark.streaming`), which Apache's JVM-free client does not have."""

from typing import NoReturn


def not_yet(feature: str) -> NoReturn:
    """Refuses what is not there yet, with the client's own exception."""
    from pyspark.errors import PySparkNotImplementedError

    raise PySparkNotImplementedError(errorClass="NOT_IMPLEMENTED", messageParameters={"feature": feature})
