"""The client of the engine's classic service, over the channel of a Spark Connect session.

The messages and their meaning are described in `crates/classic/src/protocol.rs`. In short: each is a JSON header and a
payload (the format of `firesteel.callbacks`), and every request says whose session it belongs to.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import grpc

from firesteel.callbacks import Header, decode, encode
from firesteel.classic.errors import Py4JNetworkError, engine_error

CALL = "/firesteel.ClassicService/Call"
RUN = "/firesteel.ClassicService/Run"
UPLOAD = "/firesteel.ClassicService/Upload"

Reply = tuple[Header, bytes]


class Service:
    """The classic service, for one session."""

    def __init__(self, session: Any) -> None:
        client = session.client
        channel = client._channel
        self._call = channel.unary_unary(CALL)
        self._run = channel.unary_stream(RUN)
        self._upload = channel.stream_unary(UPLOAD)
        self._metadata: Callable[[], Iterable[tuple[str, str]]] = client._builder.metadata
        self._session = {"user_id": client._user_id or "", "session_id": session.session_id}

    def call(self, kind: str, header: Header, payload: bytes = b"") -> Reply:
        """Asks for something that is answered at once."""
        with _engine_is_there():
            return _reply(self._call(self._message(kind, header, payload), metadata=self._metadata()))

    def run(self, kind: str, header: Header, payload: bytes = b"") -> Iterator[Reply]:
        """Asks for something that takes its time; gives the replies as they come. Closing the iterator cancels it."""
        with _engine_is_there():
            replies = self._run(self._message(kind, header, payload), metadata=self._metadata())
            try:
                for message in replies:
                    yield _reply(message)
            finally:
                replies.cancel()

    def upload(self, kind: str, header: Header, parts: Iterable[bytes]) -> Reply:
        """Sends something large in parts."""

        def messages() -> Iterator[bytes]:
            yield self._message(kind, header)
            for part in parts:
                yield encode({}, part)

        with _engine_is_there():
            return _reply(self._upload(messages(), metadata=self._metadata()))

    def _message(self, kind: str, header: Header, payload: bytes = b"") -> bytes:
        return encode({"kind": kind, "session": self._session, **header}, payload)


def _reply(message: bytes) -> Reply:
    header, payload = decode(message)
    error = header.get("error")
    if error is not None:
        raise engine_error(error)
    return header, payload


@contextlib.contextmanager
def _engine_is_there() -> Iterator[None]:
    try:
        yield
    except grpc.RpcError as error:
        details = error.details() if isinstance(error, grpc.Call) else str(error)
        raise Py4JNetworkError(f"The engine did not answer: {details}") from None


class StoppedService(Service):
    """The service of a context that has been stopped."""

    def __init__(self) -> None:
        pass

    def call(self, kind: str, header: Header, payload: bytes = b"") -> Reply:
        """Refuses."""
        raise _stopped()

    def run(self, kind: str, header: Header, payload: bytes = b"") -> Iterator[Reply]:
        """Refuses."""
        raise _stopped()

    def upload(self, kind: str, header: Header, parts: Iterable[bytes]) -> Reply:
        """Refuses."""
        raise _stopped()


def _stopped() -> Exception:
    text = "Cannot call methods on a stopped SparkContext."
    return engine_error({"class": "java.lang.IllegalStateException", "message": text})
