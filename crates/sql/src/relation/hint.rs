//! `df.hint(name, ..)` and `/*+ NAME(..) */`.
//!
//! Hints about partitions (`COALESCE`, `REPARTITION`, `REPARTITION_BY_RANGE`, `REBALANCE`) do what the methods of those
//! names do. Hints about joins choose how the join above is run. Others mean nothing, to Spark too.

use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, expression::ExprType, expression::literal::LiteralType, relation::RelType};

use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::join_strategy::JoinStrategy;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Hint) -> Result<Analyzed> {
    let name = message.name.to_uppercase();
    match name.as_str() {
        "COALESCE" => coalesce(analyzer, message, &name),
        "REPARTITION" | "REPARTITION_BY_RANGE" | "REBALANCE" => spread(analyzer, message, &name),
        _ => {
            if !firesteel_parser::is_join_hint(&name) {
                tracing::warn!(hint = %message.name, "unrecognized hint; it has no effect");
            }
            analyzer.input(&message.input)
        }
    }
}

fn coalesce(analyzer: &mut Analyzer, message: &pb::Hint, name: &str) -> Result<Analyzed> {
    let [number] = message.parameters.as_slice() else { return Err(no_number(name)) };
    let num_partitions = integer(number).ok_or_else(|| no_number(name))?;
    let request = pb::Repartition { input: message.input.clone(), num_partitions, shuffle: Some(false) };
    super::repartition::by_number(analyzer, &request)
}

fn spread(analyzer: &mut Analyzer, message: &pb::Hint, name: &str) -> Result<Analyzed> {
    let (num_partitions, columns) = match message.parameters.split_first() {
        Some((first, rest)) => match integer(first) {
            Some(number) => (Some(number), rest),
            None => (None, message.parameters.as_slice()),
        },
        None => (None, [].as_slice()),
    };
    let mut columns = columns.iter().map(|column| column_of(column, name)).collect::<Result<Vec<_>>>()?;
    if name == "REPARTITION_BY_RANGE" {
        columns = columns.into_iter().map(ascending).collect();
    }
    let request =
        pb::RepartitionByExpression { input: message.input.clone(), partition_exprs: columns, num_partitions };
    let origin = match (name, request.num_partitions.is_some(), request.partition_exprs.is_empty()) {
        ("REBALANCE", _, true) => "REBALANCE_PARTITIONS_BY_NONE",
        ("REBALANCE", ..) => "REBALANCE_PARTITIONS_BY_COL",
        (_, true, _) => "REPARTITION_BY_NUM",
        _ => "REPARTITION_BY_COL",
    };
    super::repartition::by_expression_of(analyzer, &request, origin)
}

/// A column, which a hint may name as text.
fn column_of(parameter: &pb::Expression, name: &str) -> Result<pb::Expression> {
    match &parameter.expr_type {
        Some(ExprType::UnresolvedAttribute(_) | ExprType::UnresolvedFunction(_)) => Ok(parameter.clone()),
        Some(ExprType::Literal(literal)) => match &literal.literal_type {
            Some(LiteralType::String(text)) => {
                let parts = firesteel_parser::parse_multipart_identifier(text)?;
                Ok(attribute(&crate::analyzer::quoted_name(&parts)))
            }
            Some(other) => {
                let shown = format!("{other:?}");
                let value = shown.split_once('(').map_or(shown.as_str(), |(_, v)| v.trim_end_matches(')'));
                Err(not_a_column(name, value))
            }
            None => Err(not_a_column(name, "NULL")),
        },
        _ => Err(not_a_column(name, "an expression")),
    }
}

fn attribute(name: &str) -> pb::Expression {
    let attribute = pb::expression::UnresolvedAttribute { unparsed_identifier: name.to_string(), ..Default::default() };
    pb::Expression { expr_type: Some(ExprType::UnresolvedAttribute(attribute)), ..Default::default() }
}

fn ascending(child: pb::Expression) -> pb::Expression {
    use pb::expression::sort_order::{NullOrdering, SortDirection};
    let order = pb::expression::SortOrder {
        child: Some(Box::new(child)),
        direction: SortDirection::Ascending.into(),
        null_ordering: NullOrdering::SortNullsFirst.into(),
    };
    pb::Expression { expr_type: Some(ExprType::SortOrder(Box::new(order))), ..Default::default() }
}

