//! The table that keeps the rows of a plan.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, SendableRecordBatchStream};
use firesteel_events::EventBus;
use firesteel_formats::FilesTable;
use futures::{StreamExt, TryStreamExt};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::stored::Stored;
use super::{Keeper, Writes};
use crate::memory_pool::KEPT_ROWS;
use crate::unary_exec::{UnaryExec, UnaryOperator};

/// The rows of all partitions, and the memory they count for.
#[derive(Debug)]
struct Rows {
    partitions: Vec<Vec<RecordBatch>>,
    _memory: MemoryReservation,
}

/// One gathering: empty until the first run, then the rows, or nothing if they did not fit.
#[derive(Debug, Clone)]
struct Gathered {
    rows: Arc<OnceCell<Option<Arc<Rows>>>>,
    stored: Stored,
}

/// See the module.
pub(super) struct KeptTable {
    name: String,
    plan: LogicalPlan,
    schema: SchemaRef,
    bus: EventBus,
    /// The engine's writes, if rows come from files.
    writes: Option<Arc<Writes>>,
    /// The gathering, and how many writes there had been when it began.
    current: Mutex<(u64, Gathered)>,
}

impl KeptTable {
    pub(super) fn new(name: &str, plan: LogicalPlan, Keeper { writes, bus }: &Keeper) -> Self {
        let schema = Arc::new(plan.schema().as_arrow().clone());
        let current = Mutex::new((writes.count(), Gathered::new(name, bus)));
        let writes = reads_files(&plan).then(|| writes.clone());
        Self { name: name.to_string(), plan, schema, bus: bus.clone(), writes, current }
    }

    fn gathered(&self) -> Gathered {
        let Some(writes) = &self.writes else { return self.current.lock().1.clone() };
        let now = writes.count();
        let mut current = self.current.lock();
        if current.0 != now {
            *current = (now, Gathered::new(&self.name, &self.bus));
        }
        current.1.clone()
    }
}

impl Gathered {
    fn new(name: &str, bus: &EventBus) -> Self {
        Self { rows: Arc::default(), stored: Stored::new(name, bus) }
    }

    /// The rows; the first who asks gathers them.
    async fn kept(&self, input: &Arc<dyn ExecutionPlan>, context: &Arc<TaskContext>) -> Result<Option<&Arc<Rows>>> {
        let gathering = async {
            let rows = gather(input.clone(), context.clone()).await?;
            if let Some(rows) = &rows {
                self.stored.tell(&rows.partitions);
            }
            Ok::<_, datafusion::error::DataFusionError>(rows)
        };
        Ok(self.rows.get_or_try_init(|| gathering).await?.as_ref())
    }
}

/// The number and name under which the rows that this operator gathers are kept, if it is one that does.
pub(crate) fn kept_by(plan: &Arc<dyn ExecutionPlan>) -> Option<(usize, String)> {
    let keep = (plan.as_ref() as &dyn std::any::Any).downcast_ref::<UnaryExec<Keep>>()?;
    let stored = &keep.operator().gathered.stored;
    Some((stored.id(), stored.name().to_string()))
}

impl fmt::Debug for KeptTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptTable").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for KeptTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let gathered = self.gathered();
        if let Some(Some(rows)) = gathered.rows.get() {
            return Ok(MemorySourceConfig::try_new_exec(&rows.partitions, self.schema.clone(), projection.cloned())?);
        }
        let input = state.create_physical_plan(&self.plan).await?;
        let exec: Arc<dyn ExecutionPlan> = Arc::new(UnaryExec::new(Keep { gathered }, input));
        let Some(projection) = projection else { return Ok(exec) };
        let columns = projection.iter().map(|at| {
            let name = self.schema.field(*at).name();
            (
                Arc::new(datafusion::physical_expr::expressions::Column::new(name, *at)) as Arc<dyn PhysicalExpr>,
                name.clone(),
            )
        });
        Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), exec)?))
    }
}

fn reads_files(plan: &LogicalPlan) -> bool {
    let mut found = false;
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
        {
            found |= (provider.as_ref() as &dyn std::any::Any).is::<FilesTable>();
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

/// The first run: it gathers the rows of all partitions before it gives those of one.
#[derive(Debug)]
struct Keep {
    gathered: Gathered,
}

impl UnaryOperator for Keep {
    fn name(&self) -> &'static str {
        "InMemoryRelation"
    }

    fn welcomes_partitions(&self) -> bool {
        true
    }

    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let (input, gathered, schema) = (exec.input().clone(), self.gathered.clone(), exec.schema());
        let rows = async move {
            let kept = gathered.kept(&input, &context).await?;
            let own: SendableRecordBatchStream = match kept {
                Some(rows) => {
                    let own = rows.partitions.get(partition).cloned().unwrap_or_default();
                    let batches = futures::stream::iter(own.into_iter().map(Ok));
                    Box::pin(RecordBatchStreamAdapter::new(input.schema(), batches))
                }
                // The rows did not fit: this partition is run by itself.
                None => input.execute(partition, context)?,
            };
            Ok::<_, datafusion::error::DataFusionError>(own)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::once(rows).try_flatten())))
    }
}

/// All rows, if the memory pool has room for them.
async fn gather(input: Arc<dyn ExecutionPlan>, context: Arc<TaskContext>) -> Result<Option<Arc<Rows>>> {
    let memory = MemoryConsumer::new(KEPT_ROWS).register(context.memory_pool());
    let count = input.output_partitioning().partition_count();
    let running = (0..count).map(|partition| input.execute(partition, context.clone())).collect::<Result<Vec<_>>>()?;
    let reading = running.into_iter().map(|mut stream| {
        let memory = &memory;
        async move {
            let mut batches = Vec::new();
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                if let Err(error) = memory.try_grow(batch.get_array_memory_size()) {
                    tracing::warn!(%error, "a cached relation does not fit into memory; it is computed each time");
                    return Ok(None);
                }
                batches.push(batch);
            }
            Ok::<_, datafusion::error::DataFusionError>(Some(batches))
        }
    });
    let partitions: Option<Vec<_>> = futures::future::try_join_all(reading).await?.into_iter().collect();
    Ok(partitions.map(|partitions| Arc::new(Rows { partitions, _memory: memory })))
}
