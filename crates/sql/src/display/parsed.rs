//! A relation as the client sent it, before any name is resolved: the first plan of `explain(True)`.

use spark_connect_proto::{self as pb, expression::ExprType, relation::RelType};

use crate::relation::shown_hint;

/// The relation and those it is made from, indented.
pub fn parsed_tree(relation: &pb::Relation) -> String {
    let mut lines = String::new();
    write(relation, 0, &mut lines);
    super::plan::tree(&lines, str::to_string)
}

fn write(relation: &pb::Relation, depth: usize, lines: &mut String) {
    let (line, inputs) = described(relation);
    lines.push_str(&"  ".repeat(depth));
    lines.push_str(&line.replace(['\n', '\r'], " "));
    lines.push('\n');
    for input in inputs {
        write(input, depth + 1, lines);
    }
}

/// The line of a relation, and its inputs.
fn described(relation: &pb::Relation) -> (String, Vec<&pb::Relation>) {
    fn one(input: &Option<Box<pb::Relation>>) -> Vec<&pb::Relation> {
        input.as_deref().into_iter().collect()
    }
    if let (Some(hint), Some(RelType::Hint(message))) = (shown_hint(relation), &relation.rel_type) {
        return (hint, one(&message.input));
    }
    let Some(kind) = &relation.rel_type else { return ("'Unknown".into(), Vec::new()) };
    match kind {
        RelType::Project(m) => (format!("'Project [{}]", texts(&m.expressions)), one(&m.input)),
        RelType::Filter(m) => {
            let condition = m.condition.as_ref().map(text).unwrap_or_default();
            (format!("'Filter {condition}"), one(&m.input))
        }
        RelType::Sort(m) => ("'Sort".into(), one(&m.input)),
        RelType::Limit(m) => (format!("GlobalLimit {}", m.limit), one(&m.input)),
        RelType::Offset(m) => (format!("Offset {}", m.offset), one(&m.input)),
        RelType::Tail(m) => (format!("Tail {}", m.limit), one(&m.input)),
        RelType::Aggregate(m) => {
            let (keys, values) = (texts(&m.grouping_expressions), texts(&m.aggregate_expressions));
            (format!("'Aggregate [{keys}], [{values}]"), one(&m.input))
        }
        RelType::Join(m) => {
            let inputs = one(&m.left).into_iter().chain(one(&m.right)).collect();
            let kind = m.join_type().as_str_name().trim_start_matches("JOIN_TYPE_").to_string();
            let by = if m.using_columns.is_empty() {
                m.join_condition.as_ref().map(text).unwrap_or_default()
            } else {
                format!("using [{}]", m.using_columns.join(", "))
            };
            (format!("'Join {kind} {by}").trim_end().to_string(), inputs)
        }
        RelType::SetOp(m) => {
            let inputs = one(&m.left_input).into_iter().chain(one(&m.right_input)).collect();
            (format!("'{}", m.set_op_type().as_str_name().trim_start_matches("SET_OP_TYPE_")), inputs)
        }
        RelType::SubqueryAlias(m) => (format!("'SubqueryAlias {}", m.alias), one(&m.input)),
        RelType::WithColumns(m) => {
            let names: Vec<String> = m.aliases.iter().map(|alias| alias.name.join(", ")).collect();
            (format!("'WithColumns [{}]", names.join(", ")), one(&m.input))
        }
        RelType::ToDf(m) => {
            (format!("'UnresolvedSubqueryColumnAliases [{}]", m.column_names.join(", ")), one(&m.input))
        }
        RelType::Drop(m) => (format!("'DataFrameDropColumns [{}]", m.column_names.join(", ")), one(&m.input)),
        RelType::Deduplicate(m) => (format!("'Deduplicate [{}]", m.column_names.join(", ")), one(&m.input)),
        RelType::Repartition(m) => (format!("Repartition {}", m.num_partitions), one(&m.input)),
        RelType::RepartitionByExpression(m) => {
            (format!("'RepartitionByExpression [{}]", texts(&m.partition_exprs)), one(&m.input))
        }
        RelType::Sample(m) => (format!("Sample {}, {}", m.lower_bound, m.upper_bound), one(&m.input)),
        RelType::Range(m) => (format!("Range ({}, {}, step={})", m.start(), m.end, m.step), Vec::new()),
        RelType::Read(m) => (read(m), Vec::new()),
        RelType::Sql(m) => (format!("'Sql {}", m.query), Vec::new()),
        RelType::LocalRelation(_) | RelType::CachedLocalRelation(_) | RelType::ChunkedCachedLocalRelation(_) => {
            ("LocalRelation".into(), Vec::new())
        }
        other => {
            let shown = format!("{other:?}");
            (format!("'{}", shown.split(['(', ' ', '{']).next().unwrap_or_default()), Vec::new())
        }
    }
}

fn read(message: &pb::Read) -> String {
    match &message.read_type {
        Some(pb::read::ReadType::NamedTable(table)) => {
            format!("'UnresolvedRelation [{}], {}", table.unparsed_identifier, message.is_streaming)
        }
        Some(pb::read::ReadType::DataSource(data)) => {
            format!(
                "'UnresolvedDataSource format: {}, paths: {}",
                data.format.as_deref().unwrap_or("default"),
                data.paths.join(", ")
            )
        }
        None => "'UnresolvedRelation".into(),
    }
}

fn texts(expressions: &[pb::Expression]) -> String {
    expressions.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// An expression, as far as its names go.
fn text(expression: &pb::Expression) -> String {
    match &expression.expr_type {
        Some(ExprType::UnresolvedAttribute(attribute)) => format!("'{}", attribute.unparsed_identifier),
        Some(ExprType::UnresolvedStar(_)) => "*".into(),
        Some(ExprType::ExpressionString(text)) => format!("'{}", text.expression),
        Some(ExprType::UnresolvedFunction(call)) => format!("'{}({})", call.function_name, texts(&call.arguments)),
        Some(ExprType::Alias(alias)) => {
            format!("{} AS {}", alias.expr.as_deref().map(text).unwrap_or_default(), alias.name.join(", "))
        }
        Some(ExprType::Literal(literal)) => {
            let shown = format!("{:?}", literal.literal_type);
            shown.trim_start_matches("Some(").trim_end_matches(')').to_string()
        }
        Some(other) => {
            let shown = format!("{other:?}");
            format!("'{}", shown.split(['(', ' ', '{']).next().unwrap_or_default())
        }
        None => String::new(),
    }
}