fn integer(parameter: &pb::Expression) -> Option<i32> {
    let Some(ExprType::Literal(literal)) = &parameter.expr_type else { return None };
    match literal.literal_type {
        Some(LiteralType::Integer(number)) => Some(number),
        Some(LiteralType::Long(number)) => i32::try_from(number).ok(),
        Some(LiteralType::Short(number) | LiteralType::Byte(number)) => Some(number),
        _ => None,
    }
}

fn no_number(name: &str) -> SparkError {
    SparkError::new("_LEGACY_ERROR_TEMP_1048")
        .param("hintName", name)
        .text(format!("{name} Hint expects a partition number as a parameter."))
}

fn not_a_column(name: &str, value: &str) -> SparkError {
    SparkError::new("_LEGACY_ERROR_TEMP_1047")
        .param("hintName", name)
        .param("invalidParams", format!("\"{value}\""))
        .text(format!("{name} Hint takes a number of partitions, then columns; \"{value}\" is neither."))
}

/// What the hints of a join's sides say about it.
pub(super) fn strategy(join: &pb::Join) -> Option<JoinStrategy> {
    let (left, right) = (kind_of(join.left.as_deref()), kind_of(join.right.as_deref()));
    let either = |kind| left == Some(kind) || right == Some(kind);
    if right == Some(Kind::Broadcast) {
        Some(JoinStrategy::BroadcastRight)
    } else if left == Some(Kind::Broadcast) {
        Some(JoinStrategy::BroadcastLeft)
    } else if either(Kind::Merge) {
        Some(JoinStrategy::Merge)
    } else if either(Kind::ShuffleHash) {
        Some(JoinStrategy::ShuffleHash)
    } else {
        None
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Broadcast,
    Merge,
    ShuffleHash,
}

/// The hint about joins that a side carries; an alias, a filter or a choice of columns above does not hide it.
fn kind_of(side: Option<&pb::Relation>) -> Option<Kind> {
    match side?.rel_type.as_ref()? {
        RelType::Hint(hint) => match hint.name.to_uppercase().as_str() {
            "BROADCAST" | "BROADCASTJOIN" | "MAPJOIN" => Some(Kind::Broadcast),
            "MERGE" | "SHUFFLE_MERGE" | "MERGEJOIN" => Some(Kind::Merge),
            "SHUFFLE_HASH" => Some(Kind::ShuffleHash),
            _ => kind_of(hint.input.as_deref()),
        },
        RelType::SubqueryAlias(alias) => kind_of(alias.input.as_deref()),
        RelType::Filter(filter) => kind_of(filter.input.as_deref()),
        RelType::Project(project) => kind_of(project.input.as_deref()),
        _ => None,
    }
}

/// The hints of a relation and of those beneath it that are written about it, as `explain` shows them.
pub fn shown(relation: &pb::Relation) -> Option<String> {
    let Some(RelType::Hint(hint)) = &relation.rel_type else { return None };
    let all: Vec<String> = hint.parameters.iter().map(parameter_text).collect();
    Some(format!("'UnresolvedHint {}, [{}]", hint.name, all.join(", ")))
}

fn parameter_text(parameter: &pb::Expression) -> String {
    match &parameter.expr_type {
        Some(ExprType::Literal(literal)) => match &literal.literal_type {
            Some(LiteralType::String(text)) => text.clone(),
            Some(other) => {
                let text = format!("{other:?}");
                text.split_once('(').map_or(text.clone(), |(_, value)| value.trim_end_matches(')').to_string())
            }
            None => "NULL".into(),
        },
        Some(ExprType::UnresolvedAttribute(attribute)) => format!("'{}", attribute.unparsed_identifier),
        Some(ExprType::UnresolvedFunction(call)) => {
            let arguments: Vec<String> = call.arguments.iter().map(parameter_text).collect();
            format!("'{}({})", call.function_name, arguments.join(", "))
        }
        _ => "..".into(),
    }
}
