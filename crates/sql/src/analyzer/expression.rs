//! One expression message: which kind it is, and who resolves that kind.

use firesteel_error::{Result, SparkError};
use firesteel_parser::encoding;
use spark_connect_proto::{self as pb, expression::ExprType};

use super::{Analyzer, Call, Scope, attribute, lambda, literal, subquery, window};
use crate::expression::Typed;
use crate::function::{self, extract};
use crate::{cast, types};

/// Resolves an expression that gives one column.
pub(super) fn one(analyzer: &mut Analyzer, message: &pb::Expression, scope: &Scope) -> Result<Typed> {
    let Some(kind) = &message.expr_type else {
        return Err(SparkError::internal("an expression without a kind was sent"));
    };
    match kind {
        ExprType::Literal(value) => literal::literal(value, analyzer.conf()),
        ExprType::UnresolvedAttribute(reference) => {
            attribute::resolve(analyzer, &reference.unparsed_identifier, reference.plan_id, scope)
        }
        ExprType::UnresolvedFunction(call) if call.function_name == encoding::WITHIN_GROUP => {
            function::within_group::resolve(analyzer, &call.arguments, scope)
        }
        ExprType::UnresolvedFunction(call) if call.function_name == "distributed_sequence_id" => {
            sequence_number(analyzer, scope)
        }
        ExprType::UnresolvedFunction(call) => {
            let distinct = call.is_distinct;
            let call = Call::build(analyzer, &call.function_name, &call.arguments, scope, distinct)?;
            function::resolve(call)
        }
        ExprType::CallFunction(call) => {
            function::resolve(Call::new(analyzer, &call.function_name, &call.arguments, scope)?)
        }
        ExprType::ExpressionString(text) => {
            let parsed = firesteel_parser::parse_expression(&text.expression)?;
            one(analyzer, &parsed, scope)
        }
        ExprType::Alias(alias) => aliased(analyzer, alias, scope),
        ExprType::Cast(request) => cast_to(analyzer, request, scope),
        ExprType::SortOrder(order) => analyzer.required(&order.child, scope),
        ExprType::Window(over) => window::resolve(analyzer, over, scope),
        ExprType::UnresolvedExtractValue(access) => {
            let child = analyzer.required(&access.child, scope)?;
            let key = analyzer.required(&access.extraction, scope)?;
            extract::value(analyzer.conf(), child, key)
        }
        ExprType::UpdateFields(update) => {
            let child = analyzer.required(&update.struct_expression, scope)?;
            let value = update.value_expression.as_ref().map(|value| one(analyzer, value, scope)).transpose()?;
            extract::update(child, &update.field_name, value)
        }
        ExprType::UnresolvedNamedLambdaVariable(variable) => lambda::reference(analyzer, &variable.name_parts),
        ExprType::CommonInlineUserDefinedFunction(call) => function::user_defined(analyzer, call, scope),
        ExprType::SubqueryExpression(query) => subquery::resolve(analyzer, query, scope),
        ExprType::NamedArgumentExpression(argument) => analyzer.required(&argument.value, scope),
        ExprType::LambdaFunction(_) => {
            Err(SparkError::new("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION")
                .param("class", "lambda function"))
        }
        ExprType::UnresolvedStar(_) => Err(SparkError::new("INVALID_USAGE_OF_STAR_OR_REGEX")
            .param("elem", "'*'")
            .param("prettyName", "expression")),
        ExprType::UnresolvedRegex(_) => Err(SparkError::new("INVALID_USAGE_OF_STAR_OR_REGEX")
            .param("elem", "regular expression")
            .param("prettyName", "expression")),
        other => Err(SparkError::unsupported(format!("The expression {}", variant(other)))),
    }
}

/// `0, 1, 2 ..` over all rows in their order: `zipWithIndex`, and the default index of pandas on Spark.
fn sequence_number(analyzer: &mut Analyzer, scope: &Scope) -> Result<Typed> {
    let call = |name: &str| pb::Expression {
        expr_type: Some(ExprType::UnresolvedFunction(pb::expression::UnresolvedFunction {
            function_name: name.to_string(),
            ..Default::default()
        })),
        ..Default::default()
    };
    let order = pb::expression::SortOrder {
        child: Some(Box::new(call("monotonically_increasing_id"))),
        direction: pb::expression::sort_order::SortDirection::Ascending.into(),
        null_ordering: pb::expression::sort_order::NullOrdering::SortNullsFirst.into(),
    };
    let over = pb::expression::Window {
        window_function: Some(Box::new(call("row_number"))),
        order_spec: vec![order],
        ..Default::default()
    };
    let row = window::resolve(analyzer, &over, scope)?;
    let number = datafusion::logical_expr::cast(row.expr, arrow::datatypes::DataType::Int64);
    let one = datafusion::logical_expr::lit(1_i64);
    Ok(Typed::new(number - one, arrow::datatypes::DataType::Int64, false, "distributed_sequence_id()"))
}

