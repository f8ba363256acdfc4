//! Calls from the engine into the user's driver process: foreachBatch, foreachRDD, listeners.
//!
//! A closure that runs once per batch must see the driver's variables, so it stays in the driver. The driver opens one
//! stream to the engine; the engine sends requests down that stream and waits for their answers. Nothing that a
//! callback does is retried by this layer: a call whose driver goes away fails, and its caller (a query, a batch)
//! decides what that means.
//!
//! # Wire format
//!
//! gRPC method `/firesteel.DriverService/Callbacks`, a bidirectional stream of raw messages (no protobuf). In Python:
//!
//! ```text
//! channel.stream_stream("/firesteel.DriverService/Callbacks",
//!                       request_serializer=lambda frame: frame, response_deserializer=lambda frame: frame)
//! ```
//!
//! with the same metadata (the bearer token) as Spark Connect. Each message is one [`Frame`]: the header's length (4
//! bytes, big-endian, unsigned), the header (a UTF-8 JSON object), then the payload (the rest, may be empty).
//!
//! **1. Opening.** The driver's first frame says whose calls it takes. The session is the Spark Connect session; it is made
//! if the engine does not know it yet.
//!
//! ```text
//! driver -> engine   {"kind": "hello", "protocol": 1, "user_id": "…", "session_id": "…"}
//! engine -> driver   {"kind": "welcome", "protocol": 1, "session_id": "…"}
//! ```
//!
//! `user_id` is the `user_context.user_id` of the same driver's Spark Connect requests (`""` if it sends none). A second
//! stream for the same session takes the place of the first, whose calls in flight fail. A wrong first frame, or a
//! protocol that the engine does not speak, ends the stream with `INVALID_ARGUMENT`.
//!
//! **2. Calls.** `id` is a number that is unique in the stream. Several calls may be open at once, from several queries:
//! the driver runs each on a thread of its own, since a callback may well use the engine itself and so cause further
//! calls. Answers may come in any order.
//!
//! ```text
//! engine -> driver   {"id": 5, "kind": "foreachBatch", …}                        + payload
//! driver -> engine   {"id": 5, "ok": true, …}                                    + payload
//! or                 {"id": 5, "error": {"type": "ValueError", "message": "…", "traceback": "…"}}
//! ```
//!
//! `type` is the Python class's name, `message` is `str(exception)`, `traceback` is the text of
//! `traceback.format_exc()`. Further keys of an answer belong to the call's kind. A driver that does not know a kind answers with an
//! error of type `NotImplementedError`. An answer to an unknown `id` is ignored.
//!
//! **3. Giving up.** When the engine no longer waits (the query was stopped), it says so; the driver may ignore it, and
//! need not answer then:
//!
//! ```text
//! engine -> driver   {"id": 5, "kind": "cancel"}
//! ```
//!
//! **4. Closing.** The driver half-closes its side; the engine ends its side when the session is released or the
//! server stops.
//!
//! # Kinds
//!
//! | kind | header | payload | answer |
//! |---|---|---|---|
//! | `foreachBatch` | `function`: the function's token; `batch_id`: number; `session_id`: where the relation lives; `relation_id`: the batch's rows as a `CachedRemoteRelation`, valid until the answer | empty | `{"ok": true}` |
//! | `listenerEvent` | `listener`: the listener's token; `event`: `started`, `progress`, `idle`, `terminated` | the event as JSON | `{"ok": true}` |
//! | `foreachRDD`, `transform` | `function`: token; `time_ms`: the batch's time; the rest belongs to the `dstream` crate | belongs to the `dstream` crate | the same |
//! | `accumulatorUpdates` | | updates of accumulators from functions of queries: pickled pairs of id and update, each behind its length (4 bytes, big-endian) | `{"ok": true}` |
//! | `ping` | | any | `{"ok": true}` and the same payload |
//!
//! **Function tokens.** Where Spark Connect carries a pickled function (`PythonUDF.command`), a driver that keeps the
//! function to itself sends the ASCII bytes `firesteel-driver:` and then a token of its choice (UTF-8); see
//! [`function_token`]. The token comes back as `function`. Everything else in `command` is a pickled function that runs
//! in a worker process, as Spark does it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};

use crate::frame::{Frame, Header};

/// What a driver writes before a token, in the place of a pickled function.
pub const TOKEN_PREFIX: &[u8] = b"firesteel-driver:";

/// How long a call waits for a driver to open its stream.
const DRIVER_WAIT: Duration = Duration::from_secs(10);

/// Frames that may wait for a slow driver before callers are held back.
const QUEUED_FRAMES_MAX: usize = 64;

/// The token of a function that stays in the driver, or `None` for a pickled function.
pub fn function_token(command: &[u8]) -> Option<&str> {
    command.strip_prefix(TOKEN_PREFIX).and_then(|token| std::str::from_utf8(token).ok())
}

