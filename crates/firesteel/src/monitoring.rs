//! What watches an engine: the web UI with REST, the event log, metrics. All of it hears of the engine through its bus alone.

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;
use std::time::Duration;

use firesteel_connect::SessionRegistry;
use firesteel_error::Result;
use firesteel_events::EventBus;
use firesteel_events::application::{ApplicationEvent, ApplicationStart, EXECUTOR, Environment, ExecutorAdded};
use firesteel_monitor::history::{EventLog, EventLogConfig};
use firesteel_monitor::log_files::LogFiles;
use firesteel_monitor::store::Limits;
use firesteel_monitor::telemetry::Telemetry;
use firesteel_monitor::{Live, Site, UiConfig, UiServer, logs, sampler};
use firesteel_sql::Engine;
use nix::unistd::{Uid, User};
use tokio::task::JoinHandle;

use crate::control::EngineControl;

/// How often the process is measured: Spark's default of `spark.executor.heartbeatInterval`.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// How long the event log may take to be completed.
const LOG_GRACE: Duration = Duration::from_secs(5);

/// What watches an engine.
#[derive(Debug)]
pub(crate) struct Monitoring {
    bus: EventBus,
    ui: Option<UiServer>,
    telemetry: Telemetry,
    log: Option<EventLog>,
    sampler: JoinHandle<()>,
}

/// Which application it is.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub id: String,
    pub start_ms: i64,
    /// Where clients connect.
    pub address: String,
}

impl Monitoring {
    /// Starts what the settings ask for.
    ///
    /// # Errors
    /// If a setting cannot be read or the event log cannot be written. A web UI that finds no port is only reported.
    pub async fn start(
        engine: &Arc<Engine>,
        registry: &Arc<SessionRegistry>,
        settings: &BTreeMap<String, String>,
        identity: Identity,
    ) -> Result<Self> {
        let bus = engine.bus().clone();
        let config = UiConfig::of(settings)?;
        let limits = Limits::of(settings);
        let log_config = EventLogConfig::of(settings)?;
        // Without pages no one reads the store.
        let live = config.enabled.then(|| Arc::new(Live::follow(&bus, limits.clone())));
        let log = match &log_config {
            Some(config) => Some(EventLog::start(config.clone(), &identity.id, &bus, settings)?),
            None => None,
        };
        if let (Some(config), Some(live)) = (log_config, &live) {
            live.look_back(config.directory, identity.id.clone(), limits);
        }
        let telemetry = Telemetry::start(&identity.id, settings, &bus, live.is_some());
        introduce(&bus, engine, settings, &identity, telemetry.metrics_properties());
        let ui = match live {
            Some(live) => {
                let routes = telemetry.routes(live.store().clone());
                serve(config, live, registry, routes).await
            }
            None => None,
        };
        let pool = engine.runtime().memory_pool.clone();
        let sampler = tokio::spawn(sampler::run(bus.clone(), HEARTBEAT, move || pool.reserved() as u64));
        Ok(Self { bus, ui, telemetry, log, sampler })
    }

    /// The web UI's address.
    pub fn url(&self) -> Option<String> {
        self.ui.as_ref().map(UiServer::url)
    }

    /// Tells the application's end, completes the event log, and closes the pages.
    pub async fn stop(self) {
        self.sampler.abort();
        self.bus.post(ApplicationEvent::End { time_ms: firesteel_monitor::time::now_ms() });
        self.telemetry.stop().await;
        if let Some(log) = self.log {
            let finished = tokio::task::spawn_blocking(|| log.finish());
            if tokio::time::timeout(LOG_GRACE, finished).await.is_err() {
                tracing::warn!("the event log was not complete after {LOG_GRACE:?}");
            }
        }
        if let Some(ui) = self.ui {
            ui.stop();
        }
    }
}

async fn serve(
    config: UiConfig,
    live: Arc<Live>,
    registry: &Arc<SessionRegistry>,
    routes: axum::Router,
) -> Option<UiServer> {
    let control = Arc::new(EngineControl::new(registry.clone(), live.store().clone()));
    let site = Site { applications: live, control: Some(control), logs: Some(LogFiles::new(&logs::files())), config };
    match UiServer::start(site, routes).await {
        Ok(server) => Some(server),
        Err(error) => {
            tracing::warn!("there is no web UI: {error}");
            None
        }
    }
}

/// Tells whose application it is, with which settings, on which executor.
fn introduce(
    bus: &EventBus,
    engine: &Engine,
    settings: &BTreeMap<String, String>,
    identity: &Identity,
    metrics_properties: BTreeMap<String, String>,
) {
    let time_ms = identity.start_ms;
    bus.post(ApplicationEvent::Start(ApplicationStart {
        id: identity.id.clone(),
        name: settings.get("spark.app.name").cloned().unwrap_or_else(|| "Firesteel".into()),
        time_ms,
        user: user(),
    }));
    let mut spark_properties = settings.clone();
    for (name, value) in [("spark.app.id", identity.id.as_str()), ("spark.executor.id", EXECUTOR)] {
        spark_properties.insert(name.into(), value.into());
    }
    spark_properties.insert("spark.app.startTime".into(), time_ms.to_string());
    let mut system_properties = BTreeMap::from([
        ("firesteel.version".to_string(), env!("CARGO_PKG_VERSION").to_string()),
        ("process.id".to_string(), std::process::id().to_string()),
    ]);
    if let Ok(directory) = env::current_dir() {
        system_properties.insert("user.dir".into(), directory.display().to_string());
    }
    bus.post(ApplicationEvent::Environment(Environment { spark_properties, system_properties, metrics_properties }));
    let port = identity.address.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
    bus.post(ApplicationEvent::ExecutorAdded(ExecutorAdded {
        time_ms,
        host: "localhost".into(),
        port,
        cores: engine.cores(),
        memory_bytes: engine.memory_bytes() as u64,
    }));
}

/// Who runs it: as in Spark, whom `SPARK_USER` names, or the process's user.
fn user() -> String {
    let named = env::var("SPARK_USER").ok().filter(|name| !name.is_empty());
    let of_process = || User::from_uid(Uid::effective()).ok().flatten().map(|user| user.name);
    named.or_else(of_process).unwrap_or_else(|| Uid::effective().to_string())
}
