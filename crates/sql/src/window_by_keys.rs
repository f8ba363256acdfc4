//! Window functions that need the whole of a window partition, a few partitions at a time.
//!
//! DataFusion's `WindowAggExec` holds all rows of its input, which nobody accounts for. Its input is sorted by the window's
//! partition keys, so it can be given in runs that end where the keys change: then memory holds a run, or the one partition
//! that is larger. What is held counts against the memory pool, and a window partition that does not fit is an error.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::partition;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::physical_expr::{LexOrdering, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::WindowAggExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream,
};
use futures::{StreamExt, TryStreamExt};

use crate::unary_exec::{UnaryExec, UnaryOperator};

/// Rows of a run, if no partition is larger.
const RUN_ROWS: usize = 1 << 16;

/// Puts the rule's operator in the place of every `WindowAggExec`.
#[derive(Debug)]
pub(crate) struct WindowsByKeys;

impl PhysicalOptimizerRule for WindowsByKeys {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let any: &dyn Any = node.as_ref();
            let Some(window) = any.downcast_ref::<WindowAggExec>() else { return Ok(Transformed::no(node)) };
            let (input, keys) = (window.input().clone(), window.partition_keys());
            let order = input.output_ordering().cloned();
            Ok(Transformed::yes(Arc::new(UnaryExec::new(ByKeys { window: node, keys, order }, input)) as _))
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "windows_by_keys"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// See the module.
#[derive(Debug)]
struct ByKeys {
    window: Arc<dyn ExecutionPlan>,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    /// How the input is sorted.
    order: Option<LexOrdering>,
}

impl UnaryOperator for ByKeys {
    fn name(&self) -> &'static str {
        "WindowAggExec"
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        DisplayAs::fmt_as(self.window.as_ref(), DisplayFormatType::Default, f)
    }

    fn properties(&self, _: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
        self.window.properties().clone()
    }

    fn keeps_order(&self) -> bool {
        true
    }

    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let memory = MemoryConsumer::new(format!("Window[{partition}]")).register(context.memory_pool());
        let runs = Runs {
            rows: exec.input().execute(partition, context.clone())?,
            keys: self.keys.clone(),
            held: Vec::new(),
            held_rows: 0,
            memory,
            ended: false,
        };
        let (window, order) = (self.window.clone(), self.order.clone());
        let runs = futures::stream::try_unfold(runs, |mut runs| async move {
            Ok::<_, datafusion::error::DataFusionError>(runs.next().await?.map(|run| (run, runs)))
        });
        let rows = runs.and_then(move |run| {
            let (window, order, context) = (window.clone(), order.clone(), context.clone());
            async move { over(&window, order, run, context) }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(exec.schema(), rows.try_flatten())))
    }
}

/// The window functions over one run.
fn over(
    window: &Arc<dyn ExecutionPlan>,
    order: Option<LexOrdering>,
    run: Run,
    context: Arc<TaskContext>,
) -> Result<SendableRecordBatchStream> {
    let Some(first) = run.batches.first() else {
        return Ok(Box::pin(RecordBatchStreamAdapter::new(window.schema(), futures::stream::empty())));
    };
    let rows = MemorySourceConfig::try_new(std::slice::from_ref(&run.batches), first.schema(), None)?;
    let input = DataSourceExec::from_data_source(rows.try_with_sort_information(order.into_iter().collect())?);
    let keep = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep);
    let rows = window.clone().replace_children(vec![input], keep)?.execute(0, context)?;
    let memory = run.memory;
    // The run's memory is given back when its rows have gone on.
    let rows = rows.inspect(move |_| {
        let _ = &memory;
    });
    Ok(Box::pin(RecordBatchStreamAdapter::new(window.schema(), rows)))
}

/// Rows of whole window partitions.
struct Run {
    batches: Vec<RecordBatch>,
    memory: MemoryReservation,
}

/// Cuts rows into runs.
struct Runs {
    rows: SendableRecordBatchStream,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    held: Vec<RecordBatch>,
    held_rows: usize,
    memory: MemoryReservation,
    ended: bool,
}

impl Runs {
    async fn next(&mut self) -> Result<Option<Run>> {
        while !self.ended {
            let Some(batch) = self.rows.next().await.transpose()? else {
                self.ended = true;
                return Ok(Some(self.run()));
            };
            self.memory.try_grow(held_bytes(&batch))?;
            let enough = self.held_rows + batch.num_rows() >= RUN_ROWS;
            match if enough { self.last_start(&batch)? } else { None } {
                Some(start) => {
                    self.hold(batch.slice(0, start));
                    let run = self.run();
                    let rest = batch.slice(start, batch.num_rows() - start);
                    self.memory.try_grow(held_bytes(&rest))?;
                    self.hold(rest);
                    return Ok(Some(run));
                }
                None => self.hold(batch),
            }
        }
        Ok(None)
    }

    fn hold(&mut self, batch: RecordBatch) {
        self.held_rows += batch.num_rows();
        self.held.push(batch);
    }

    fn run(&mut self) -> Run {
        self.held_rows = 0;
        Run { batches: std::mem::take(&mut self.held), memory: self.memory.take() }
    }

    /// Where in a batch its last window partition starts, if others are before it.
    fn last_start(&self, batch: &RecordBatch) -> Result<Option<usize>> {
        if self.keys.is_empty() {
            return Ok(None);
        }
        let keys = self.keys.iter().map(|key| key.evaluate(batch)?.into_array(batch.num_rows()));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        Ok(partition(&keys)?.ranges().last().map(|range| range.start).filter(|start| *start > 0))
    }
}

/// A batch, and its part of the one batch that DataFusion makes of a run.
fn held_bytes(batch: &RecordBatch) -> usize {
    2 * crate::spilling_join::bytes_of(batch)
}
