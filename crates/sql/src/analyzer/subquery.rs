//! Subqueries inside expressions: scalar, `EXISTS`, `IN`; correlated ones refer to the query around them.

use std::sync::Arc;

use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::{Expr, LogicalPlan, Subquery};
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, subquery_expression::SubqueryType};

use super::{Analyzer, Scope};
use crate::analyzed::Analyzed;
use crate::coerce;
use crate::expression::Typed;

/// Resolves a subquery expression.
pub(super) fn resolve(analyzer: &mut Analyzer, message: &pb::SubqueryExpression, scope: &Scope) -> Result<Typed> {
    let relation =
        analyzer.references.get(&message.plan_id).cloned().ok_or_else(|| {
            SparkError::internal(format!("no relation was sent for the subquery {}", message.plan_id))
        })?;
    let query = analyzer.with_outer(scope, |analyzer| analyzer.relation(&relation))?;
    match message.subquery_type() {
        SubqueryType::Scalar => scalar(&query),
        SubqueryType::Exists => {
            let exists = Exists { subquery: subquery(&query)?, negated: false };
            Ok(Typed::new(Expr::Exists(exists), arrow::datatypes::DataType::Boolean, false, "exists()"))
        }
        SubqueryType::In => {
            let values = analyzer.expressions(&message.in_subquery_values, scope)?;
            contained(analyzer, &values, &query)
        }
        other => Err(SparkError::unsupported(format!("A subquery of the kind {}", other.as_str_name()))),
    }
}

fn subquery(query: &Analyzed) -> Result<Subquery> {
    let plan = query.trimmed()?;
    let outer = outer_references(&plan)?;
    Ok(Subquery { subquery: Arc::new(plan), outer_ref_columns: outer, spans: Default::default() })
}

fn outer_references(plan: &LogicalPlan) -> Result<Vec<Expr>> {
    Ok(plan.all_out_ref_exprs())
}

fn scalar(query: &Analyzed) -> Result<Typed> {
    let [column] = query.output.as_slice() else {
        return Err(SparkError::new("INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN")
            .param("number", query.output.len().to_string()));
    };
    let expr = Expr::ScalarSubquery(subquery(query)?);
    Ok(Typed::new(expr, column.data_type().clone(), true, "scalarsubquery()"))
}

fn contained(analyzer: &Analyzer, values: &[Typed], query: &Analyzed) -> Result<Typed> {
    let shown: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
    let left = if let [one] = shown.as_slice() { (*one).to_string() } else { shown.join(", ") };
    let sql = format!("\"({left} IN (listquery()))\"");
    if values.len() != query.output.len() {
        let quoted = |names: Vec<&str>| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        return Err(SparkError::new("DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH")
            .param("sqlExpr", sql)
            .param("leftColumns", quoted(shown))
            .param("rightColumns", quoted(query.output.iter().map(|column| column.name.as_str()).collect()))
            .param("leftLength", values.len().to_string())
            .param("rightLength", query.output.len().to_string()));
    }
    let [value] = values else {
        return Err(SparkError::unsupported("IN with a subquery of several columns"));
    };
    let column = Typed::attribute(&query.output[0]);
    let mismatch = || {
        let side = |typed: &Typed, name: &str| format!("{name}:{}", crate::types::simple_name(typed.data_type()));
        let plain = |name: &str| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        let shown = |name: &str| if plain(name) { name.to_string() } else { format!("`{name}`") };
        SparkError::new("DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH")
            .param("sqlExpr", &sql)
            .param("leftType", crate::types::quoted_sql_name(value.data_type()))
            .param("rightType", crate::types::quoted_sql_name(column.data_type()))
            .param(
                "mismatchedColumns",
                format!("({}, {})", side(value, &shown(&value.name)), side(&column, &shown(&column.name))),
            )
    };
    let (value, column) = coerce::comparable(value, &column, analyzer.conf())?.ok_or_else(mismatch)?;
    let attribute = crate::attribute::Attribute::new("in", column.data_type().clone(), column.nullable());
    let plan = datafusion::logical_expr::LogicalPlanBuilder::from(query.plan.clone())
        .project(vec![column.expr.alias(&attribute.column)])
        .and_then(datafusion::logical_expr::LogicalPlanBuilder::build)
        .map_err(crate::error::from_datafusion)?;
    let query = Analyzed::new(plan, vec![attribute]);
    let expr = Expr::InSubquery(InSubquery::new(Box::new(value.expr.clone()), subquery(&query)?, false));
    Ok(Typed::new(expr, arrow::datatypes::DataType::Boolean, true, format!("({} IN (listquery()))", value.name)))
}
