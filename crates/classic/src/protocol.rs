//! The protocol between the Python RDD API and the engine.
//!
//! gRPC service `firesteel.ClassicService`, on the port and with the bearer token of Spark Connect. Messages are raw
//! [`Frame`]s, not protobuf: the header's length (4 bytes, big-endian, unsigned), the header (a UTF-8 JSON object), then
//! the payload (the rest, may be empty). The Python side is `python/firesteel/classic/service.py` and `lineage.py`.
//!
//! | method | | used for |
//! |---|---|---|
//! | `Call` | one frame, one frame | what is answered at once |
//! | `Run` | one frame, a stream of frames | jobs; when the client ends the stream, the job is cancelled |
//! | `Upload` | a stream of frames, one frame | data too large for one message: the first frame has the header, all payloads are joined |
//!
//! Every request's header has `kind` and `session`: `{"user_id": "…", "session_id": "…"}`, the Spark Connect session whose
//! settings, added files and workers it uses; it is made if the engine does not know it. Two sessions share neither nodes nor
//! broadcast variables, and one cannot cancel the other's jobs.
//!
//! An error is an answer too: `{"error": {"class": "org.apache.spark.SparkException", "message": "…", "condition": "…",
//! "parameters": {…}, "sql_state": "…"}}`, the class by its Java name. gRPC's own statuses are for messages that are no request.
//!
//! # Frames of data
//!
//! The elements of a node are *frames of data*: a pickled batch, or lines of text joined by line feeds. Wherever several
//! of them travel in one payload, each stands behind its length (4 bytes, big-endian): the format of pyspark's
//! serializers. A pair of elements is two frames, one after the other.
//!
//! # Nodes
//!
//! A request may bring nodes that the engine does not know yet, parents before children, and drop others:
//!
//! ```text
//! {"nodes": [{"id": 7, "kind": "pipelined", "parents": [6], "bytes": 812, …}, …], "drop": [3, 4], "rdd": 7, …}
//! ```
//!
//! `id` is the client's number for the node. `bytes` is how much of the payload belongs to the node; the payload is those
//! pieces, in the order of `nodes`. A node that is known already is not made again. The kinds and their parameters are those of
//! [`node::Kind`](crate::node). A dropped node lives on as long as others are made from it.
//!
//! # Calls
//!
//! | `kind` | request | answer |
//! |---|---|---|
//! | `context` | | `application_id`, `start_time_ms`, `ui`, `conf` |
//! | `register` | only `nodes` | |
//! | `partitions` | `rdd` | `partitions` |
//! | `persist` | `rdd`, `level`: `[disk, memory, off_heap, deserialized, replication]` | |
//! | `unpersist` | `rdd`, `blocking` | |
//! | `storageLevel` | `rdd` | `level` |
//! | `checkpoint`, `localCheckpoint` | `rdd` | |
//! | `checkpointed` | `rdd` | `checkpointed`, `local`, `file` |
//! | `setName` | `rdd`, `name` | |
//! | `relationOf` | `rdd` of Arrow IPC streams, `schema` (Spark's JSON) | `relation`: an id for a `CachedRemoteRelation` |
//! | `describe` | `rdd` | `text`: the lineage, as `toDebugString` shows it; `line`: the RDD in one line |
//! | `setCheckpointDir` | `path` | |
//! | `getCheckpointDir` | | `path`, or nothing |
//! | `unpersistBroadcast`, `destroyBroadcast` | `id` | |
//! | `cancel` | `group`, or `tag`, or neither: all | `jobs`: how many |
//! | `status` | `ask`: `jobs` (with `group`), `active`, `job` (with `job`), `stage` (with `stage`), `executors` | see `status.rs` |
//!
//! # Uploads
//!
//! | `kind` | payload | answer |
//! |---|---|---|
//! | `broadcast` | the pickled value | `id` |
//! | `frames` | frames of data, for a `parallelize` node | `id` |
//!
//! # Jobs
//!
//! `Run` takes `rdd`, `properties` (the thread's local properties, with the job's group, description, tags, pool and call
//! site under Spark's names), and what its kind needs:
//!
//! | `kind` | request | results |
//! |---|---|---|
//! | `job` | `partitions`: numbers, or nothing for all | frames of data, no more than `spark.driver.maxResultSize` |
//! | `saveAsTextFile` | `path`, `codec` (a Hadoop class, or nothing) | none |
//! | `saveAsPickleFile` | `path` | none |
//!
//! The engine answers with a stream of frames:
//!
//! ```text
//! {"job": 12}                              the job has started
//! {"index": 0, "last": false}  + payload   frames of data of the first of `partitions`, as its task ends
//! {"index": 0, "last": true}   + payload   … the last of them
//! {"updates": 3}               + payload   updates of accumulators: pickled pairs of id and update, behind their lengths
//! {"error": …}                             the job failed; nothing follows
//! {"done": true}                           the job has ended; nothing follows
//! ```
//!
//! A task's updates are sent when it is accepted, once however often it was tried, and before the job's last frame.

use firesteel_error::{Exception, Result, SparkError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::frame::{Frame, Header};

/// Whose request it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct SessionId {
    /// `user_context.user_id` of the same driver's Spark Connect requests.
    #[serde(default)]
    pub user_id: String,
    /// The Spark Connect session.
    pub session_id: String,
}

/// The part that every request's header has.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Request {
    pub(crate) kind: String,
    pub(crate) session: SessionId,
}

/// Reads what a request's header should have.
pub(crate) fn read<T: DeserializeOwned>(header: &Header) -> Result<T> {
    serde_json::from_value(Value::Object(header.clone())).map_err(|error| {
        let kind = header.get("kind").and_then(Value::as_str).unwrap_or("");
        SparkError::plain(Exception::IllegalArgument, format!("The request {kind:?} is not one: {error}"))
    })
}

/// A frame without a payload; `value` is a JSON object.
pub(crate) fn reply(value: Value) -> Frame {
    match value {
        Value::Object(header) => Frame::of(header),
        _ => Frame::default(),
    }
}

/// The frame that says what went wrong.
pub(crate) fn failure(error: &SparkError) -> Frame {
    reply(json!({"error": {
        "class": java_class(error),
        "message": error.message(),
        "condition": error.condition(),
        "parameters": error.params(),
        "sql_state": error.sql_state(),
    }}))
}

/// The class that Spark throws: its own heir of Java's class only where there is a condition.
fn java_class(error: &SparkError) -> &'static str {
    let own = |class: &str| class.rsplit('.').next().unwrap_or(class).to_string();
    match error.exception().hierarchy() {
        [heir, java, ..]
            if error.condition().is_none()
                && error.exception() != Exception::Spark
                && own(heir) == format!("Spark{}", own(java)) =>
        {
            java
        }
        [first, ..] => first,
        [] => "org.apache.spark.SparkException",
    }
}
