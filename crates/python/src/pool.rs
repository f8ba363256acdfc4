//! The pool of Python workers: warm processes that serve one task at a time and are used again.
//!
//! Workers differ by their environment (variables, added files): a task gets an idle worker that fits, or a new one,
//! forked within a millisecond from a server that has loaded pyspark. The number of busy workers is that of running
//! tasks; of idle ones the pool keeps as many as there are cores, for a minute. A worker whose task failed, was cancelled
//! or did not end cleanly is killed, never used again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;
use tempfile::TempDir;

use crate::config::PoolConfig;
use crate::eval_kind::Preload;
use crate::life::Life;
use crate::scripts;
use crate::server::Server;
use crate::task::WorkerEnvironment;

/// A pool of workers; clones share it. Its workers end when the last clone is gone.
#[derive(Debug, Clone)]
pub struct WorkerPool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: PoolConfig,
    directory: TempDir,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    server: Option<Arc<Server>>,
    idle: Vec<Idle>,
    forgotten: BTreeSet<i64>,
}

#[derive(Debug)]
struct Idle {
    worker: Worker,
    since: Instant,
}

impl WorkerPool {
    /// A pool without a process so far.
    pub fn new(config: PoolConfig) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("firesteel-python-")
            .tempdir()
            .map_err(|error| SparkError::io("cannot make a directory for Python workers", error))?;
        scripts::write(directory.path())?;
        Ok(Self(Arc::new(Shared { config, directory, state: Mutex::default() })))
    }

    /// The settings.
    pub fn config(&self) -> &PoolConfig {
        &self.0.config
    }

    /// Starts the server and as many idle workers as there are cores, with `level` loaded; does not wait for them.
    pub fn prewarm(&self, environment: &WorkerEnvironment, level: Preload) -> Result<()> {
        let missing = {
            let state = self.0.state.lock();
            let fitting = state.idle.iter().filter(|idle| idle.worker.environment == *environment).count();
            self.0.config.idle_max.saturating_sub(fitting)
        };
        let server = self.server(level)?;
        for _ in 0..missing {
            let worker = self.fork(&server, environment)?;
            self.0.state.lock().idle.push(Idle { worker, since: Instant::now() });
        }
        Ok(())
    }

    /// A worker of that environment, for one task.
    pub(crate) fn acquire(&self, environment: &WorkerEnvironment, level: Preload) -> Result<Lease> {
        let server = self.server(level)?;
        while let Some(worker) = self.take_idle(environment) {
            if worker.is_quiet() {
                return Ok(Lease { worker: Some(worker), pool: self.0.clone() });
            }
        }
        let worker = self.fork(&server, environment)?;
        Ok(Lease { worker: Some(worker), pool: self.0.clone() })
    }

    /// The pids of all idle workers; for tests and monitoring.
    pub fn idle_pids(&self) -> Vec<u32> {
        self.0.state.lock().idle.iter().filter_map(|idle| idle.worker.life.pid()).collect()
    }

    /// Has workers drop the value of a broadcast variable that was destroyed or unpersisted, with their next task.
    pub fn forget_broadcast(&self, id: i64) {
        self.0.state.lock().forgotten.insert(id);
    }

    /// The broadcasts that workers should drop.
    pub(crate) fn forgotten(&self) -> BTreeSet<i64> {
        self.0.state.lock().forgotten.clone()
    }

    fn take_idle(&self, environment: &WorkerEnvironment) -> Option<Worker> {
        let mut state = self.0.state.lock();
        // The one used last: its pages are the warmest, and the others can grow old and end.
        let found = state.idle.iter().rposition(|idle| idle.worker.environment == *environment)?;
        Some(state.idle.remove(found).worker)
    }

    fn server(&self, level: Preload) -> Result<Arc<Server>> {
        let mut state = self.0.state.lock();
        if state.server.as_ref().is_none_or(|server| server.has_ended()) {
            state.idle.clear();
            let pool = Arc::downgrade(&self.0);
            let tick = move || {
                if let Some(pool) = pool.upgrade() {
                    pool.expire_idle();
                }
            };
            let config = &self.0.config;
            let server = Server::start(&config.python, self.0.directory.path(), &config.variables(), tick)?;
            state.server = Some(server);
        }
        let server = state.server.clone().ok_or_else(|| SparkError::internal("no Python worker server"))?;
        server.preload(level)?;
        Ok(server)
    }

    fn fork(&self, server: &Arc<Server>, environment: &WorkerEnvironment) -> Result<Worker> {
        let mut variables = environment.variables.clone();
        let crash_log =
            (self.0.config.faulthandler || environment.faulthandler).then(|| self.0.directory.path().to_path_buf());
        if let Some(directory) = &crash_log {
            variables.insert("PYTHON_FAULTHANDLER_DIR".into(), directory.display().to_string());
        }
        let (id, socket, life) = server.fork(&variables)?;
        Ok(Worker {
            id,
            socket: Some(socket),
            life,
            server: server.clone(),
            environment: environment.clone(),
            broadcasts: BTreeSet::new(),
            crash_log,
        })
    }
}

