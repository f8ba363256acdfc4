"""The driver's end of the callback stream, against a server that speaks the engine's wire format."""

import queue
from collections.abc import Iterator
from concurrent import futures
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from firesteel.callbacks import METHOD, TOKEN_PREFIX, Callbacks, decode, encode

SESSION = "00000000-0000-4000-8000-000000000001"


class FakeEngine(grpc.GenericRpcHandler):
    """Sends what a test puts into `calls` and keeps what the driver answers in `answers`."""

    def __init__(self) -> None:
        self.calls: queue.Queue[bytes | None] = queue.Queue()
        self.answers: queue.Queue[tuple[dict[str, Any], bytes]] = queue.Queue()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        assert ("authorization", "Bearer secret") in details.invocation_metadata
        return grpc.stream_stream_rpc_method_handler(self.serve) if details.method == METHOD else None

    def serve(self, messages: Iterator[bytes], _context: grpc.ServicerContext) -> Iterator[bytes]:
        import threading

        def keep() -> None:
            try:
                for message in messages:
                    self.answers.put(decode(message))
            except Exception:
                pass  # the driver closed the stream

        threading.Thread(target=keep, daemon=True).start()
        yield from iter(self.calls.get, None)

    def call(self, payload: bytes = b"", **header: Any) -> tuple[dict[str, Any], bytes]:
        """One call and its answer."""
        self.calls.put(encode(header, payload))
        return self.answers.get(timeout=10)


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    """A server on a free port."""
    fake = FakeEngine()
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[fake])
    fake.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield fake
    fake.calls.put(None)
    server.stop(0)


@pytest.fixture
def callbacks(engine: FakeEngine) -> Iterator[Callbacks]:
    """The driver's end."""
    builder = SimpleNamespace(metadata=lambda: [("authorization", "Bearer secret")])
    channel = grpc.insecure_channel(f"127.0.0.1:{engine.port}")
    client = SimpleNamespace(_user_id="me", _channel=channel, _builder=builder)
    callbacks = Callbacks(SimpleNamespace(), SimpleNamespace(session_id=SESSION, client=client))
    yield callbacks
    callbacks.close()
    channel.close()


def batch(engine: FakeEngine, token: str, call: int, number: int) -> dict[str, Any]:
    """The answer to a call with one batch."""
    header = {"kind": "foreachBatch", "function": token, "relation_id": "r", "session_id": SESSION}
    return engine.call(id=call, batch_id=number, **header)[0]


def test_the_stream_opens_with_whose_calls_it_takes(engine: FakeEngine, callbacks: Callbacks) -> None:
    assert callbacks.keep(print).startswith(TOKEN_PREFIX)
    hello, _ = engine.answers.get(timeout=10)
    assert hello == {"kind": "hello", "protocol": 1, "user_id": "me", "session_id": SESSION}


def test_a_function_sees_the_variables_of_the_driver(engine: FakeEngine, callbacks: Callbacks) -> None:
    seen = []
    token = callbacks.keep(lambda rows, number: seen.append((rows._plan._relation_id, number)))
    engine.answers.get(timeout=10)
    assert batch(engine, token.removeprefix(TOKEN_PREFIX).decode(), 1, 7) == {"id": 1, "ok": True}
    assert seen == [("r", 7)]


def test_an_exception_goes_back_with_the_users_traceback(engine: FakeEngine, callbacks: Callbacks) -> None:
    def fails(_rows: Any, number: int) -> None:
        raise ValueError(f"no {number}")

    token = callbacks.keep(fails)
    engine.answers.get(timeout=10)
    error = batch(engine, token.removeprefix(TOKEN_PREFIX).decode(), 1, 3)["error"]
    assert (error["type"], error["message"]) == ("ValueError", "no 3")
    assert "in fails" in error["traceback"] and "firesteel/callbacks.py" not in error["traceback"]


def test_calls_run_side_by_side(engine: FakeEngine, callbacks: Callbacks) -> None:
    turn: queue.Queue[int] = queue.Queue()
    waits = callbacks.keep(lambda _rows, _number: turn.get(timeout=10)).removeprefix(TOKEN_PREFIX).decode()
    goes = callbacks.keep(lambda _rows, number: turn.put(number)).removeprefix(TOKEN_PREFIX).decode()
    engine.answers.get(timeout=10)
    header = {"kind": "foreachBatch", "relation_id": "r", "session_id": SESSION, "batch_id": 0}
    engine.calls.put(encode({"id": 1, "function": waits, **header}))
    engine.calls.put(encode({"id": 2, "function": goes, **header}))
    answered = {engine.answers.get(timeout=10)[0]["id"] for _ in range(2)}
    assert answered == {1, 2}


def test_ping_and_kinds_that_are_not_known(engine: FakeEngine, callbacks: Callbacks) -> None:
    callbacks.keep(print)
    engine.answers.get(timeout=10)
    assert engine.call(b"payload", id=1, kind="ping") == ({"id": 1, "ok": True}, b"payload")
    engine.calls.put(encode({"id": 1, "kind": "cancel"}))
    answer, _ = engine.call(id=2, kind="mystery")
    assert answer["error"]["type"] == "NotImplementedError"
