//! Lambda functions: `x -> x + 1` as DataFusion's lambda over variables with settled types.

use std::sync::Arc;

use arrow::datatypes::{Field, FieldRef};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::{Lambda, LambdaVariable};
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::{Analyzer, Scope, attribute};
use crate::expression::Typed;

/// A lambda function with its body resolved.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// DataFusion's lambda.
    pub expr: Expr,
    /// The body.
    pub body: Typed,
    /// What Spark shows of it in a column name.
    pub title: String,
}

/// A reference to a variable.
pub(super) fn variable(name: &str, field: &FieldRef) -> Typed {
    let own: FieldRef = Arc::new(field.as_ref().clone().with_name(name));
    Typed {
        expr: Expr::LambdaVariable(LambdaVariable::new(name.to_string(), Some(own.clone()))),
        field: own,
        name: "namedlambdavariable()".into(),
    }
}

/// Resolves a variable by its parts: its name, then fields of it.
pub(super) fn reference(analyzer: &mut Analyzer, parts: &[String]) -> Result<Typed> {
    let quoted = attribute::quoted(parts);
    attribute::resolve(analyzer, &quoted, None, &Scope::default())
}

/// Resolves a function's body for parameters of these types.
pub(super) fn resolve(
    analyzer: &mut Analyzer,
    function: &pb::expression::LambdaFunction,
    params: &[FieldRef],
    scope: &Scope,
) -> Result<Resolved> {
    let names: Vec<String> =
        function.arguments.iter().map(|a| a.name_parts.first().cloned().unwrap_or_default()).collect();
    if names.len() > params.len() {
        return Err(SparkError::new("INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH")
            .param("expectedNumArgs", names.len().to_string())
            .param("actualNumArgs", params.len().to_string()));
    }
    let mut unique = names.clone();
    unique.sort();
    unique.dedup();
    if unique.len() < names.len() {
        let shown: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
        return Err(SparkError::new("INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES")
            .param("args", shown.join(", "))
            .param("caseSensitiveConfig", "\"spark.sql.caseSensitive\""));
    }
    let variables: Vec<(String, FieldRef)> = names
        .iter()
        .zip(params)
        .map(|(name, field)| (name.clone(), Arc::new(Field::new(name, field.data_type().clone(), field.is_nullable()))))
        .collect();
    analyzer.lambdas.push(variables);
    let body = match &function.function {
        Some(body) => analyzer.expression(body, scope),
        None => Err(SparkError::internal("a lambda function without a body was sent")),
    };
    analyzer.lambdas.pop();
    let body = body?;
    let vars = vec!["namedlambdavariable()"; names.len()].join(", ");
    let title = format!("lambdafunction({}, {vars})", body.name);
    Ok(Resolved { expr: Expr::Lambda(Lambda::new(names, body.expr.clone())), body, title })
}
