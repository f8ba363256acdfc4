//! All applications of a directory of event logs.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use serde_json::Value;
use tokio::sync::watch;

use super::log::{self, Log};
use crate::applications::{Applications, SharedStore};
use crate::rest;
use crate::store::{Application, Limits, Store};

/// How many applications' stores are kept; an older one is read again when it is asked for.
const STORES_MAX: usize = 8;

/// How many events at a log's start are read to know whose it is.
const HEAD_EVENTS: usize = 50;

/// How many logs are listed.
const LISTED_MAX: usize = 1000;

/// The applications of a directory.
#[derive(Debug)]
pub struct History {
    directory: PathBuf,
    limits: Limits,
    stores: Mutex<VecDeque<(Log, SharedStore)>>,
    listed: Mutex<Vec<(Log, Application)>>,
}

impl History {
    /// Those whose logs are in `directory`.
    pub fn new(directory: impl Into<PathBuf>, limits: Limits) -> Self {
        Self { directory: directory.into(), limits, stores: Mutex::default(), listed: Mutex::default() }
    }

    fn logs(&self) -> Vec<Log> {
        log::logs(&self.directory).unwrap_or_else(|error| {
            tracing::warn!("the event logs in {} cannot be listed: {error}", self.directory.display());
            Vec::new()
        })
    }

    /// What a log's start says of its application; read again only if the log has changed.
    fn summary(&self, log: &Log) -> Application {
        let known =
            self.listed.lock().iter().find(|(known, _)| known == log).map(|(_, application)| application.clone());
        known.unwrap_or_else(|| summary(log))
    }
}

impl Applications for History {
    fn list(&self, now_ms: i64) -> Vec<Value> {
        let logs = self.logs().into_iter().take(LISTED_MAX);
        let listed: Vec<(Log, Application)> = logs.map(|log| (log.clone(), self.summary(&log))).collect();
        let now = |log: &Log| if log.in_progress { log.modified_ms } else { now_ms };
        let json = listed.iter().map(|(log, application)| rest::application_json(application, now(log))).collect();
        *self.listed.lock() = listed;
        json
    }

    fn open(&self, id: &str) -> Option<SharedStore> {
        let log = self.logs().into_iter().find(|log| log.application == id)?;
        let mut stores = self.stores.lock();
        if let Some((_, store)) = stores.iter().find(|(known, _)| *known == log) {
            return Some(store.clone());
        }
        let store = match log.replay(self.limits.clone()) {
            Ok(store) => Arc::new(RwLock::new(over(store))),
            Err(error) => {
                tracing::warn!("the event log of {id} cannot be read: {error}");
                return None;
            }
        };
        stores.retain(|(known, _)| known.application != log.application);
        stores.push_back((log, store.clone()));
        while stores.len() > STORES_MAX {
            stores.pop_front();
        }
        Some(store)
    }

    fn running(&self) -> Option<SharedStore> {
        None
    }

    fn changes(&self) -> Option<watch::Receiver<u64>> {
        None
    }
}

/// The clock of an application whose log ends stands at the log's end.
fn over(mut store: Store) -> Store {
    store.stands_at = Some(store.application.end_ms.unwrap_or(store.application.updated_ms));
    store
}

/// The application as its log's start and state tell.
fn summary(log: &Log) -> Application {
    let mut store = Store::new(Limits::default());
    let mut read = 0;
    let result = log.read(|event, now_ms| {
        store.apply(event, now_ms);
        read += 1;
        read < HEAD_EVENTS
    });
    if let Err(error) = result {
        tracing::warn!("the event log of {} cannot be read: {error}", log.application);
    }
    let mut application = store.application;
    // The list leads to pages by the log's name.
    application.id.clone_from(&log.application);
    application.updated_ms = log.modified_ms;
    if !log.in_progress && application.end_ms.is_none() {
        application.end_ms = Some(log.modified_ms);
    }
    application.environment = crate::store::Environment::default();
    application
}
