//! `WITH RECURSIVE`: the rows of a start, then those that a step makes of the rows before, until it makes none.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::row::{OwnedRow, RowConverter, SortField};
use async_trait::async_trait;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{Session as DfSession, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::{Result, SparkError};
use parking_lot::RwLock;
use spark_connect_proto as pb;

use super::{local, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::attribute::Attribute;
use crate::cast::{self, Mode};
use crate::expression::Typed;
use crate::session::Session;

/// The rows of the step before, to which the step refers by name.
#[derive(Debug)]
pub(crate) struct Before {
    schema: SchemaRef,
    /// Nullable attributes under the user's names.
    output: Vec<Attribute>,
    rows: RwLock<Vec<RecordBatch>>,
}

#[async_trait]
impl TableProvider for Before {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn DfSession,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let rows = self.rows.read().clone();
        Ok(MemorySourceConfig::try_new_exec(&[rows], self.schema.clone(), projection.cloned())?)
    }
}

/// The relation of the step before.
pub(crate) fn before(table: &Arc<Before>) -> Result<Analyzed> {
    let scan = Analyzed::new(local::scan_of(table.clone())?, table.output.clone());
    Ok(super::cached(&scan))
}

/// All rows of a recursive common table expression.
pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::UnresolvedTableValuedFunction) -> Result<Analyzed> {
    let mut arguments = Vec::new();
    for argument in &message.arguments {
        arguments.push(analyzer.expression(argument, &Scope::default())?.scalar().cloned());
    }
    let [
        Some(ScalarValue::Utf8(Some(name))),
        Some(ScalarValue::Int64(Some(start))),
        Some(ScalarValue::Int64(Some(step))),
        Some(ScalarValue::Boolean(Some(unique))),
    ] = arguments.as_slice()
    else {
        return Err(SparkError::internal("a malformed recursive relation"));
    };
    let start = analyzer.referenced(*start)?;
    let output: Vec<Attribute> = start.output.iter().map(|a| Attribute::of_field(&a.nullable().field)).collect();
    let fields: Vec<_> = output.iter().map(|a| a.field.as_ref().clone().with_name(&a.column)).collect();
    let schema: SchemaRef = Arc::new(arrow::datatypes::Schema::new(fields));
    let table = Arc::new(Before { schema: schema.clone(), output: output.clone(), rows: RwLock::default() });
    analyzer.recursions.insert(name.clone(), table.clone());
    let step = analyzer.referenced(*step);
    analyzer.recursions.remove(name);
    let step = fitted(analyzer, step?, &output)?;
    let rows = run(analyzer.session(), start, &step, &table, *unique)?;
    let user: Vec<_> = output.iter().map(|a| a.field.as_ref().clone()).collect();
    local::of_batches(&arrow::datatypes::Schema::new(user), &rows)
}

/// The step with the start's types.
fn fitted(analyzer: &Analyzer, step: Analyzed, output: &[Attribute]) -> Result<Analyzed> {
    if step.output.len() != output.len() {
        return Err(SparkError::new("NUM_COLUMNS_MISMATCH")
            .param("operator", "UNION")
            .param("firstNumColumns", output.len().to_string())
            .param("invalidOrdinalNum", "second")
            .param("invalidNumColumns", step.output.len().to_string()));
    }
    let exprs = step
        .output
        .iter()
        .zip(output)
        .map(|(from, to)| {
            let value = Typed::attribute(from);
            Ok(cast::cast(value, to.data_type(), Mode::implicit(analyzer.conf()), analyzer.conf())?.named(&to.name))
        })
        .collect::<Result<Vec<_>>>()?;
    project::project(Analyzed { beneath: None, ..step }, exprs)
}

fn run(
    session: &Session,
    start: Analyzed,
    step: &Analyzed,
    table: &Arc<Before>,
    unique: bool,
) -> Result<Vec<RecordBatch>> {
    let levels_max = session.conf().int("spark.sql.cteRecursionLevelLimit")?;
    let rows_max = session.conf().int("spark.sql.cteRecursionRowLimit")?;
    let mut seen = if unique { Some(Seen::new(&table.schema)?) } else { None };
    let mut all = Vec::new();
    let mut total = 0_i64;
    let mut next = collected(session, &start, table, seen.as_mut())?;
    let mut level = 0;
    while next.iter().any(|batch| batch.num_rows() > 0) {
        total += next.iter().map(|batch| batch.num_rows() as i64).sum::<i64>();
        if rows_max >= 0 && total > rows_max {
            return Err(SparkError::new("RECURSION_ROW_LIMIT_EXCEEDED").param("rowLimit", rows_max.to_string()));
        }
        if levels_max >= 0 && level > levels_max {
            return Err(SparkError::new("RECURSION_LEVEL_LIMIT_EXCEEDED").param("levelLimit", levels_max.to_string()));
        }
        all.extend(next.iter().cloned());
        *table.rows.write() = next;
        next = collected(session, step, table, seen.as_mut())?;
        level += 1;
    }
    Ok(all)
}

fn collected(
    session: &Session,
    analyzed: &Analyzed,
    table: &Arc<Before>,
    seen: Option<&mut Seen>,
) -> Result<Vec<RecordBatch>> {
    let (session, analyzed) = (session.clone(), analyzed.clone());
    let batches = crate::blocking::wait(async move { session.collect(&analyzed).await })?;
    let renamed = batches
        .into_iter()
        .map(|batch| {
            RecordBatch::try_new(table.schema.clone(), batch.columns().to_vec())
                .map_err(|e| crate::error::from_arrow(&e))
        })
        .collect::<Result<Vec<_>>>()?;
    match seen {
        Some(seen) => renamed.iter().map(|batch| seen.new_rows(batch)).collect(),
        None => Ok(renamed),
    }
}

/// The rows that came already, for `UNION` without `ALL`.
struct Seen {
    converter: RowConverter,
    rows: std::collections::HashSet<OwnedRow>,
}

impl Seen {
    fn new(schema: &SchemaRef) -> Result<Self> {
        let fields = schema.fields().iter().map(|field| SortField::new(field.data_type().clone())).collect();
        let converter = RowConverter::new(fields).map_err(|e| crate::error::from_arrow(&e))?;
        Ok(Self { converter, rows: std::collections::HashSet::new() })
    }

    fn new_rows(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = self.converter.convert_columns(batch.columns()).map_err(|e| crate::error::from_arrow(&e))?;
        let fresh: arrow::array::BooleanArray = rows.iter().map(|row| Some(self.rows.insert(row.owned()))).collect();
        arrow::compute::filter_record_batch(batch, &fresh).map_err(|e| crate::error::from_arrow(&e))
    }
}