/// The name of a message's variant, for an error.
fn variant(kind: &ExprType) -> String {
    let text = format!("{kind:?}");
    text.split(['(', ' ', '{']).next().unwrap_or_default().to_string()
}

fn aliased(analyzer: &mut Analyzer, alias: &pb::expression::Alias, scope: &Scope) -> Result<Typed> {
    let child = analyzer.required(&alias.expr, scope)?;
    if alias.name.len() > 1 {
        return function::generator::named(child, &alias.name);
    }
    let name = alias.name.first().cloned().unwrap_or_default();
    if crate::function::generator::is_generator(&child.expr) {
        return function::generator::named(child, &[name]);
    }
    let mut field = child.field.as_ref().clone();
    if let Some(text) = &alias.metadata {
        field = field.with_metadata(types::metadata(text)?);
    }
    let column = crate::attribute::fresh_column(&name);
    let typed = Typed { field: std::sync::Arc::new(field), name, ..child };
    let expr = typed.aliased(&column);
    Ok(Typed { expr, ..typed })
}

fn cast_to(analyzer: &mut Analyzer, request: &pb::expression::Cast, scope: &Scope) -> Result<Typed> {
    use pb::expression::cast::{CastToType, EvalMode};
    let child = analyzer.required(&request.expr, scope)?;
    let message = match &request.cast_to_type {
        Some(CastToType::Type(message)) => message.clone(),
        Some(CastToType::TypeStr(text)) => firesteel_parser::parse_data_type(text)?,
        None => return Err(SparkError::internal("a cast without a type was sent")),
    };
    let target = types::from_proto(&message)?;
    if let Some(own) = user_defined_cast(&child, &message, &target)? {
        return Ok(own);
    }
    if matches!(target, arrow::datatypes::DataType::Time64(_))
        && !matches!(child.data_type(), arrow::datatypes::DataType::Null | arrow::datatypes::DataType::Time64(_))
    {
        function::time_of_day::allowed_by(analyzer.conf())?;
    }
    let mode = match request.eval_mode() {
        EvalMode::Legacy => cast::Mode::Legacy,
        EvalMode::Try => cast::Mode::Try,
        EvalMode::Ansi => cast::Mode::Ansi,
        EvalMode::Unspecified if analyzer.conf().ansi() => cast::Mode::Ansi,
        EvalMode::Unspecified => cast::Mode::Legacy,
    };
    // A column, or a field of one, keeps its name through a cast; everything else shows the cast.
    let keyword = if mode == cast::Mode::Try { "TRY_CAST" } else { "CAST" };
    let interval = types::IntervalFields::of_message(&message);
    let shown_type = interval.map_or_else(|| types::sql_name(&target), |fields| fields.name().to_uppercase());
    let name = format!("{keyword}({} AS {shown_type})", child.name);
    let simple = matches!(child.expr, datafusion::logical_expr::Expr::Column(_));
    let shown = if simple { child.name.clone() } else { name };
    let done = match interval {
        Some(fields) => cast::to_interval(child, &target, fields, mode, analyzer.conf())?,
        None => cast::cast(child, &target, mode, analyzer.conf())?,
    };
    Ok(done.named(shown))
}

/// Values of a user-defined type are cast to that type, which does nothing, and to strings; nothing else becomes one.
fn user_defined_cast(
    child: &Typed,
    message: &pb::DataType,
    target: &arrow::datatypes::DataType,
) -> Result<Option<Typed>> {
    let from = child.field.metadata().get(types::UDT_KEY);
    let to = types::udt(message)?.map(|(_, json)| json);
    let class =
        |json: &String| serde_json::from_str::<serde_json::Value>(json).ok().map(|json| json["pyClass"].clone());
    match (from, &to) {
        (None, None) => return Ok(None),
        (Some(from), Some(to)) if class(from) == class(to) => return Ok(Some(child.clone())),
        (Some(_), None) if *target == arrow::datatypes::DataType::Utf8 => return Ok(None),
        (None, Some(_)) if child.data_type().is_null() => return Ok(None),
        _ => {}
    }
    let named = |name: String, own: bool| if own { format!("UDT({name})") } else { name };
    Err(SparkError::new("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION")
        .param("srcType", named(types::quoted_sql_name(child.data_type()), from.is_some()))
        .param("targetType", named(types::quoted_sql_name(target), to.is_some()))
        .param("sqlExpr", format!("\"CAST({} AS {})\"", child.name, types::sql_name(target))))
}
