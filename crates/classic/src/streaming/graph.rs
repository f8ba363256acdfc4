//! The graph of a streaming context, as far as the engine sees it: a driver that is asked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use firesteel_dstream::{BatchGraph, Inputs, OutputJob, Restored, Time};
use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::conversation::{Conversation, at};

/// Asks the driver.
pub(super) struct DriverGraph {
    pub(super) conversation: Arc<Conversation>,
    pub(super) inputs: Arc<Inputs>,
    /// Streams whose input is a receiver, and streams of files.
    pub(super) sockets: Vec<i32>,
    pub(super) directories: Vec<i32>,
    /// The pickled graph, if checkpoints are written.
    pub(super) pickled: Option<Bytes>,
    pub(super) remember_ms: AtomicI64,
    pub(super) slides_ms: Mutex<Vec<i64>>,
    pub(super) checkpointed: Mutex<Checkpointed>,
}

/// Where the driver's checkpointed RDDs are; only the driver knows what it means.
#[derive(Default)]
pub(super) struct Checkpointed {
    now: Value,
    /// What the last checkpoint on disk says.
    saved: Value,
}

#[derive(Debug, Deserialize)]
struct Job {
    id: i32,
    name: String,
    #[serde(default)]
    description: String,
}

impl DriverGraph {
    /// What each input has for a batch.
    fn given(&self, time: Time) -> Value {
        let mut given = Map::new();
        for stream in &self.sockets {
            given.insert(stream.to_string(), self.inputs.blocks(time, *stream).len().into());
        }
        for stream in &self.directories {
            given.insert(stream.to_string(), self.inputs.files(time, *stream).into());
        }
        Value::Object(given)
    }

    /// What each input had for the batches that may still be needed.
    fn given_before(&self, restored: &Restored) -> Value {
        let mut times: BTreeMap<Time, ()> = restored.files.keys().map(|time| (*time, ())).collect();
        times.extend(self.inputs.tracker().counts().into_keys().map(|time| (time, ())));
        let given = times.into_keys().map(|time| (time.ms().to_string(), self.given(time)));
        Value::Object(given.collect())
    }

    fn keep_checkpointed(&self, answer: &Map<String, Value>) {
        if let Some(checkpointed) = answer.get("checkpointed") {
            self.checkpointed.lock().now = checkpointed.clone();
        }
    }
}

impl BatchGraph for DriverGraph {
    fn start(&self, zero: Time, restored: Option<&Restored>) -> Result<()> {
        let inputs = restored.map_or_else(|| json!({}), |restored| self.given_before(restored));
        let answer = self.conversation.call("start", json!({"zero_ms": zero.ms(), "inputs": inputs}))?;
        let remember_ms = answer.get("remember_ms").and_then(Value::as_i64).unwrap_or_default();
        self.remember_ms.store(remember_ms, Ordering::Relaxed);
        let slides = answer.get("slides_ms").and_then(Value::as_array);
        *self.slides_ms.lock() = slides.into_iter().flatten().filter_map(Value::as_i64).collect();
        self.keep_checkpointed(&answer);
        Ok(())
    }

    fn slides_ms(&self) -> Vec<i64> {
        self.slides_ms.lock().clone()
    }

    fn generate(&self, time: Time) -> Result<Vec<OutputJob>> {
        let batch = json!({"time_ms": time.ms(), "inputs": self.given(time)});
        let answer = self.conversation.call("batch", batch)?;
        let jobs = answer.get("jobs").cloned().unwrap_or_default();
        let jobs: Vec<Job> = serde_json::from_value(jobs)
            .map_err(|e| SparkError::internal(format!("the driver's answer to a batch has no jobs: {e}")))?;
        let job = |Job { id, name, description }: Job| {
            let conversation = self.conversation.clone();
            let run = move || {
                conversation.call("job", json!({"time_ms": time.ms(), "output": id}))?;
                Ok(())
            };
            OutputJob { id, name, description, run: Box::new(run) }
        };
        Ok(jobs.into_iter().map(job).collect())
    }

    fn forget(&self, time: Time) -> Result<()> {
        let mut done = at(time.ms());
        done["checkpoint"] = self.pickled.is_some().into();
        if self.pickled.is_none() {
            done["kind"] = "done".into();
            return self.conversation.tell(done);
        }
        let answer = self.conversation.call("done", done)?;
        self.keep_checkpointed(&answer);
        Ok(())
    }

    fn save(&self, _time: Time) -> Result<Vec<u8>> {
        let mut state = self.checkpointed.lock().now.to_string().into_bytes();
        state.push(b'\n');
        state.extend_from_slice(self.pickled.as_deref().unwrap_or_default());
        Ok(state)
    }

    fn saved(&self, time: Time) -> Result<()> {
        {
            let mut checkpointed = self.checkpointed.lock();
            if self.pickled.is_none() || checkpointed.now == checkpointed.saved {
                return Ok(());
            }
            checkpointed.saved = checkpointed.now.clone();
        }
        self.conversation.call("saved", at(time.ms()))?;
        Ok(())
    }

    fn remember_ms(&self) -> i64 {
        self.remember_ms.load(Ordering::Relaxed)
    }
}
