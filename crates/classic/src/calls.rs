//! Requests that are answered at once; the table of them is in [`crate::protocol`].

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Rdd, StorageLevel};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::batch::Batch;
use crate::context::Context;
use crate::frame::Frame;
use crate::protocol::{read, reply};
use crate::rdd_rows::RddRows;
use crate::running::Marks;
use crate::{status, streaming};

#[derive(Debug, Deserialize)]
struct Level {
    level: (bool, bool, bool, bool, u32),
}

#[derive(Debug, Deserialize)]
struct RowSchema {
    schema: String,
}

#[derive(Debug, Deserialize)]
struct Name {
    name: String,
}

#[derive(Debug, Deserialize)]
struct DirectoryPath {
    path: String,
}

#[derive(Debug, Deserialize)]
struct BroadcastId {
    id: i64,
}

#[derive(Debug, Deserialize)]
struct Cancel {
    group: Option<String>,
    tag: Option<String>,
}

/// Answers a request.
pub(crate) fn answer(context: &Arc<Context>, kind: &str, frame: &Frame) -> Result<Frame> {
    if let Some(answer) = streaming::answer(context, kind, frame)? {
        return Ok(answer);
    }
    let answer = match kind {
        "context" => serde_json::to_value(context.engine.application()).unwrap_or_default(),
        "register" => {
            context.register(frame)?;
            json!({})
        }
        "cancel" => cancel(context, read(&frame.header)?),
        "status" => status::answer(context, &read(&frame.header)?)?,
        "setCheckpointDir" => {
            let path = crate::files::local_path(&read::<DirectoryPath>(&frame.header)?.path)?;
            context.spark.set_checkpoint_dir(path)?;
            json!({})
        }
        "getCheckpointDir" => json!({"path": context.spark.checkpoint_dir().map(|path| uri(&path))}),
        "unpersistBroadcast" | "destroyBroadcast" => broadcast(context, kind, read(&frame.header)?)?,
        _ => about_rdd(context, kind, frame)?,
    };
    Ok(reply(answer))
}

/// Keeps what was uploaded.
pub(crate) fn keep(context: &Arc<Context>, kind: &str, data: Bytes) -> Result<Frame> {
    match kind {
        "broadcast" => {
            let id = context.engine.next_broadcast_id();
            context.broadcasts.keep(id, &data)?;
            Ok(reply(json!({"id": id})))
        }
        "frames" => Ok(reply(json!({"id": context.keep_upload(data)}))),
        _ => Err(unknown(kind)),
    }
}

fn about_rdd(context: &Arc<Context>, kind: &str, frame: &Frame) -> Result<Value> {
    let rdd = context.requested(frame)?;
    Ok(match kind {
        "partitions" => json!({"partitions": rdd.num_partitions()?}),
        "persist" => {
            let (use_disk, use_memory, use_off_heap, deserialized, replication) = read::<Level>(&frame.header)?.level;
            rdd.persist(StorageLevel { use_disk, use_memory, use_off_heap, deserialized, replication })?;
            json!({})
        }
        "unpersist" => {
            rdd.unpersist();
            json!({})
        }
        "storageLevel" => {
            let level = rdd.storage_level();
            json!({"level": [
                level.use_disk, level.use_memory, level.use_off_heap, level.deserialized, level.replication
            ]})
        }
        "checkpoint" => {
            rdd.checkpoint()?;
            json!({})
        }
        "localCheckpoint" => {
            rdd.local_checkpoint()?;
            json!({})
        }
        "checkpointed" => json!({
            "checkpointed": rdd.is_checkpointed(),
            "local": rdd.is_locally_checkpointed(),
            "file": rdd.checkpoint_file().map(|path| uri(&path)),
        }),
        "relationOf" => {
            let schema = read::<RowSchema>(&frame.header)?.schema;
            let rows = RddRows::new(context.clone(), rdd)?;
            json!({"relation": context.session.relation_of(rows, &schema)?})
        }
        "cleanShuffleDependencies" => {
            rdd.clean_shuffle_dependencies();
            json!({})
        }
        "setName" => {
            rdd.set_name(read::<Name>(&frame.header)?.name);
            json!({})
        }
        "describe" => json!({"text": rdd.to_debug_string(), "line": line(&rdd)}),
        _ => return Err(unknown(kind)),
    })
}

/// The RDD in one line, as Spark shows it: `PythonRDD[3]`.
fn line(rdd: &Rdd<Batch>) -> String {
    let name = rdd.name().map(|name| format!("{name} ")).unwrap_or_default();
    let lineage = rdd.lineage();
    format!("{name}{}[{}] at {}", lineage.operation(), rdd.id(), lineage.call_site())
}

fn uri(path: &Path) -> String {
    format!("file:{}", path.display())
}

fn broadcast(context: &Arc<Context>, kind: &str, BroadcastId { id }: BroadcastId) -> Result<Value> {
    match kind {
        "destroyBroadcast" => context.broadcasts.destroy(id)?,
        _ => context.broadcasts.check(id)?,
    }
    context.session.workers()?.forget_broadcast(id);
    Ok(json!({}))
}

fn cancel(context: &Context, Cancel { group, tag }: Cancel) -> Value {
    let chosen = |marks: &Marks| match (&group, &tag) {
        (Some(group), _) => marks.group.as_ref() == Some(group),
        (None, Some(tag)) => marks.tags.contains(tag),
        (None, None) => true,
    };
    let jobs = context.jobs.cancel(&context.spark, chosen);
    context.session.interrupt(&|properties| chosen(&Marks::of(properties)));
    json!({"jobs": jobs})
}

fn unknown(kind: &str) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, format!("The classic service knows no request {kind:?}."))
}
