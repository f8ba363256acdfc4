"""How a driver's sessions reach the driver's own engine: a Unix socket (or a loopback port) and its token.

With each call go the local properties that the driver's `SparkContext` has in the calling thread.
"""

import json
import sys
from collections.abc import Iterable

import grpc
from pyspark.errors.exceptions.connect import SparkConnectException
from pyspark.sql.connect.client.core import ChannelBuilder
from pyspark.sql.connect.client.retries import DefaultPolicy

from firesteel.engine import Engine

# The engine is on this machine: there is no name to look up, no proxy to go through and no certificate.
OPTIONS = [
    # Without it the socket's path would be sent as the host, which HTTP/2 servers refuse.
    ("grpc.default_authority", "localhost"),
    ("grpc.enable_http_proxy", 0),
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
]


LOCAL_PROPERTIES = "firesteel-local-properties"
"""The header that carries them; its twin is in `crates/connect/src/local_properties.rs`."""

END_SECONDS_MAX = 1.0
"""How long after its socket has closed an engine may take to be gone."""


class EngineRetryPolicy(DefaultPolicy):
    """Retries as the client does, but not with an engine that has ended: it will not come back."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def can_retry(self, e: BaseException) -> bool:
        if not super().can_retry(e):
            return False
        if self._engine.has_ended(END_SECONDS_MAX):
            raise SparkConnectException(
                f"The engine of this application has ended: {self._engine.how_it_ended}. "
                "SparkSession.builder.getOrCreate() starts another one; streaming queries go on from their checkpoints."
            ) from None
        return True


class EngineChannelBuilder(ChannelBuilder):
    """Builds channels to an engine of this driver."""

    def __init__(self, engine: Engine, session_id: str | None = None) -> None:
        super().__init__(OPTIONS, {} if session_id is None else {ChannelBuilder.PARAM_SESSION_ID: session_id})
        self.engine = engine
        self._metadata = [("authorization", f"Bearer {engine.token}")]

    def toChannel(self) -> grpc.Channel:
        return self._insecure_channel(self.engine.address)

    @property
    def host(self) -> str:
        return "localhost"

    def metadata(self) -> Iterable[tuple[str, str]]:
        # Unless the module is loaded, nobody can have set a property.
        module = sys.modules.get("firesteel.classic.context")
        context = None if module is None else module.SparkContext._active_spark_context
        properties = {} if context is None else context._properties.copy()
        if not properties:
            return self._metadata
        # Headers are ASCII, which JSON's escapes see to.
        return [*self._metadata, (LOCAL_PROPERTIES, json.dumps(properties))]
