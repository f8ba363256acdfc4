//! Subqueries inside expressions: scalar, `EXISTS`, `IN`; correlated ones refer to the query around them.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Subquery};
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, subquery_expression::SubqueryType};

use super::{Analyzer, Scope};
use crate::analyzed::Analyzed;
use crate::attribute::Attribute;
use crate::coerce;
use crate::expression::{Kernel, Typed};

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
            let name = subquery_name("exists", &exists.subquery);
            Ok(Typed::new(Expr::Exists(exists), DataType::Boolean, false, name))
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

/// Spark's name for a subquery: the columns around it that it looks at.
pub(crate) fn subquery_name(word: &str, query: &Subquery) -> String {
    let mut names: Vec<String> = Vec::new();
    for expr in &query.outer_ref_columns {
        if let Expr::OuterReferenceColumn(_, column) = expr {
            let name = column.name.rsplit_once('#').map_or(column.name.as_str(), |(name, _)| name);
            names.push(name.to_string());
        }
    }
    format!("{word}({})", names.join(", "))
}

fn scalar(query: &Analyzed) -> Result<Typed> {
    let [column] = query.output.as_slice() else {
        return Err(SparkError::new("INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN")
            .param("number", query.output.len().to_string()));
    };
    let mut inner = subquery(query)?;
    if inner.outer_ref_columns.is_empty() && !column.field.is_nullable() {
        // Without a row it is NULL, whatever its rows may be.
        let own = Typed::attribute(column);
        let kernel = Kernel::new("subquery_value", (), column.data_type().clone(), true, |columns| columns.array(0));
        let value = Typed { expr: kernel.call(vec![own.expr.clone()]), ..own }.aliased(&column.column);
        let plan = LogicalPlanBuilder::from(inner.subquery.as_ref().clone()).project(vec![value]);
        inner.subquery = Arc::new(plan.and_then(LogicalPlanBuilder::build).map_err(crate::error::from_datafusion)?);
    }
    let name = subquery_name("scalarsubquery", &inner);
    Ok(Typed::new(Expr::ScalarSubquery(inner), column.data_type().clone(), true, name))
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
    let mut compared = Vec::with_capacity(values.len());
    for (value, column) in values.iter().zip(&query.output) {
        let pair = coerce::comparable(value, &Typed::attribute(column), analyzer.conf())?;
        compared.push(pair.ok_or_else(|| mismatch(&sql, values, query, analyzer))?);
    }
    let name = |inner: &Subquery| {
        let left = if values.len() > 1 { format!("named_struct({left})") } else { left.clone() };
        format!("({left} IN ({}))", subquery_name("listquery", inner))
    };
    let attributes: Vec<Attribute> = compared
        .iter()
        .map(|(_, column)| Attribute::new("in", column.data_type().clone(), column.nullable()))
        .collect();
    let columns = compared.iter().zip(&attributes).map(|((_, column), a)| column.expr.clone().alias(&a.column));
    let plan = LogicalPlanBuilder::from(query.plan.clone())
        .project(columns.collect::<Vec<_>>())
        .and_then(LogicalPlanBuilder::build)
        .map_err(crate::error::from_datafusion)?;
    let inner = subquery(&Analyzed::new(plan, attributes))?;
    let name = name(&inner);
    // Several values go as a struct, which is taken apart where the subquery is computed.
    let value = match compared.as_slice() {
        [(value, _)] => value.expr.clone(),
        many => {
            datafusion::functions::core::r#struct().call(many.iter().map(|(value, _)| value.expr.clone()).collect())
        }
    };
    let expr = Expr::InSubquery(InSubquery::new(Box::new(value), inner, false));
    Ok(Typed::new(expr, DataType::Boolean, true, name))
}

/// The error for values that cannot be compared with the subquery's columns.
fn mismatch(sql: &str, values: &[Typed], query: &Analyzed, analyzer: &Analyzer) -> SparkError {
    let side = |typed: &Typed, name: &str| format!("{name}:{}", crate::types::simple_name(typed.data_type()));
    let plain = |name: &str| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let shown = |name: &str| if plain(name) { name.to_string() } else { format!("`{name}`") };
    let columns: Vec<Typed> = query.output.iter().map(Typed::attribute).collect();
    let unlike = values
        .iter()
        .zip(&columns)
        .filter(|(value, column)| !matches!(coerce::comparable(value, column, analyzer.conf()), Ok(Some(_))));
    let unlike = unlike.map(|(value, column)| {
        format!("({}, {})", side(value, &shown(&value.name)), side(column, &shown(&column.name)))
    });
    let types = |all: &[Typed]| {
        all.iter().map(|typed| crate::types::quoted_sql_name(typed.data_type())).collect::<Vec<_>>().join(", ")
    };
    SparkError::new("DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH")
        .param("sqlExpr", sql)
        .param("leftType", types(values))
        .param("rightType", types(&columns))
        .param("mismatchedColumns", unlike.collect::<Vec<_>>().join(", "))
}
