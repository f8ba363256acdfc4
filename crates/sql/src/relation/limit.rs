//! `limit`, `offset` and `tail`.

use arrow::compute::concat_batches;
use datafusion::physical_plan::collect;
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::{build, lazy};
use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;

fn count(value: i32, name: &str) -> Result<usize> {
    usize::try_from(value).map_err(|_| {
        SparkError::new("INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE")
            .param("name", name)
            .param("expr", format!("\"{value}\""))
            .param("v", value.to_string())
    })
}

pub(super) fn limit(analyzer: &mut Analyzer, message: &pb::Limit) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let rows = count(message.limit, "limit")?;
    let plan = build(input.plan.clone(), |b| b.limit(0, Some(rows)))?;
    Ok(Analyzed { plan, beneath: None, ..input })
}

pub(super) fn offset(analyzer: &mut Analyzer, message: &pb::Offset) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let rows = count(message.offset, "offset")?;
    let plan = build(input.plan.clone(), |b| b.limit(rows, None))?;
    Ok(Analyzed { plan, beneath: None, ..input })
}

/// The last rows: all are computed, so that it is known which these are.
pub(super) fn tail(analyzer: &mut Analyzer, message: &pb::Tail) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let rows = count(message.limit, "tail")?;
    lazy::relation(input, move |plan, context| {
        Box::pin(async move {
            let schema = plan.schema();
            let batches = collect(plan, context).await?;
            let whole = concat_batches(&schema, &batches)?;
            let rows = rows.min(whole.num_rows());
            Ok(whole.slice(whole.num_rows() - rows, rows))
        })
    })
}
