"""Functions that the engine calls in this process, so that their closures see the script's own variables.

The driver opens one stream to the engine for a session; its wire format is described in `crates/connect/src/callbacks.rs`.
In short: each message is the length of a JSON header (4 bytes, big-endian), the header, and a payload. The engine sends
calls, each with an `id`; every call runs on a thread of its own and is answered with `ok` or with the exception.
"""

import json
import queue
import struct
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from firesteel.session import Application

METHOD = "/firesteel.DriverService/Callbacks"
TOKEN_PREFIX = b"firesteel-driver:"
PROTOCOL = 1

Header = dict[str, Any]


def encode(header: Header, payload: bytes = b"") -> bytes:
    """A message of the stream."""
    text = json.dumps(header).encode()
    return struct.pack(">I", len(text)) + text + payload


def decode(message: bytes) -> tuple[Header, bytes]:
    """The header and the payload of a message."""
    (length,) = struct.unpack_from(">I", message)
    return json.loads(message[4 : 4 + length]), message[4 + length :]


class Callbacks:
    """The stream of one session, and the functions that can be called through it."""

    def __init__(self, application: "Application", session: Any) -> None:
        self._application = application
        self._session = session
        self._sessions = {session.session_id: session}
        self._functions: dict[str, Callable[..., Any]] = {}
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._call: Any = None
        self._lock = threading.Lock()

    def keep(self, function: Callable[..., Any]) -> bytes:
        """Keeps a function for the engine to call; gives what is sent in the place of the pickled function."""
        token = uuid.uuid4().hex
        self._functions[token] = function
        self.open()
        return TOKEN_PREFIX + token.encode()

    def close(self) -> None:
        """Ends the stream."""
        with self._lock:
            call, self._call = self._call, None
        if call is not None:
            self._outgoing.put(None)
            call.cancel()

    def open(self) -> None:
        """Opens the stream, unless it is open."""
        with self._lock:
            if self._call is not None and self._call.is_active():
                return
            self._outgoing = queue.SimpleQueue()
            client = self._session.client
            hello = {
                "kind": "hello",
                "protocol": PROTOCOL,
                "user_id": client._user_id or "",
                "session_id": self._session.session_id,
            }
            self._outgoing.put(encode(hello))
            stream = client._channel.stream_stream(METHOD)
            self._call = stream(iter(self._outgoing.get, None), metadata=client._builder.metadata())
            arguments = (self._call, self._outgoing)
            threading.Thread(target=self._listen, args=arguments, name="firesteel-callbacks", daemon=True).start()

    def _listen(self, messages: Iterator[bytes], answers: "queue.SimpleQueue[bytes | None]") -> None:
        try:
            for message in messages:
                header, payload = decode(message)
                if "id" not in header or header["kind"] == "cancel":
                    continue
                arguments = (header, payload, answers)
                name = f"firesteel-{header['kind']}"
                threading.Thread(target=self._answer, args=arguments, name=name, daemon=True).start()
        except grpc.RpcError:
            # The engine fails the calls that are open; the next function that is kept opens a new stream.
            pass
        finally:
            answers.put(None)

    def _answer(self, header: Header, payload: bytes, answers: "queue.SimpleQueue[bytes | None]") -> None:
        answer: Header = {"id": header["id"]}
        try:
            result = self._run(header, payload)
            answer["ok"] = True
        except BaseException as error:
            result = b""
            answer["error"] = {
                "type": type(error).__name__,
                "message": str(error),
                "traceback": "".join(traceback.format_exception(type(error), error, _user_frames(error))),
            }
        answers.put(encode(answer, result))

    def _run(self, header: Header, payload: bytes) -> bytes:
        kind = header["kind"]
        if kind == "ping":
            return payload
        if kind == "accumulatorUpdates":
            from firesteel.classic.lineage import merge_updates

            merge_updates(payload)
            return b""
        if kind == "foreachBatch":
            self._foreach_batch(header)
            return b""
        raise NotImplementedError(f"The driver does not know calls of the kind {kind!r}.")

    def _foreach_batch(self, header: Header) -> None:
        from pyspark.sql.connect.dataframe import DataFrame
        from pyspark.sql.connect.plan import CachedRemoteRelation
        from pyspark.sql.connect.session import SparkSession

        session = self._session_of(header["session_id"])
        SparkSession._active_session.session = session
        # Without a session the plan does not ask the engine to drop the rows, which the answer does anyway.
        rows: Any = CachedRemoteRelation(header["relation_id"], spark_session=None)
        self._functions[header["function"]](DataFrame(rows, session), header["batch_id"])

    def _session_of(self, session_id: str) -> Any:
        with self._lock:
            if session_id not in self._sessions:
                self._sessions[session_id] = self._application.new_session(session_id)
            return self._sessions[session_id]


def _user_frames(error: BaseException) -> Any:
    """The traceback without the frames of this module at its top."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace
