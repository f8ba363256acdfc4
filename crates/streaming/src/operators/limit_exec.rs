//! `limit(n)` in append mode: n rows pass over the whole life of the query; the state is how many have.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int8Array, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, PlanProperties, SendableRecordBatchStream};
use firesteel_sql::unary_exec::{UnaryExec, UnaryOperator};
use futures::{StreamExt, TryStreamExt, stream};

use super::collected::InOrder;
use super::plan_shape::single_task;
use super::runtime::{OperatorCounts, StatefulRuntime};
use crate::error::to_datafusion;

/// See the module's text.
#[derive(Debug)]
pub(crate) struct StatefulLimit {
    pub(crate) number: usize,
    pub(crate) rows: u64,
    pub(crate) runtime: Arc<StatefulRuntime>,
}

impl UnaryOperator for StatefulLimit {
    fn name(&self) -> &'static str {
        "StatefulLimitExec"
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatefulLimitExec: operator={}, rows={}", self.number, self.rows)
    }

    fn properties(&self, input: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
        single_task(input.schema())
    }

    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        _: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let run = run(Arc::clone(exec.input()), self.number, self.rows, Arc::clone(&self.runtime), context);
        let batches = stream::once(run).map_ok(|batches| stream::iter(batches).map(Ok)).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(exec.schema(), batches)))
    }
}

/// The rows that still pass. At most `rows` of them are held.
async fn run(
    input: Arc<dyn ExecutionPlan>,
    number: usize,
    rows: u64,
    runtime: Arc<StatefulRuntime>,
    context: Arc<TaskContext>,
) -> Result<Vec<RecordBatch>> {
    let _alone = Arc::clone(&runtime.operator(number).running).lock_owned().await;
    let store = runtime.store(number).await.map_err(to_datafusion)?;
    store.begin();
    let only_key: ArrayRef = Arc::new(Int8Array::from(vec![0]));
    let key = store.encode_keys(&[only_key]).map_err(to_datafusion)?;
    let stored = store.get(&key).map_err(to_datafusion)?;
    let passed = match stored.values.first() {
        Some(count) if !stored.rows.is_empty() => count.as_primitive::<Int64Type>().value(0) as u64,
        _ => 0,
    };

    let mut left = rows.saturating_sub(passed);
    let mut output = Vec::new();
    let mut batches = InOrder::new(&input, &context)?;
    // All of the input is read, as watermarks below must see it.
    while let Some(batch) = batches.next().await? {
        let taken = left.min(batch.num_rows() as u64);
        if taken > 0 {
            output.push(batch.slice(0, taken as usize));
            left -= taken;
        }
    }
    let now_passed: ArrayRef = Arc::new(Int64Array::from(vec![rows.saturating_sub(left).max(passed) as i64]));
    store.put(&key, &[now_passed]).map_err(to_datafusion)?;
    runtime.operator(number).count(OperatorCounts { updated: 1, ..OperatorCounts::default() });
    Ok(output)
}
