//! A client's session: the SQL session with what belongs to the connection beside it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use firesteel_classic::ContextSlot;
use firesteel_error::{Result, SparkError};
use firesteel_sql::session::Artifacts as SqlArtifacts;
use firesteel_sql::{Analyzed, Engine, Session};
use firesteel_streaming::{QueryManager, SqlSession};
use parking_lot::Mutex;
use spark_connect_proto::Relation;
use tokio::time::Instant;
use uuid::Uuid;

use crate::accumulated::Accumulated;
use crate::artifact::Artifacts;
use crate::callbacks::DriverCallbacks;
use crate::commands::{ListenerBus, ServerListeners};
use crate::error_table::ErrorTable;
use crate::handle::handle;
use crate::operation::Operation;
use crate::operations::Operations;
use crate::origin::operation_tag;
use crate::persisted::Persisted;
use crate::python_callback::Endpoint;
use crate::python_runtime::PythonWorkers;
use crate::registry::SessionKey;

/// A client's session.
#[derive(Debug)]
pub struct ClientSession {
    /// The user and the client's id for the session.
    pub key: SessionKey,
    /// The engine's own id for it, by which a client notices that the server was restarted.
    pub server_side_id: String,
    /// Settings, views, functions.
    pub sql: Session,
    /// Running and ended operations.
    pub operations: Operations,
    /// Errors that the client may ask about.
    pub errors: ErrorTable,
    /// What the client uploaded.
    pub artifacts: Arc<Artifacts>,
    /// The way into the driver process.
    pub callbacks: DriverCallbacks,
    /// The relations that are to be kept (`persist`).
    pub persisted: Persisted,
    /// The streaming queries.
    pub queries: QueryManager,
    /// Whether the client listens to their events.
    pub listener_bus: ListenerBus,
    /// The listeners that run on this side.
    pub server_listeners: ServerListeners,
    /// The engine's Python workers.
    pub workers: Arc<PythonWorkers>,
    /// Where this server can be reached.
    pub endpoint: Option<Endpoint>,
    /// The RDDs, broadcast variables and jobs of a classic context.
    pub classic: Arc<ContextSlot>,
    /// Updates of accumulators on their way to the driver.
    pub accumulated: Accumulated,
    used: Mutex<Instant>,
}

impl ClientSession {
    /// A session with nothing in it.
    ///
    /// # Errors
    /// Currently never.
    pub fn new(
        engine: &Arc<Engine>,
        key: SessionKey,
        workers: Arc<PythonWorkers>,
        endpoint: Option<Endpoint>,
    ) -> Result<Arc<Self>> {
        let sql = Session::new(engine.clone(), &key.session_id);
        Ok(Self::with(key, sql, Artifacts::default(), workers, endpoint))
    }

    /// A session of its own that starts with what is in this one.
    ///
    /// # Errors
    /// If the artifacts cannot be copied.
    pub fn copy(&self, key: SessionKey) -> Result<Arc<Self>> {
        let sql = self.sql.fork(&key.session_id);
        Ok(Self::with(key, sql, self.artifacts.copy()?, self.workers.clone(), self.endpoint.clone()))
    }

    fn with(
        key: SessionKey,
        sql: Session,
        artifacts: Artifacts,
        workers: Arc<PythonWorkers>,
        endpoint: Option<Endpoint>,
    ) -> Arc<Self> {
        let artifacts = Arc::new(artifacts);
        let server_side_id = Uuid::new_v4().to_string();
        let (classic, callbacks) = (Arc::<ContextSlot>::default(), DriverCallbacks::default());
        let accumulated = Accumulated::new(callbacks.clone());
        sql.set_artifacts(Arc::new(Uploads {
            artifacts: artifacts.clone(),
            server_side_id: server_side_id.clone(),
            classic: classic.clone(),
            accumulated: accumulated.clone(),
        }));
        // Listeners of a session hear of its own queries only; the engine's bus hears of all.
        let queries = QueryManager::new(SqlSession::new(sql.clone()), sql.engine().bus().below());
        Arc::new(Self {
            key,
            server_side_id,
            sql,
            operations: Operations::default(),
            errors: ErrorTable::default(),
            artifacts,
            callbacks,
            persisted: Persisted::default(),
            queries,
            listener_bus: ListenerBus::default(),
            server_listeners: ServerListeners::default(),
            workers,
            endpoint,
            classic,
            accumulated,
            used: Mutex::new(Instant::now()),
        })
    }

