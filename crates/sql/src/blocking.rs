//! Waiting for asynchronous work (listing files, inferring a schema) from the analyzer, which is synchronous.

use std::future::Future;

use firesteel_error::{Result, SparkError};
use tokio::runtime::{Builder, Handle};

/// Runs a future to its end, from inside a runtime or outside.
///
/// # Errors
/// The future's own; `INTERNAL_ERROR` if no thread can be had.
pub fn wait<T: Send>(future: impl Future<Output = Result<T>> + Send) -> Result<T> {
    let no_thread = |e: &dyn std::fmt::Display| SparkError::internal(format!("cannot wait for a file operation: {e}"));
    match Handle::try_current() {
        // A runtime's thread may not block on that runtime; another thread may.
        Ok(handle) => std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .name("analysis-io".into())
                .spawn_scoped(scope, || handle.block_on(future))
                .map_err(|e| no_thread(&e))?;
            thread.join().map_err(|_| no_thread(&"the thread ended"))?
        }),
        Err(_) => Builder::new_current_thread().enable_all().build().map_err(|e| no_thread(&e))?.block_on(future),
    }
}
