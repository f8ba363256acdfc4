//! `orderBy`, `sort` and `sortWithinPartitions`.

use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::{build, missing, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope, ordered};
use crate::expression::Typed;
use crate::types;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Sort) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let keys = message.order.clone();
    let (input, exprs) = missing::resolve(analyzer, input, |analyzer, scope| {
        keys.iter().map(|key| sort_key(analyzer, key, scope)).collect()
    })?;
    for typed in &exprs {
        if !types::is_orderable(typed.data_type()) {
            return Err(SparkError::new("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE")
                .param("functionName", "`sortorder`")
                .param("dataType", types::quoted_sql_name(typed.data_type()))
                .param("sqlExpr", format!("\"{} ASC NULLS FIRST\"", typed.name)));
        }
    }
    let (plan, exprs) = project::evaluate_windows(input.plan.clone(), exprs)?;
    let sorts: Vec<_> = exprs.into_iter().zip(&message.order).map(|(typed, key)| ordered(typed.expr, key)).collect();
    let plan = build(plan, |b| b.sort(sorts))?;
    Ok(Analyzed { plan, ..input })
}

/// A sort key; a whole number means that column of the output.
fn sort_key(analyzer: &mut Analyzer, key: &pb::expression::SortOrder, scope: &Scope) -> Result<Typed> {
    let typed = analyzer.required(&key.child, scope)?;
    let Some(ScalarValue::Int32(Some(n))) = typed.scalar().cloned() else { return Ok(typed) };
    if !analyzer.conf().flag("spark.sql.orderByOrdinal") {
        return Ok(typed);
    }
    usize::try_from(n - 1).ok().and_then(|index| scope.visible.get(index)).map(Typed::attribute).ok_or_else(|| {
        SparkError::new("ORDER_BY_POS_OUT_OF_RANGE")
            .param("index", n.to_string())
            .param("size", scope.visible.len().to_string())
    })
}
