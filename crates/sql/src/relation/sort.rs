//! `orderBy`, `sort` and `sortWithinPartitions`.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::{build, missing, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope, is_all, ordered, quoted_name};
use crate::expression::Typed;
use crate::float_key::normalized;
use crate::per_partition;
use crate::sort_within::SortWithin;
use crate::types;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Sort) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let keys = match message.order.as_slice() {
        [only] if only.child.as_deref().is_some_and(is_all) => every_column(&input, only),
        keys => keys.to_vec(),
    };
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
    let (plan, exprs) = per_partition::append(input.plan.clone(), exprs)?;
    let (plan, exprs) = project::evaluate_windows(plan, exprs)?;
    let sorts: Vec<_> = exprs
        .into_iter()
        .zip(&keys)
        .map(|(typed, key)| {
            let (data_type, nullable) = (typed.data_type().clone(), typed.nullable());
            ordered(normalized(typed.expr, &data_type, nullable), key)
        })
        .collect();
    let plan = if message.is_global == Some(false) && !input.is_streaming() {
        SortWithin::plan(plan, sorts)
    } else {
        build(plan, |b| b.sort(sorts))?
    };
    Ok(Analyzed { plan, beneath: None, ..input })
}

/// A sort key; a whole number means that column of the output.
fn sort_key(analyzer: &mut Analyzer, key: &pb::expression::SortOrder, scope: &Scope) -> Result<Typed> {
    let typed = analyzer.required(&key.child, scope)?;
    let Expr::Literal(ScalarValue::Int32(Some(n)), _) = typed.expr else { return Ok(typed) };
    if !analyzer.conf().flag("spark.sql.orderByOrdinal") {
        return Ok(typed);
    }
    usize::try_from(n - 1).ok().and_then(|index| scope.visible.get(index)).map(Typed::attribute).ok_or_else(|| {
        SparkError::new("ORDER_BY_POS_OUT_OF_RANGE")
            .param("index", n.to_string())
            .param("size", scope.visible.len().to_string())
    })
}

/// `ORDER BY ALL`: each column of the output, from the first.
fn every_column(input: &Analyzed, like: &pb::expression::SortOrder) -> Vec<pb::expression::SortOrder> {
    let column = |name: &str| pb::Expression {
        expr_type: Some(pb::expression::ExprType::UnresolvedAttribute(pb::expression::UnresolvedAttribute {
            unparsed_identifier: quoted_name(&[name.to_string()]),
            ..Default::default()
        })),
        ..Default::default()
    };
    let key = |a: &crate::attribute::Attribute| pb::expression::SortOrder {
        child: Some(Box::new(column(&a.name))),
        ..like.clone()
    };
    input.output.iter().map(key).collect()
}