/// A driver's answer to a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The answer's header, with `id` and `ok`.
    pub header: Header,
    /// What came with it.
    pub payload: Bytes,
}

/// The engine's end of one session's callbacks. Clones share the driver.
#[derive(Debug, Clone)]
pub struct DriverCallbacks {
    driver: Arc<watch::Sender<Option<Arc<Driver>>>>,
    driver_wait: Duration,
}

/// One open stream to a driver.
#[derive(Debug)]
pub(crate) struct Driver {
    next_id: AtomicU64,
    /// `None` once the stream has ended.
    open: Mutex<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    frames: mpsc::Sender<Frame>,
    calls: HashMap<u64, oneshot::Sender<Result<Answer>>>,
}

impl Default for DriverCallbacks {
    fn default() -> Self {
        Self { driver: Arc::new(watch::Sender::new(None)), driver_wait: DRIVER_WAIT }
    }
}

impl DriverCallbacks {
    /// Whether a driver has its stream open now.
    pub fn is_connected(&self) -> bool {
        self.driver.borrow().is_some()
    }

    /// Calls the driver and waits for its answer, for as long as that takes.
    ///
    /// Dropping the future tells the driver that no one waits any more. If no driver is there, one may still come
    /// within ten seconds.
    ///
    /// # Errors
    /// [`Exception::Python`] if the callback raised, [`Exception::Spark`] if there is no driver or it went away.
    pub async fn call(&self, kind: &str, header: Header, payload: Bytes) -> Result<Answer> {
        self.driver(kind).await?.call(kind, header, payload).await
    }

    /// Opens a stream in the place of any before it; the frames to send come out of the receiver.
    pub(crate) fn open(&self) -> (Arc<Driver>, mpsc::Receiver<Frame>) {
        let (frames, outgoing) = mpsc::channel(QUEUED_FRAMES_MAX);
        let open = Mutex::new(Some(Open { frames, calls: HashMap::new() }));
        let driver = Arc::new(Driver { next_id: AtomicU64::new(1), open });
        if let Some(before) = self.driver.send_replace(Some(driver.clone())) {
            before.close("another driver took over the session's callbacks");
        }
        (driver, outgoing)
    }

    /// Ends `driver`'s stream: its calls fail.
    pub(crate) fn close(&self, driver: &Arc<Driver>) {
        self.driver.send_if_modified(|current| {
            let same = current.as_ref().is_some_and(|current| Arc::ptr_eq(current, driver));
            if same {
                *current = None;
            }
            same
        });
        driver.close("the driver closed its stream");
    }

    /// Ends the open stream, if there is one.
    pub(crate) fn shut(&self) {
        if let Some(driver) = self.driver.send_replace(None) {
            driver.close("the session was closed");
        }
    }

    async fn driver(&self, kind: &str) -> Result<Arc<Driver>> {
        let mut changes = self.driver.subscribe();
        let waited = tokio::time::timeout(self.driver_wait, changes.wait_for(Option::is_some)).await;
        match waited {
            Ok(Ok(driver)) => driver.clone().ok_or_else(|| gone(kind, "it closed its stream")),
            _ => Err(gone(kind, "no driver has opened a stream for this session")),
        }
    }
}

impl Driver {
    async fn call(self: Arc<Self>, kind: &str, mut header: Header, payload: Bytes) -> Result<Answer> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        header.insert("id".into(), id.into());
        header.insert("kind".into(), kind.into());
        let (answer, answered) = oneshot::channel();
        let frames = match self.open.lock().as_mut() {
            Some(open) => {
                open.calls.insert(id, answer);
                open.frames.clone()
            }
            None => return Err(gone(kind, "it closed its stream")),
        };
        let waiting = Waiting { driver: self.clone(), id };
        if frames.send(Frame { header, payload }).await.is_err() {
            return Err(gone(kind, "it closed its stream"));
        }
        let answer = answered.await.unwrap_or_else(|_| Err(gone(kind, "it closed its stream")));
        drop(waiting);
        answer
    }

    /// Takes an answer from the driver.
    pub(crate) fn answer(&self, frame: Frame) {
        let id = frame.header.get("id").and_then(Value::as_u64);
        let caller = id.and_then(|id| self.open.lock().as_mut().and_then(|open| open.calls.remove(&id)));
        let Some(caller) = caller else {
            tracing::debug!(?id, "an answer from the driver that no one waits for");
            return;
        };
        let result = match frame.header.get("error") {
            Some(error) => Err(raised(error)),
            None => Ok(Answer { header: frame.header, payload: frame.payload }),
        };
        // The caller may have given up in this very moment.
        let _ = caller.send(result);
    }

    fn close(&self, why: &str) {
        let open = self.open.lock().take();
        for (_, caller) in open.into_iter().flat_map(|open| open.calls) {
            let _ = caller.send(Err(gone("callback", why)));
        }
    }
}

