//! A table whose rows are put in before each batch, so that a plan over it can be kept between batches.
//!
//! [`BatchTable`] stands in the logical plan where the stream was. Planning turns it into a [`BatchScan`], which knows the
//! columns and filters that the query needs but not the rows. Before a batch, [`Slot::bind`] plans the scan of the batch's
//! own table with those columns; when the batch runs, the partitions of that scan are dealt out to those of the
//! [`BatchScan`], and the rows are counted on the way.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};

use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result as DataFusionResult, Statistics};
use datafusion::error::DataFusionError;
use datafusion::execution::{SessionState, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
    SendableRecordBatchStream,
};
use futures::{StreamExt, TryStreamExt};
use parking_lot::Mutex;

use crate::batch::renamed;

/// What the planner assumes a batch has, so that a join keeps the batch on its streaming side and builds on the other.
const ASSUMED_ROWS: usize = 1 << 40;

/// One source's place in a plan: the scans that read it, and how many rows they gave.
#[derive(Debug, Default)]
pub struct Slot {
    scans: Mutex<Vec<Weak<Site>>>,
    rows: AtomicI64,
}

/// Where one scan of a batch finds the plan of its rows.
#[derive(Debug)]
struct Site {
    projection: Option<Vec<usize>>,
    filters: Vec<Expr>,
    bound: Mutex<Option<Arc<dyn ExecutionPlan>>>,
}

impl Slot {
    /// Puts in the batch's rows: every scan of the slot will read `table`.
    pub async fn bind(&self, table: &dyn TableProvider, state: &SessionState) -> DataFusionResult<()> {
        self.rows.store(0, Ordering::SeqCst);
        let sites: Vec<Arc<Site>> = self.scans.lock().iter().filter_map(Weak::upgrade).collect();
        for site in sites {
            let plan = table.scan(state, site.projection.as_ref(), &site.filters, None).await?;
            *site.bound.lock() = Some(plan);
        }
        Ok(())
    }

    /// Lets go of the batch's rows.
    pub fn clear(&self) {
        for site in self.scans.lock().iter().filter_map(Weak::upgrade) {
            *site.bound.lock() = None;
        }
    }

    /// How many rows the scans have given since the rows were put in. A source that is scanned twice counts once.
    pub fn rows(&self) -> i64 {
        let scans = self.scans.lock().iter().filter(|site| site.strong_count() > 0).count();
        self.rows.load(Ordering::SeqCst) / i64::try_from(scans.max(1)).unwrap_or(1)
    }
}

/// The table in the logical plan. See the module.
#[derive(Debug)]
pub struct BatchTable {
    schema: SchemaRef,
    source_schema: SchemaRef,
    slot: Arc<Slot>,
    takes_filters: bool,
}

impl BatchTable {
    /// A table of `slot` with the columns `schema`, which the source calls `source_schema`.
    pub fn new(schema: SchemaRef, source_schema: SchemaRef, slot: Arc<Slot>, takes_filters: bool) -> Self {
        Self { schema, source_schema, slot, takes_filters }
    }

    /// The same condition under the source's column names.
    fn for_source(&self, filter: &Expr) -> DataFusionResult<Expr> {
        let rename = |expr: Expr| match &expr {
            Expr::Column(column) => {
                let index = self.schema.index_of(&column.name)?;
                let name = self.source_schema.field(index).name();
                Ok(Transformed::yes(Expr::Column(Column::new_unqualified(name))))
            }
            _ => Ok(Transformed::no(expr)),
        };
        filter.clone().transform(rename).map(|done| done.data)
    }
}

#[async_trait]
impl TableProvider for BatchTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        let answer = |filter: &&Expr| {
            let useful = self.takes_filters && !filter.is_volatile();
            if useful { TableProviderFilterPushDown::Inexact } else { TableProviderFilterPushDown::Unsupported }
        };
        Ok(filters.iter().map(answer).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(Schema::project(&self.schema, columns)?),
            None => Arc::clone(&self.schema),
        };
        let filters = filters.iter().map(|filter| self.for_source(filter)).collect::<DataFusionResult<_>>()?;
        let site = Arc::new(Site { projection: projection.cloned(), filters, bound: Mutex::new(None) });
        let mut scans = self.slot.scans.lock();
        scans.retain(|known| known.strong_count() > 0);
        scans.push(Arc::downgrade(&site));
        let partitions = state.config().target_partitions().max(1);
        Ok(Arc::new(BatchScan::new(schema, Arc::clone(&self.slot), site, partitions)))
    }
}

/// The scan in the physical plan. See the module.
#[derive(Debug)]
pub struct BatchScan {
    schema: SchemaRef,
    slot: Arc<Slot>,
    site: Arc<Site>,
    properties: Arc<PlanProperties>,
}

impl BatchScan {
    fn new(schema: SchemaRef, slot: Arc<Slot>, site: Arc<Site>, partitions: usize) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { schema, slot, site, properties: Arc::new(properties) }
    }
}

impl DisplayAs for BatchScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(f, "MicroBatchScan: columns=[{}]", columns.join(", "))
    }
}

impl ExecutionPlan for BatchScan {
    fn name(&self) -> &str {
        "MicroBatchScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DataFusionResult<SendableRecordBatchStream> {
        let Some(bound) = self.site.bound.lock().clone() else {
            return Err(DataFusionError::Internal("a micro-batch ran before its rows were put in".to_string()));
        };
        let step = self.properties.partitioning.partition_count();
        let count = bound.output_partitioning().partition_count();
        let mine: Vec<usize> = (partition..count).step_by(step).collect();
        let slot = Arc::clone(&self.slot);
        let schema = Arc::clone(&self.schema);
        let output = Arc::clone(&self.schema);
        let streams =
            futures::stream::iter(mine).map(move |inner| bound.execute(inner, Arc::clone(&context))).try_flatten();
        let counted = streams.map(move |batch| {
            let batch = renamed(batch?, &output)?;
            slot.rows.fetch_add(i64::try_from(batch.num_rows()).unwrap_or(i64::MAX), Ordering::Relaxed);
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, counted)))
    }

    fn partition_statistics(&self, _: Option<usize>) -> DataFusionResult<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = Precision::Inexact(ASSUMED_ROWS);
        statistics.total_byte_size = Precision::Inexact(ASSUMED_ROWS);
        Ok(Arc::new(statistics))
    }
}

/// The scan that a physical node is, if it is one.
pub fn as_batch_scan(plan: &dyn ExecutionPlan) -> Option<&BatchScan> {
    let plan: &dyn Any = plan;
    plan.downcast_ref::<BatchScan>()
}
