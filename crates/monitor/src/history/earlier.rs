//! What streaming queries did before this application: their runs in the event logs of earlier ones.
//!
//! A query keeps its id over restarts from one checkpoint, so its page can show its batches from before a crash.

use std::collections::HashMap;
use std::path::Path;

use super::log::{self, Log};
use crate::store::{Limits, Store, StreamRun};

/// The most logs that are looked through, the last written first.
const LOGS_MAX: usize = 20;

/// Larger logs are left alone: reading them takes longer than anyone waits for a page.
const LOG_BYTES_MAX: u64 = 256 << 20;

/// The most runs of one query that are kept.
const RUNS_MAX: usize = 5;

/// The runs of earlier applications, by query id, the oldest first.
pub fn runs(directory: &Path, except: &str, limits: &Limits) -> HashMap<String, Vec<StreamRun>> {
    let mut found: HashMap<String, Vec<StreamRun>> = HashMap::new();
    let logs = log::logs(directory).unwrap_or_default();
    let others = logs.into_iter().filter(|log| log.application != except && log.bytes <= LOG_BYTES_MAX);
    for log in others.take(LOGS_MAX) {
        for run in runs_of(&log, limits) {
            let known = found.entry(run.id.clone()).or_default();
            if known.len() < RUNS_MAX {
                known.insert(0, run);
            }
        }
    }
    found
}

/// The runs of one log, the newest first; one whose end is not in the log ended with the log.
fn runs_of(log: &Log, limits: &Limits) -> Vec<StreamRun> {
    let mut store = Store::new(limits.clone());
    let mut last_ms = 0;
    let read = log.read(|event, now_ms| {
        last_ms = now_ms;
        if event["Event"].as_str().is_some_and(|name| name.contains("StreamingQueryListener")) {
            store.apply(event, now_ms);
        }
        true
    });
    if let Err(error) = read {
        tracing::debug!("the event log of {} cannot be read: {error}", log.application);
    }
    let mut runs: Vec<StreamRun> = store.runs.into_iter().rev().collect();
    for run in &mut runs {
        run.end_ms.get_or_insert(last_ms);
    }
    runs
}
