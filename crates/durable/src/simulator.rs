//! A store in memory that fails when it is told to: at the n-th operation, before or after its effect, once or for good.
//!
//! It keeps what a real store would have kept. A test runs the commit protocol on it, lets it crash at every step in turn,
//! calls [`Simulator::restart`], and checks what the next run makes of the files.

use std::collections::BTreeMap;
use std::io;

use async_trait::async_trait;
use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;

use crate::store::{DurableStore, Entry, Put};

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before the operation had an effect; every later operation fails too.
    CrashBefore,
    /// The process dies after the operation took effect, before its caller learns of it.
    CrashAfter,
    /// The operation alone fails, without effect (a full disk, a refused request).
    ErrorBefore,
    /// The operation alone reports failure, though it took effect (a lost answer).
    ErrorAfter,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, Bytes>,
    operations: u64,
    fault: Option<(u64, Fault)>,
    crashed: bool,
}

/// Durable files in memory, with a planned fault.
#[derive(Debug, Default)]
pub struct Simulator {
    state: Mutex<State>,
}

impl Simulator {
    /// An empty store without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Plans `fault` for the operation with this number from now (0 is the next one). Only writes and deletes count.
    pub fn fail_at(&self, operation: u64, fault: Fault) {
        let mut state = self.state.lock();
        state.fault = Some((state.operations + operation, fault));
    }

    /// A new process on the same files: the fault is over.
    pub fn restart(&self) {
        let mut state = self.state.lock();
        state.crashed = false;
        state.fault = None;
    }

    /// Whether the planned crash has come.
    pub fn crashed(&self) -> bool {
        self.state.lock().crashed
    }

    /// How many writes and deletes there were.
    pub fn operations(&self) -> u64 {
        self.state.lock().operations
    }

    /// All files, by path.
    pub fn files(&self) -> BTreeMap<String, Bytes> {
        self.state.lock().files.clone()
    }

    /// Runs a write with the planned fault around it.
    fn write<T>(&self, path: &str, effect: impl FnOnce(&mut BTreeMap<String, Bytes>) -> T) -> Result<T> {
        let mut state = self.state.lock();
        if state.crashed {
            return Err(failure(path, "the process has died"));
        }
        let number = state.operations;
        state.operations += 1;
        let fault = state.fault.filter(|(at, _)| *at == number).map(|(_, fault)| fault);
        match fault {
            None => Ok(effect(&mut state.files)),
            Some(Fault::ErrorBefore) => Err(failure(path, "simulated error without effect")),
            Some(Fault::ErrorAfter) => {
                effect(&mut state.files);
                Err(failure(path, "simulated error after the effect"))
            }
            Some(fault) => {
                if fault == Fault::CrashAfter {
                    effect(&mut state.files);
                }
                state.crashed = true;
                Err(failure(path, "simulated crash"))
            }
        }
    }

    fn read<T>(&self, path: &str, look: impl FnOnce(&BTreeMap<String, Bytes>) -> T) -> Result<T> {
        let state = self.state.lock();
        if state.crashed { Err(failure(path, "the process has died")) } else { Ok(look(&state.files)) }
    }
}

fn failure(path: &str, what: &str) -> SparkError {
    SparkError::io(format!("Cannot use simulated file {path}"), io::Error::other(what.to_string()))
}

#[async_trait]
impl DurableStore for Simulator {
    async fn put_if_absent(&self, path: &str, bytes: Bytes) -> Result<Put> {
        self.write(path, |files| {
            if files.contains_key(path) {
                return Put::Exists;
            }
            files.insert(path.to_string(), bytes);
            Put::Written
        })
    }

    async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        self.write(path, |files| {
            files.insert(path.to_string(), bytes);
        })
    }

    async fn get(&self, path: &str) -> Result<Option<Bytes>> {
        self.read(path, |files| files.get(path).cloned())
    }

    async fn list(&self, folder: &str) -> Result<Vec<Entry>> {
        let folder = folder.trim_matches('/');
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.read(folder, |files| {
            let inside =
                files.iter().filter(|(path, _)| path.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('/')));
            let entry = |(path, bytes): (&String, &Bytes)| Entry {
                path: path.clone(),
                size: bytes.len() as u64,
                modified_ms: 0,
            };
            inside.map(entry).collect()
        })
    }

    async fn delete(&self, path: &str) -> Result<()> {
        self.write(path, |files| {
            files.remove(path);
        })
    }

    fn location(&self) -> String {
        "simulator".to_string()
    }
}
