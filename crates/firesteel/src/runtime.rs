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
        // Expression trees are walked by recursion; a deep one needs more than the default of 2 MiB.
        .thread_stack_size(8 << 20)
        .build()
        .map_err(|error| format!("The runtime could not be started: {error}"))
}
