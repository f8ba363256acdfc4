//! A graceful stop when the process is asked to end (`spark.streaming.stopGracefullyOnShutdown`).

use firesteel_error::{Result, SparkError};
use signal_hook::consts::SIGTERM;
use signal_hook::iterator::Signals;

use crate::supervisor::spawn;

/// Calls `stop` at the first SIGTERM and ends the process as the signal would have.
pub(crate) fn at_sigterm(stop: impl FnOnce() + Send + 'static) -> Result<()> {
    let mut signals =
        Signals::new([SIGTERM]).map_err(|e| SparkError::io("The handler of SIGTERM could not be installed", e))?;
    spawn("streaming-shutdown".into(), move || {
        if signals.forever().next().is_some() {
            stop();
            std::process::exit(128 + SIGTERM);
        }
    })
}
