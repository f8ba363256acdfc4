//! The queries of a session: starts them, knows the active ones, waits for their ends.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, LazyLock, Weak};
use std::time::Duration;

use firesteel_durable::{Clock, DurableStore, SystemClock};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::EventBus;
use firesteel_events::query::{QueryEvent, QueryStarted, QueryTerminated};
use futures::FutureExt;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::checkpoint::Checkpoint;
use crate::checkpoint_location::{self, Place};
use crate::error::stream_failed;
use crate::incremental::stateful::Stateful;
use crate::micro_batch::{MicroBatchRun, RunParts};
use crate::progress::iso_time;
use crate::query::{Keeps, QueryHandle, StreamingQuery};
use crate::session::{Settings, StreamSession};
use crate::sinks::{SinkRequest, Sinks};
use crate::sources::Sources;
use crate::start::StartQuery;

/// How many ended queries stay findable.
const ENDED_KEPT: usize = 1_000;

/// The runs of this process by query id: a query may run once at a time, whichever session started it.
static RUNNING: LazyLock<Mutex<HashMap<String, Weak<QueryHandle>>>> = LazyLock::new(Mutex::default);

/// See the module. Clones are the same manager.
#[derive(Debug, Clone)]
pub struct QueryManager {
    session: Arc<dyn StreamSession>,
    bus: EventBus,
    clock: Arc<dyn Clock>,
    sources: Arc<Sources>,
    sinks: Arc<Sinks>,
    store: Option<Arc<dyn DurableStore>>,
    queries: Arc<Queries>,
}

#[derive(Debug)]
struct Queries {
    all: Mutex<All>,
    /// Grows with each query that ends.
    endings: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct All {
    active: Vec<Arc<StreamingQuery>>,
    ended: VecDeque<Arc<StreamingQuery>>,
    /// The query that `await_any_termination` reports; a failed one is preferred.
    reported: Option<Arc<StreamingQuery>>,
}

impl QueryManager {
    /// The manager of `session`; events go to `bus`.
    pub fn new(session: Arc<dyn StreamSession>, bus: EventBus) -> Self {
        Self {
            session,
            bus,
            clock: Arc::new(SystemClock),
            sources: Arc::new(Sources::standard()),
            sinks: Arc::new(Sinks::standard()),
            store: None,
            queries: Arc::new(Queries { all: Mutex::default(), endings: watch::Sender::new(0) }),
        }
    }

    /// The same manager with other kinds of sources.
    #[must_use]
    pub fn with_sources(mut self, sources: Sources) -> Self {
        self.sources = Arc::new(sources);
        self
    }

    /// The same manager with other kinds of sinks.
    #[must_use]
    pub fn with_sinks(mut self, sinks: Sinks) -> Self {
        self.sinks = Arc::new(sinks);
        self
    }

