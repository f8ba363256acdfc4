//! `firesteel history`: the pages and REST of applications that have ended or crashed, from their event logs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use firesteel_monitor::history::{History, log_directory};
use firesteel_monitor::store::Limits;
use firesteel_monitor::{Site, UiConfig, UiServer};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::HistoryArgs;
use crate::settings::{self, Settings};
use crate::{log, runtime};

/// Serves until the end.
///
/// # Errors
/// A sentence for the user.
pub fn run(args: &HistoryArgs) -> Result<ExitCode, String> {
    let mut settings = settings::from_file_and_conf(args.properties_file.as_deref(), &args.conf)?;
    log::start(&settings);
    let directory = directory(args, &settings)?;
    let port = args.port.map(|port| port.to_string()).or_else(|| settings.get("spark.history.ui.port").cloned());
    settings.insert("spark.ui.port".into(), port.unwrap_or_else(|| "18080".into()));
    let config = UiConfig::of(&settings).map_err(|error| error.to_string())?;
    let applications = Arc::new(History::new(&directory, Limits::of(&settings)));
    let site = Site { applications, control: None, logs: None, config };
    runtime::build()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| format!("Signals: {error}"))?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| format!("Signals: {error}"))?;
        let server = UiServer::start(site, axum::Router::new()).await.map_err(|error| error.to_string())?;
        println!("History of {} at {}", directory.display(), server.url());
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        server.stop();
        Ok(ExitCode::SUCCESS)
    })
}

fn directory(args: &HistoryArgs, settings: &Settings) -> Result<PathBuf, String> {
    let directory = match (&args.dir, settings.get("spark.history.fs.logDirectory")) {
        (Some(directory), _) => directory.clone(),
        (None, Some(set)) => {
            let set = [("spark.eventLog.dir".to_string(), set.clone())].into();
            log_directory(&set).map_err(|error| error.to_string())?
        }
        (None, None) => log_directory(settings).map_err(|error| error.to_string())?,
    };
    if directory.is_dir() { Ok(directory) } else { Err(format!("{} is not a directory.", directory.display())) }
}