    /// Analyzes a relation; files may have to be listed for that, so it happens off the runtime's threads.
    ///
    /// # Errors
    /// What Spark's analyzer raises.
    pub async fn analyze(&self, relation: Relation) -> Result<Analyzed> {
        Self::analyze_in(&self.sql, relation).await
    }

    /// As [`ClientSession::analyze`], in a handle of its own on the SQL session.
    ///
    /// # Errors
    /// What Spark's analyzer raises.
    pub async fn analyze_in(sql: &Session, relation: Relation) -> Result<Analyzed> {
        let sql = sql.clone();
        let analysis = tokio::task::spawn_blocking(move || sql.analyze(&relation));
        analysis.await.unwrap_or_else(|e| Err(SparkError::internal(format!("the analysis did not end: {e}"))))
    }

    /// Says that a request came.
    pub fn touch(&self) {
        *self.used.lock() = Instant::now();
    }

    /// Whether nothing was asked for so long and nothing runs.
    pub fn is_idle(&self, idle: Duration) -> bool {
        let unused = self.used.lock().elapsed() >= idle;
        unused
            && !self.classic.is_busy()
            && !self.operations.any_running()
            && !self.callbacks.is_connected()
            && self.queries.active().is_empty()
    }

    /// Whether the client means this very session.
    ///
    /// # Errors
    /// `INVALID_HANDLE.SESSION_CHANGED` if it saw another one under this id.
    pub fn check_observed(&self, observed: Option<&str>) -> Result<()> {
        match observed {
            Some(observed) if !observed.is_empty() && observed != self.server_side_id => {
                Err(handle("SESSION_CHANGED", &self.key.session_id))
            }
            _ => Ok(()),
        }
    }

    /// Cancels the operation that has one of these tags, which its jobs carry; says whether there was one.
    pub fn interrupt_tagged(&self, tags: &[String]) -> bool {
        let is_meant = |operation: &Operation| tags.contains(&operation_tag(operation));
        !self.operations.interrupt(is_meant).is_empty()
    }

    /// Cancels an RDD job of the session; says whether it is one that runs.
    pub fn cancel_rdd_job(&self, job: usize) -> bool {
        self.classic.cancel_job(job)
    }

    /// Stops the streaming query of a run; says whether there was one. It may end a moment later.
    pub fn stop_query(&self, run_id: &str) -> bool {
        let query = self.queries.active().into_iter().find(|query| query.run_id() == run_id);
        let Some(query) = query else { return false };
        tokio::spawn(async move { query.stop().await });
        true
    }

    /// Stops everything in it.
    pub async fn close(&self) {
        self.classic.close();
        self.operations.close();
        self.queries.stop_all().await;
        self.server_listeners.clear();
        self.callbacks.shut();
    }
}

/// A session's uploads, as the SQL session asks for them.
#[derive(Debug)]
struct Uploads {
    artifacts: Arc<Artifacts>,
    server_side_id: String,
    classic: Arc<ContextSlot>,
    accumulated: Accumulated,
}

impl SqlArtifacts for Uploads {
    fn cached(&self, hash: &str) -> Result<Bytes> {
        self.artifacts.cached(hash).map(Bytes::from).ok_or_else(|| {
            SparkError::new("CONNECT_INVALID_PLAN.NOT_FOUND_CHUNKED_CACHED_LOCAL_RELATION")
                .param("hash", hash)
                .param("sessionUUID", &self.server_side_id)
        })
    }

    fn python_files(&self) -> Vec<PathBuf> {
        self.artifacts.pyfiles()
    }

    fn files_directory(&self) -> Option<PathBuf> {
        self.artifacts.files_directory()
    }

    fn broadcasts(&self) -> Vec<(i64, PathBuf)> {
        self.classic.broadcasts().into_iter().map(|file| (file.id, file.path)).collect()
    }

    fn accumulated(&self, updates: Vec<Bytes>) {
        self.accumulated.add(updates);
    }
}
