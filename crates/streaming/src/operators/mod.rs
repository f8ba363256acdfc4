//! Stateful operators of a streaming query, and the incremental planner that puts them into its plan.
//!
//! A streaming query is analysed once. The planner ([`IncrementalPlan`]) walks its logical plan, refuses what Spark refuses,
//! numbers what is stateful (operator 0, 1, ...), and marks it. The physical plan made from that is kept between batches:
//! what changes with each batch (its id, its watermarks, the state it reads) is not in the plan but in the
//! [`StatefulRuntime`] that the operators read when they run.
//!
//! - An aggregate keeps DataFusion's accumulator states for each key ([`aggregate_exec`]).
//! - The dropping of duplicates keeps the keys it has seen ([`dedupe_exec`]), a limit how many rows have passed.
//! - A watermark keeps nothing: it reports what it saw, and [`WatermarkTracker`] makes the query's watermark of it.
//!
//! How the micro-batch loop uses it:
//!
//! ```text
//! let settings = StatefulSettings::from_conf(&|key| conf.get(key))?;            // Spark's setting names
//! let plan: IncrementalPlan = IncrementalPlan::new(&logical, mode, settings, &|leaf: &LogicalPlan| is_streaming(leaf))?;
//!     plan.logical(): &LogicalPlan                    // give this to SessionState::optimize / create_physical_plan
//!     plan.runtime(): &Arc<StatefulRuntime>
//!     plan.is_stateful(): bool
//! planner: StatefulExtensionPlanner::new(runtime)     // an ExtensionPlanner to add to the session's query planner
//!
//! runtime.open(state: Arc<dyn DurableStore>, batch_id, pool: Arc<dyn MemoryPool>)?
//!                                                     // once, before the first batch that runs; state = <checkpoint>/state
//! // every batch
//! runtime.begin(BatchInput { batch_id, late_watermark_ms, eviction_watermark_ms, now_ms })?
//!     late_watermark_ms     = batchWatermarkMs of the offset log entry batch_id - 1 (0 if there is none)
//!     eviction_watermark_ms = batchWatermarkMs of the offset log entry batch_id
//! let physical = reset_plan_states(physical)?;        // DataFusion's, before each run of a kept plan
//! ... execute, write the sink ...
//! let report: BatchReport = runtime.commit().await?   // durable; before the commit log entry. Then write commits/batch_id
//!     report.operators: Vec<StateOperatorProgress>    // serde: `stateOperators` of the progress
//!     report.event_time: Option<EventTimeProgress>    // max/min/avg of `eventTime`, latency percentiles
//!     report.watermarks: Vec<WatermarkReport>         // for WatermarkTracker::advance
//! runtime.abort()                                     // instead of commit: the state is as it was before begin
//! runtime.maintain().await?                           // after commits/batch_id is written: snapshots, old versions; spawn it
//!
//! let mut tracker = WatermarkTracker::new(settings.watermark_policy);
//! tracker.restore(batchWatermarkMs of the newest offset log entry);
//! tracker.advance(&report.watermarks) -> i64          // the watermark of the next batch, in ms
//! plan.wants_batch(new_watermark_ms) -> bool          // does the watermark alone ask for another (no-data) batch?
//! ```

mod aggregate_exec;
mod aggregate_states;
mod collected;
mod dedupe_exec;
mod event_time;
mod extension_planner;
mod incremental;
mod limit_exec;
mod metadata;
mod plan_shape;
mod progress;
mod refusals;
mod runtime;
mod settings;
mod stateful_node;
mod watermark;
mod watermark_exec;

#[cfg(test)]
mod rig;
#[cfg(test)]
mod tests;

pub use extension_planner::StatefulExtensionPlanner;
pub(crate) use incremental::reads_stream;
pub use incremental::{IncrementalPlan, IsStream};
pub use progress::{BatchReport, EventTimeProgress, StateOperatorProgress};
pub(crate) use refusals::check_at_run;
pub use runtime::{BatchInput, StatefulRuntime};
pub use settings::StatefulSettings;
pub use stateful_node::{StatefulKind, StatefulNode};
pub use watermark::{WatermarkPolicy, WatermarkReport, WatermarkTracker};