    /// The same manager on another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same manager with every checkpoint in `store`, whatever the queries say: for simulations.
    #[must_use]
    pub fn with_checkpoint_store(mut self, store: Arc<dyn DurableStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Where events go.
    pub fn bus(&self) -> &EventBus {
        &self.bus
    }

    /// The kinds of sources.
    pub fn sources(&self) -> &Arc<Sources> {
        &self.sources
    }

    /// Starts a query. It runs on the current runtime until it ends or is stopped.
    pub async fn start(&self, query: StartQuery) -> Result<Arc<StreamingQuery>> {
        let session = Arc::clone(&self.session).with_settings_of_now();
        let settings = Settings::new(Arc::clone(&session));
        let factory = self.sinks.get(&query.sink)?;
        if !factory.supports(query.output_mode) {
            return Err(SparkError::new("STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE")
                .param("className", &query.sink.format)
                .param("outputMode", query.output_mode.name()));
        }
        let rule = factory.checkpoint_rule(query.output_mode);
        let place = checkpoint_location::choose(&query, rule, &settings, self.store.clone())?;
        Stateful::new(&query.plan, query.output_mode, &|name| settings.text(name))?;
        checkpoint_location::check_recovery(&place, rule).await?;
        self.check_name(query.name.as_deref())?;
        let checkpoint = Checkpoint::open(Arc::clone(&place.store)).await?;
        let keeps = keeps(&settings)?;
        let handle = Arc::new(QueryHandle::new(
            checkpoint.id.clone(),
            query.name.clone(),
            query.plan.display_indent().to_string(),
            self.bus.clone(),
            keeps,
        ));
        let request = SinkRequest {
            spec: query.sink.clone(),
            query_name: query.name.clone(),
            output_mode: query.output_mode,
            schema: Arc::clone(&query.schema),
            session: Arc::clone(&session),
            clock: Arc::clone(&self.clock),
        };
        self.claim(&handle, &settings).await?;
        // Only now is no other run writing: what the logs of checkpoint and sink say must be read again.
        let checkpoint = Checkpoint::open(Arc::clone(&place.store)).await?;
        let sink = match factory.create(request).await {
            Ok(sink) => sink,
            Err(error) => {
                place.forget();
                return Err(error);
            }
        };
        let parts = RunParts {
            query: Arc::clone(&handle),
            session,
            sources: Arc::clone(&self.sources),
            sink,
            checkpoint,
            plan: query.plan,
            schema: query.schema,
            output_mode: query.output_mode,
            trigger: query.trigger,
            clock: Arc::clone(&self.clock),
        };
        Ok(self.launch(handle, parts, place))
    }

    /// The active queries.
    pub fn active(&self) -> Vec<Arc<StreamingQuery>> {
        self.queries.all.lock().active.clone()
    }

    /// The active query with this id.
    pub fn get(&self, id: &str) -> Option<Arc<StreamingQuery>> {
        self.queries.all.lock().active.iter().find(|query| query.id() == id).cloned()
    }

    /// A query of this session by the ids of a run, active or not long ended.
    pub fn find(&self, id: &str, run_id: &str) -> Option<Arc<StreamingQuery>> {
        let all = self.queries.all.lock();
        let mut known = all.active.iter().chain(all.ended.iter().rev());
        known.find(|query| query.id() == id && query.run_id() == run_id).cloned()
    }

    /// Waits until a query of this session has ended since the last [`QueryManager::reset_terminated`]; fails if it failed.
    /// Says whether that came in time.
    pub async fn await_any_termination(&self, timeout: Option<Duration>) -> Result<bool> {
        let mut endings = self.queries.endings.subscribe();
        let ended = async {
            loop {
                if let Some(query) = self.queries.all.lock().reported.clone() {
                    return query.exception();
                }
                if endings.changed().await.is_err() {
                    return None;
                }
            }
        };
        let outcome = match timeout {
            None => ended.await,
            Some(timeout) => match tokio::time::timeout(timeout, ended).await {
                Ok(outcome) => outcome,
                Err(_) => return Ok(false),
            },
        };
        outcome.map_or(Ok(true), Err)
    }

    /// Forgets what has ended so far, so that [`QueryManager::await_any_termination`] waits again.
    pub fn reset_terminated(&self) {
        self.queries.all.lock().reported = None;
    }

    /// Stops all queries of this session.
    pub async fn stop_all(&self) {
        for query in self.active() {
            // Stopping cannot fail in a way that would keep the others running.
            let _ = query.stop().await;
        }
    }

    fn check_name(&self, name: Option<&str>) -> Result<()> {
        let Some(name) = name else { return Ok(()) };
        if !self.queries.all.lock().active.iter().any(|query| query.name() == Some(name)) {
            return Ok(());
        }
        let text = format!(
            "Cannot start query with name {name} as a query with that name is already active in this SparkSession"
        );
        Err(SparkError::plain(Exception::IllegalArgument, text))
    }

    /// Makes `handle` the one run of its query: a run that is still active is stopped, or the new one is refused.
    async fn claim(&self, handle: &Arc<QueryHandle>, settings: &Settings) -> Result<()> {
        let stops_old = settings.flag("spark.sql.streaming.stopActiveRunOnRestart", true)?;
        loop {
            let old = {
                let mut running = RUNNING.lock();
                let old = running.get(handle.id()).and_then(Weak::upgrade);
                let Some(old) = old.map(StreamingQuery).filter(StreamingQuery::is_active) else {
                    running.insert(handle.id().to_string(), Arc::downgrade(handle));
                    return Ok(());
                };
                old
            };
            if !stops_old {
                let text = format!(
                    "Cannot start query with id {} as another query with same id is already active. Perhaps you are \
                     attempting to restart a query from checkpoint that is already active.",
                    handle.id()
                );
                return Err(SparkError::plain(Exception::Spark, text));
            }
            tracing::warn!(
                id = handle.id(),
                run_id = old.run_id(),
                "stopping the active run of a query that is started again"
            );
            old.stop().await?;
        }
    }

    fn launch(&self, handle: Arc<QueryHandle>, parts: RunParts, place: Place) -> Arc<StreamingQuery> {
        let query = Arc::new(StreamingQuery(Arc::clone(&handle)));
        self.queries.all.lock().active.push(Arc::clone(&query));
        self.bus.post(QueryEvent::Started(QueryStarted {
            id: handle.id().to_string(),
            run_id: handle.run_id().to_string(),
            name: handle.name().map(str::to_string),
            timestamp: iso_time(self.clock.now_ms()),
            job_tags: Vec::new(),
        }));
        let queries = Arc::clone(&self.queries);
        let started = Arc::clone(&query);
        tokio::spawn(async move {
            let sink = Arc::clone(&parts.sink);
            let outcome = AssertUnwindSafe(run(parts)).catch_unwind().await;
            // A run that was stopped may have left writes behind; none may come after its end.
            sink.settled().await;
            place.store.settled().await;
            let outcome = outcome.unwrap_or_else(|panic| Err(SparkError::internal(panic_text(panic.as_ref()))));
            if outcome.is_ok() {
                place.forget();
            }
            end(&handle, outcome);
            queries.ended(&started);
        });
        query
    }
}

impl Queries {
    fn ended(&self, query: &Arc<StreamingQuery>) {
        {
            let mut all = self.all.lock();
            all.active.retain(|active| active.run_id() != query.run_id());
            all.ended.push_back(Arc::clone(query));
            while all.ended.len() > ENDED_KEPT {
                all.ended.pop_front();
            }
            if all.reported.is_none() || query.exception().is_some() {
                all.reported = Some(Arc::clone(query));
            }
        }
        self.endings.send_modify(|count| *count += 1);
    }
}

/// Runs a query until it ends by itself, fails, or is asked to stop.
async fn run(parts: RunParts) -> Result<()> {
    let handle = Arc::clone(&parts.query);
    let mut run = tokio::select! {
        biased;
        () = handle.stop_asked() => return Ok(()),
        prepared = MicroBatchRun::prepare(parts) => prepared?,
    };
    let outcome = tokio::select! {
        biased;
        () = handle.stop_asked() => Ok(()),
        outcome = run.drive() => outcome,
    };
    run.close().await;
    outcome
}

fn end(handle: &Arc<QueryHandle>, outcome: Result<()>) {
    let cause = outcome.err();
    let event = QueryTerminated {
        id: handle.id().to_string(),
        run_id: handle.run_id().to_string(),
        exception: cause.as_ref().map(SparkError::message),
        error_class: cause.as_ref().and_then(|error| error.condition().map(str::to_string)),
    };
    let message = match &cause {
        Some(error) => {
            tracing::error!(id = handle.id(), run_id = handle.run_id(), error = %error, "streaming query ended with an error");
            format!("Terminated with exception: {}", error.message())
        }
        None => "Stopped".to_string(),
    };
    let exception = cause.map(|error| stream_failed(error, &handle.picture()));
    RUNNING.lock().retain(|_, run| run.strong_count() > 0 && !run.ptr_eq(&Arc::downgrade(handle)));
    handle.end(message, exception, event);
}

fn keeps(settings: &Settings) -> Result<Keeps> {
    let progress = settings.number("spark.sql.streaming.numRecentProgressUpdates", 100, 1)?;
    // Zero and less mean to wait without end.
    let stop_timeout = settings.time_ms("spark.sql.streaming.stopTimeout", 0)?;
    Ok(Keeps {
        progress: usize::try_from(progress).unwrap_or(usize::MAX),
        stop_timeout: u64::try_from(stop_timeout).ok().filter(|ms| *ms > 0).map(Duration::from_millis),
    })
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a streaming query panicked: {}", text.unwrap_or("no message"))
}
