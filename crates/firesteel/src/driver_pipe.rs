//! Standard input as a driver's hold on its engine: the first line is the start, later lines are commands, the end is
//! the order to stop. It also comes when the driver is killed, and nothing else has to be noticed for that.

use std::io::{self, BufRead};

use serde::Deserialize;
use tokio::sync::oneshot;

use crate::log;
use crate::settings::Settings;

/// The first line.
#[derive(Debug, Deserialize)]
pub struct Start {
    /// What clients must show.
    pub token: String,
    /// All settings of the application.
    pub conf: Settings,
}

/// A later line.
#[derive(Debug, Deserialize)]
struct Command {
    /// Spark's name of a log level, from `SparkContext.setLogLevel`.
    log_level: Option<String>,
}

/// Reads the first line.
///
/// # Errors
/// A sentence for the log if it is not there.
pub fn read_start() -> Result<Start, String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| format!("Standard input: {error}"))?;
    serde_json::from_str(&line).map_err(|error| format!("The driver's first line is not what it should be: {error}"))
}

/// Obeys the lines that follow; the receiver is told when they end.
///
/// It takes a thread, because reading a pipe that stays silent for hours cannot be given up.
pub fn obey() -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            match serde_json::from_str::<Command>(&line) {
                Ok(Command { log_level: Some(level) }) => log::set_level(&level),
                Ok(Command { log_level: None }) => {}
                Err(error) => tracing::warn!("a line from the driver was not understood: {error}"),
            }
        }
        // No one listens any more if the engine is stopping already.
        let _ = ended.send(());
    });
    end
}
