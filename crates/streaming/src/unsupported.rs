//! What a streaming plan may not do, under Spark's conditions.

use datafusion::logical_expr::LogicalPlan;
use firesteel_error::Result;

use crate::session::Settings;
use crate::start::OutputMode;

/// Refuses what Spark refuses.
pub fn check(_plan: &LogicalPlan, _mode: OutputMode, _settings: &Settings) -> Result<()> {
    Ok(())
}
