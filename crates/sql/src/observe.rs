//! `df.observe(name, aggregates)`: what passes a point of a query, summed up while it passes.
//!
//! The node hands its rows on unchanged and keeps an accumulator for each aggregate and partition. A partition that ends,
//! or is let go early, merges its accumulators into those of the node. An [`Observer`] knows all nodes that were planned
//! under it, and [`Observer::take`] gives their values; a streaming query finds the nodes of a batch's plan with
//! [`observed`].

mod exec;
mod metric_rules;
mod node;

use std::sync::Arc;

use arrow::datatypes::FieldRef;
use datafusion::common::ScalarValue;
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::Result;
use parking_lot::Mutex;

use crate::unary_exec::UnaryExec;
pub use exec::ObservePlanner;
use exec::{CollectMetrics, Tally};
pub(crate) use metric_rules::{check_metric, check_names};
pub(crate) use node::Observe;

/// The metrics of one `observe`.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The name that the user gave, or a random one.
    pub name: String,
    /// The client's id of the relation.
    pub plan_id: i64,
    /// Name and type of each metric, and its value.
    pub metrics: Vec<(FieldRef, ScalarValue)>,
}

/// Collects what the queries of one operation observe. Cloning gives another handle on the same collection.
#[derive(Debug, Clone, Default)]
pub struct Observer {
    tallies: Arc<Mutex<Vec<Arc<Tally>>>>,
}

impl Observer {
    pub(crate) fn register(&self, tally: Arc<Tally>) {
        self.tallies.lock().push(tally);
    }

    /// The metrics of everything that ran; of a relation that ran twice those of the last run.
    ///
    /// # Errors
    /// What the aggregates raise, such as an overflow.
    pub fn take(&self) -> Result<Vec<Observed>> {
        let tallies = std::mem::take(&mut *self.tallies.lock());
        let mut all: Vec<Observed> = Vec::new();
        for tally in tallies {
            let observed = tally.observed()?;
            all.retain(|other| (other.plan_id, &other.name) != (observed.plan_id, &observed.name));
            all.push(observed);
        }
        Ok(all)
    }
}

/// What the `observe` nodes of a plan have seen.
///
/// # Errors
/// What the aggregates raise.
pub fn observed(plan: &Arc<dyn ExecutionPlan>) -> Result<Vec<Observed>> {
    let mut all = Vec::new();
    if let Some(exec) = (plan.as_ref() as &dyn std::any::Any).downcast_ref::<UnaryExec<CollectMetrics>>() {
        all.push(exec.operator().tally().observed()?);
    }
    for child in plan.children() {
        all.extend(observed(child)?);
    }
    Ok(all)
}
