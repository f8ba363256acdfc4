//! Expressions that give many columns: `*`, `t.*`, `struct.*`, and `df.colRegex`.

use arrow::datatypes::DataType;
use firesteel_error::{Result, SparkError};
use firesteel_parser::encoding;
use spark_connect_proto::{self as pb, expression::ExprType};

use super::{Analyzer, Scope, attribute};
use crate::attribute::Attribute;
use crate::expression::Typed;
use crate::function::extract;

/// How errors show `df["*"]`, as Spark does.
const STAR_OF_DATAFRAME: &str = "unresolveddataframestar()";

/// The columns, if the message is one of these.
pub(super) fn expand(analyzer: &Analyzer, message: &pb::Expression, scope: &Scope) -> Result<Option<Vec<Typed>>> {
    match &message.expr_type {
        Some(ExprType::ExpressionString(text)) if text.expression.contains('*') => {
            expand(analyzer, &firesteel_parser::parse_expression(&text.expression)?, scope)
        }
        Some(ExprType::UnresolvedStar(star)) => match (&star.unparsed_target, star.plan_id) {
            (None, None) => Ok(Some(scope.visible.iter().map(Typed::attribute).collect())),
            (None, Some(id)) => of_dataframe(analyzer, id, scope).map(Some),
            (Some(target), _) => of_target(analyzer, target, scope).map(Some),
        },
        Some(ExprType::UnresolvedFunction(call)) if call.function_name == encoding::STAR_EXCEPT => {
            except(analyzer, &call.arguments, scope).map(Some)
        }
        Some(ExprType::UnresolvedRegex(regex)) => matching(&regex.col_name, scope).map(Some),
        _ => Ok(None),
    }
}

/// `* EXCEPT (a, b)`
fn except(analyzer: &Analyzer, arguments: &[pb::Expression], scope: &Scope) -> Result<Vec<Typed>> {
    let Some((star, names)) = arguments.split_first() else { return Ok(Vec::new()) };
    let mut columns = expand(analyzer, star, scope)?.unwrap_or_default();
    for name in names {
        let Some(ExprType::UnresolvedAttribute(attribute)) = &name.expr_type else { continue };
        let dropped = attribute::resolve(analyzer, &attribute.unparsed_identifier, None, scope)?;
        columns.retain(|column| column.expr != dropped.expr);
    }
    if columns.is_empty() {
        return Err(SparkError::new("EXCEPT_NESTED_COLUMN_INVALID_TYPE").text("EXCEPT leaves no column to select."));
    }
    Ok(columns)
}

/// `df["*"]`: the DataFrame's columns, all of which must still be among the input's; a join by name hides the second side's
/// keys, which come all the same. Where the DataFrame stands more than once, the place nearest to the expression counts.
fn of_dataframe(analyzer: &Analyzer, id: i64, scope: &Scope) -> Result<Vec<Typed>> {
    let reachable = |column: &str| scope.visible.iter().chain(&scope.hidden).find(|a| a.column == column);
    let occurrences = analyzer.outputs.get(&id).map(Vec::as_slice).unwrap_or_default();
    let mut found: Vec<(Vec<Attribute>, usize)> = Vec::new();
    for occurrence in occurrences {
        let columns = occurrence.visible.iter().map(|a| reachable(&a.column).cloned()).collect::<Option<Vec<_>>>();
        let Some(columns) = columns else { continue };
        let same = |other: &[Attribute]| other.iter().map(|a| &a.column).eq(columns.iter().map(|a| &a.column));
        match found.iter_mut().find(|(other, _)| same(other)) {
            Some((_, depth)) => *depth = (*depth).min(occurrence.depth),
            None => found.push((columns, occurrence.depth)),
        }
    }
    let nearest = found.iter().map(|(_, depth)| *depth).min();
    found.retain(|(_, depth)| Some(*depth) == nearest);
    match found.as_slice() {
        [] => Err(attribute::not_of_dataframe(STAR_OF_DATAFRAME)),
        [(columns, _)] => Ok(columns.iter().map(Typed::attribute).collect()),
        _ => Err(attribute::ambiguous_dataframe(STAR_OF_DATAFRAME)),
    }
}

fn of_target(analyzer: &Analyzer, target: &str, scope: &Scope) -> Result<Vec<Typed>> {
    let target = target.strip_suffix(".*").unwrap_or(target);
    let parts = firesteel_parser::parse_multipart_identifier(target)?;
    let wanted: Vec<String> = parts.iter().map(|p| p.to_lowercase()).collect();
    let qualified: Vec<Typed> = scope
        .visible
        .iter()
        .filter(|a| {
            let own: Vec<String> = a.qualifier.iter().map(|q| q.to_lowercase()).collect();
            own.ends_with(&wanted) && !own.is_empty()
        })
        .map(Typed::attribute)
        .collect();
    if !qualified.is_empty() {
        return Ok(qualified);
    }
    let base = attribute::resolve(analyzer, target, None, scope).map_err(|_| {
        let columns: Vec<String> = scope.visible.iter().map(|a| format!("`{}`", a.name)).collect();
        SparkError::new("CANNOT_RESOLVE_STAR_EXPAND")
            .param("targetString", attribute::quoted(&parts))
            .param("columns", columns.join(", "))
    })?;
    match base.data_type().clone() {
        DataType::Struct(fields) => fields
            .iter()
            .map(|f| extract::field(analyzer.conf(), base.clone(), f.name()).map(|t| t.named(f.name())))
            .collect(),
        other => Err(SparkError::new("CANNOT_RESOLVE_STAR_EXPAND")
            .param("targetString", attribute::quoted(&parts))
            .param("columns", crate::types::quoted_sql_name(&other))),
    }
}

/// Columns whose whole name the pattern matches; a name without back-ticks means itself.
fn matching(pattern: &str, scope: &Scope) -> Result<Vec<Typed>> {
    let inner = pattern.strip_prefix('`').and_then(|p| p.strip_suffix('`'));
    let expression = inner.map_or_else(|| regex::escape(pattern), str::to_string);
    let (excluded, expression) = possessive(&expression);
    let but = regex::Regex::new(&format!("(?i)^(?:{excluded})$")).ok().filter(|_| !excluded.is_empty());
    let regex = regex::Regex::new(&format!("(?is)^(?:{expression})$")).map_err(|e| {
        SparkError::plain(
            firesteel_error::Exception::IllegalArgument,
            format!("The pattern {pattern} is malformed: {e}"),
        )
    })?;
    let takes = |name: &str| regex.is_match(name) && but.as_ref().is_none_or(|but| !but.is_match(name));
    Ok(scope.visible.iter().filter(|a| takes(&a.name)).map(Typed::attribute).collect())
}

/// Splits `(a|b)?+.+`, which takes every name but `a` and `b`: what the group has taken it never gives back, so a name that
/// is all group leaves nothing for `.+`. It is the one use of possessive quantifiers in names of columns, and the engine's
/// regular expressions have none.
fn possessive(pattern: &str) -> (String, String) {
    match pattern.strip_suffix(")?+.+").and_then(|group| group.strip_prefix('(')) {
        Some(group) => (group.to_string(), ".+".to_string()),
        None => (String::new(), pattern.to_string()),
    }
}
