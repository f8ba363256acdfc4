//! The one Tokio runtime that everything in the process runs on.

use tokio::runtime::{Builder, Runtime};

/// Builds the runtime, with a thread for each core.
///
/// # Errors
/// A sentence for the user.
pub fn build() -> Result<Runtime, String> {
    Builder::new_multi_thread()
        .enable_all()
        .thread_name("firesteel")
        // Messages and plans are walked by recursion, and a loop of `withColumn` nests them by the hundred. Of a stack only
        // what is used costs memory.
        .thread_stack_size(32 << 20)
        .build()
        .map_err(|error| format!("The runtime could not be started: {error}"))
}