impl Shared {
    fn expire_idle(&self) {
        let mut state = self.state.lock();
        let old = |idle: &mut Idle| idle.since.elapsed() > self.config.idle_for;
        let expired: Vec<Idle> = state.idle.extract_if(.., old).collect();
        drop(state);
        drop(expired);
    }

    fn give_back(&self, worker: Worker) {
        let mut state = self.state.lock();
        state.idle.push(Idle { worker, since: Instant::now() });
        let surplus = (state.idle.len() > self.config.idle_max).then(|| state.idle.remove(0));
        drop(state);
        drop(surplus);
    }
}

/// A worker process and our end of its task socket. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    id: i64,
    socket: Option<UnixStream>,
    life: Arc<Life>,
    server: Arc<Server>,
    environment: WorkerEnvironment,
    pub(crate) broadcasts: BTreeSet<i64>,
    crash_log: Option<PathBuf>,
}

impl Worker {
    /// Whether an idle worker waits, as it should: one that has closed or has something to say is no use.
    fn is_quiet(&self) -> bool {
        let Some(mut socket) = self.socket.as_ref() else { return false };
        !self.life.has_ended() && matches!(socket.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    pub(crate) fn take_socket(&mut self) -> Result<UnixStream> {
        self.socket.take().ok_or_else(|| SparkError::internal("a Python worker without its socket"))
    }

    /// The error of a worker that closed its socket in the middle of a task. It waits for the worker's last words, so it
    /// is not for the runtime's threads; our end of the socket must be closed, since the worker may wait for that.
    pub(crate) fn crashed(&self) -> SparkError {
        let output = self.life.tail_when_ended();
        if self.life.pid().is_none() {
            return self.server.ended_error();
        }
        let pid = self.life.pid().map_or_else(String::new, |pid| format!(" {pid}"));
        let mut text = format!("Python worker{pid} exited unexpectedly (crashed): {}.", self.life.how_it_ended());
        let log = self.crash_log.as_ref().zip(self.life.pid()).map(|(directory, pid)| directory.join(pid.to_string()));
        if let Some(trace) = log.and_then(|path| std::fs::read_to_string(path).ok()).filter(|trace| !trace.is_empty()) {
            text.push_str(&format!("\nWhere it was:\n{trace}"));
        } else if self.crash_log.is_none() {
            text.push(' ');
            text.push_str(crate::planning::FAULTHANDLER_ADVICE);
        }
        if !output.is_empty() {
            text.push_str(&format!("\nIts last output:\n{output}"));
        }
        SparkError::plain(firesteel_error::Exception::Spark, text)
    }

    pub(crate) fn killer(&self) -> Killer {
        Killer { server: Arc::downgrade(&self.server), id: self.id }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.server.kill(self.id);
    }
}

/// Kills a worker from another thread.
#[derive(Debug, Clone)]
pub(crate) struct Killer {
    server: Weak<Server>,
    id: i64,
}

impl Killer {
    /// Of a worker whose server is gone.
    #[cfg(test)]
    pub(crate) fn of_nothing() -> Self {
        Self { server: Weak::new(), id: 0 }
    }

    pub(crate) fn kill(&self) {
        if let Some(server) = self.server.upgrade() {
            server.kill(self.id);
        }
    }
}

/// A worker while it serves a task.
#[derive(Debug)]
pub(crate) struct Lease {
    worker: Option<Worker>,
    /// The pool lives as long as its tasks, even if whoever started them has let go of it.
    pool: Arc<Shared>,
}

impl Lease {
    pub(crate) fn worker(&mut self) -> Result<&mut Worker> {
        self.worker.as_mut().ok_or_else(|| SparkError::internal("a Python worker that was given back"))
    }

    /// Takes the worker out, to be dropped elsewhere.
    pub(crate) fn into_worker(mut self) -> Option<Worker> {
        self.worker.take()
    }

    /// Puts the worker back; without this it is killed.
    pub(crate) fn give_back(mut self, socket: UnixStream) {
        if let Some(mut worker) = self.worker.take()
            && self.pool.config.reuse
        {
            worker.socket = Some(socket);
            self.pool.give_back(worker);
        }
    }
}

/// How long a task may go without a sign of its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleLimit {
    /// The time.
    pub after: Duration,
    /// Whether the worker is then killed; otherwise it is only reported.
    pub kill: bool,
}

/// Variables of pyspark's worker that follow from the pool's settings.
pub(crate) type Variables = BTreeMap<String, String>;