/// A call that is open; dropped early, it tells the driver.
struct Waiting {
    driver: Arc<Driver>,
    id: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut open = self.driver.open.lock();
        let Some(open) = open.as_mut() else { return };
        if open.calls.remove(&self.id).is_some() {
            let header = json!({"id": self.id, "kind": "cancel"}).as_object().cloned().unwrap_or_default();
            // A driver too slow to be told will find its answer ignored instead.
            let _ = open.frames.try_send(Frame::of(header));
        }
    }
}

fn gone(kind: &str, why: &str) -> SparkError {
    SparkError::plain(Exception::Spark, format!("The {kind} could not run in the driver process: {why}."))
}

/// The exception that a callback raised, as Spark words what a Python process reports.
fn raised(error: &Value) -> SparkError {
    let part = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let traceback = part("traceback");
    let text = if traceback.is_empty() {
        format!("{}: {}", part("type"), part("message"))
    } else {
        traceback.trim_end().to_string()
    };
    SparkError::plain(Exception::Python, text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn header(value: Value) -> Header {
        value.as_object().cloned().unwrap()
    }

    #[tokio::test]
    async fn answers_reach_their_callers_in_any_order() {
        let callbacks = DriverCallbacks::default();
        let (driver, mut outgoing) = callbacks.open();
        let calls: Vec<_> = ["a", "b"]
            .map(|payload| {
                let callbacks = callbacks.clone();
                tokio::spawn(async move { callbacks.call("ping", Header::new(), payload.into()).await })
            })
            .into();
        let mut frames = vec![outgoing.recv().await.unwrap(), outgoing.recv().await.unwrap()];
        frames.reverse();
        for frame in frames {
            let id = frame.header["id"].clone();
            driver.answer(Frame { header: header(json!({"id": id, "ok": true})), payload: frame.payload });
        }
        let payloads: Vec<_> =
            futures::future::join_all(calls).await.into_iter().map(|call| call.unwrap().unwrap().payload).collect();
        assert_eq!(payloads, ["a", "b"]);
    }

    #[tokio::test]
    async fn an_exception_in_the_driver_is_a_python_exception() {
        let callbacks = DriverCallbacks::default();
        let (driver, mut outgoing) = callbacks.open();
        let call = tokio::spawn({
            let callbacks = callbacks.clone();
            async move { callbacks.call("foreachBatch", Header::new(), Bytes::new()).await }
        });
        let id = outgoing.recv().await.unwrap().header["id"].clone();
        let error = json!({"type": "ValueError", "message": "no", "traceback": "Traceback …\nValueError: no\n"});
        driver.answer(Frame::of(header(json!({"id": id, "error": error}))));
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.exception(), Exception::Python);
        assert!(error.message().ends_with("ValueError: no"), "{error}");
    }

    #[tokio::test]
    async fn calls_fail_when_the_driver_goes_away() {
        let callbacks = DriverCallbacks::default();
        let (driver, mut outgoing) = callbacks.open();
        let call = tokio::spawn({
            let callbacks = callbacks.clone();
            async move { callbacks.call("foreachBatch", Header::new(), Bytes::new()).await }
        });
        outgoing.recv().await.unwrap();
        callbacks.close(&driver);
        assert!(call.await.unwrap().is_err());
        assert!(!callbacks.is_connected());
    }

    #[tokio::test]
    async fn a_call_that_is_dropped_is_cancelled_in_the_driver() {
        let callbacks = DriverCallbacks::default();
        let (_driver, mut outgoing) = callbacks.open();
        let mut call = Box::pin(callbacks.call("foreachBatch", Header::new(), Bytes::new()));
        assert!(futures::poll!(&mut call).is_pending());
        let id = outgoing.recv().await.unwrap().header["id"].clone();
        drop(call);
        let cancel = outgoing.recv().await.unwrap().header;
        assert_eq!((&cancel["id"], &cancel["kind"]), (&id, &json!("cancel")));
    }

    #[tokio::test]
    async fn a_call_waits_for_a_driver_but_not_for_ever() {
        let callbacks = DriverCallbacks { driver_wait: Duration::ZERO, ..DriverCallbacks::default() };
        let error = callbacks.call("ping", Header::new(), Bytes::new()).await.unwrap_err();
        assert!(error.message().contains("no driver"), "{error}");
    }

    #[test]
    fn tokens_are_told_from_pickles() {
        assert_eq!(function_token(b"firesteel-driver:f-1"), Some("f-1"));
        assert_eq!(function_token(b"\x80\x05\x95"), None);
    }
}
