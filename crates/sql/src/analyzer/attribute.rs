//! What a name means: `a`, `t.a`, `db.t.a`, `a.field`, `df["a"]`.

use datafusion::common::Column;
use datafusion::logical_expr::Expr;
use firesteel_error::{Result, SparkError};
use firesteel_formats::METADATA_COLUMN;

use super::{Analyzer, Scope};
use crate::attribute::Attribute;
use crate::expression::Typed;
use crate::function::extract;

/// How many names an error proposes.
const PROPOSALS_MAX: usize = 5;

/// Resolves `name`; with `plan_id`, among the columns of that DataFrame.
pub(super) fn resolve(analyzer: &Analyzer, name: &str, plan_id: Option<i64>, scope: &Scope) -> Result<Typed> {
    let parts = name_parts(name)?;
    if let Some(id) = plan_id {
        if let Some(found) = through_dataframe(analyzer, &parts, id, scope)? {
            return Ok(found);
        }
        if !analyzer.may_be_elsewhere(id) {
            return Err(not_of_dataframe(name));
        }
    }
    if plan_id.is_none()
        && let Some(found) = lambda_variable(analyzer, &parts)?
    {
        return Ok(found);
    }
    if let Some(found) = among(&parts, &scope.visible)? {
        return field_path(analyzer, as_written(&found.0, &parts[found.1 - 1]), &parts[found.1..]);
    }
    // Hidden columns can be reached by their qualifier only.
    let qualified: Vec<Attribute> = scope.hidden.iter().filter(|a| !a.qualifier.is_empty()).cloned().collect();
    if parts.len() > 1
        && let Some(found) = among(&parts, &qualified)?
        && found.1 > 1
    {
        return field_path(analyzer, Typed::attribute(&found.0), &parts[found.1..]);
    }
    if parts[0].eq_ignore_ascii_case(METADATA_COLUMN)
        && let Some(found) = among(&parts, &scope.hidden)?
    {
        return field_path(analyzer, Typed::attribute(&found.0), &parts[found.1..]);
    }
    for columns in analyzer.outer.iter().rev() {
        if let Some((attribute, used)) = among(&parts, columns)? {
            let column = Column::new_unqualified(&attribute.column);
            let mut outer = Typed::attribute(&attribute);
            let field = attribute.field.as_ref().clone().with_name(&attribute.column);
            outer.expr = Expr::OuterReferenceColumn(std::sync::Arc::new(field), column);
            return field_path(analyzer, outer, &parts[used..]);
        }
    }
    if let Some(bound) = analyzer.parameters.last() {
        let named = |(name, _): &&(String, Typed)| same(name, &parts[0]);
        if let Some((_, value)) = bound.iter().find(named) {
            return field_path(analyzer, value.clone(), &parts[1..]);
        }
    }
    let variable = analyzer.session.variables().read().named(&parts);
    if let Some((value, used)) = variable {
        return field_path(analyzer, value, &parts[used..]);
    }
    Err(unresolved(&parts, &scope.visible))
}

/// The parts of a column's name: dots separate them, back-ticks keep a part together. Anything else may stand in a part,
/// as in `(a % 2)`.
fn name_parts(name: &str) -> Result<Vec<String>> {
    let malformed = || SparkError::new("INVALID_ATTRIBUTE_NAME_SYNTAX").param("name", name);
    let mut parts = Vec::new();
    let mut rest = name;
    loop {
        if let Some(quoted) = rest.strip_prefix('`') {
            let mut part = String::new();
            let mut tail = quoted;
            loop {
                let end = tail.find('`').ok_or_else(malformed)?;
                part.push_str(&tail[..end]);
                tail = &tail[end + 1..];
                match tail.strip_prefix('`') {
                    Some(after) => {
                        part.push('`');
                        tail = after;
                    }
                    None => break,
                }
            }
            parts.push(part);
            rest = tail;
        } else {
            let end = rest.find(['.', '`']).unwrap_or(rest.len());
            if rest[end..].starts_with('`') || end == 0 && !rest.is_empty() {
                return Err(malformed());
            }
            parts.push(rest[..end].to_string());
            rest = &rest[end..];
        }
        match rest.strip_prefix('.') {
            Some("") => return Err(malformed()),
            Some(more) => rest = more,
            None if rest.is_empty() => return Ok(parts),
            None => return Err(malformed()),
        }
    }
}

/// The column that `df["a"]` means: it must still be among the input's columns. Where the DataFrame stands more than
/// once, as in a join with itself, the place nearest to the expression counts.
fn through_dataframe(analyzer: &Analyzer, parts: &[String], id: i64, scope: &Scope) -> Result<Option<Typed>> {
    let Some(occurrences) = analyzer.outputs.get(&id) else {
        return Ok(None);
    };
    let reachable = |column: &str| scope.visible.iter().chain(&scope.hidden).find(|a| a.column == column);
    let mut found: Vec<(Attribute, usize, usize)> = Vec::new();
    for occurrence in occurrences {
        // What the DataFrame shows comes before what it hides, such as the second key of a join by names.
        let column = match among(parts, &occurrence.visible)? {
            None => among(parts, &occurrence.hidden)?,
            shown => shown,
        };
        if let Some((attribute, used)) = column
            && let Some(current) = reachable(&attribute.column).filter(|current| same(&current.name, &attribute.name))
        {
            if let Some(same) = found.iter_mut().find(|(a, ..)| a.column == attribute.column) {
                same.2 = same.2.min(occurrence.depth);
                continue;
            }
            // Nullability may have changed since (outer joins); the name is the user's.
            let renamed = Attribute { name: attribute.name.clone(), ..current.clone() };
            found.push((renamed, used, occurrence.depth));
        }
    }
    let nearest = found.iter().map(|(.., depth)| *depth).min();
    found.retain(|(.., depth)| Some(*depth) == nearest);
    match found.as_slice() {
        [] => Ok(None),
        [(attribute, used, _)] => field_path(analyzer, Typed::attribute(attribute), &parts[*used..]).map(Some),
        _ => Err(ambiguous_dataframe(&parts.join("."))),
    }
}

/// `df["a"]` where the DataFrame is no part of the query, or its column is not among the input's any more.
pub(super) fn not_of_dataframe(shown: &str) -> SparkError {
    SparkError::new("CANNOT_RESOLVE_DATAFRAME_COLUMN").param("name", format!("\"{shown}\""))
}

/// `df["a"]` where the DataFrame stands more than once, equally near.
pub(super) fn ambiguous_dataframe(shown: &str) -> SparkError {
    SparkError::new("AMBIGUOUS_COLUMN_REFERENCE").param("name", format!("\"{shown}\""))
}

fn lambda_variable(analyzer: &Analyzer, parts: &[String]) -> Result<Option<Typed>> {
    for variables in analyzer.lambdas.iter().rev() {
        if let Some((name, field)) = variables.iter().find(|(name, _)| name.eq_ignore_ascii_case(&parts[0])) {
            let variable = super::lambda::variable(name, field);
            return field_path(analyzer, variable, &parts[1..]).map(Some);
        }
    }
    Ok(None)
}

/// The attribute that the longest possible qualifier leads to, and how many parts of the name that used.
fn among(parts: &[String], columns: &[Attribute]) -> Result<Option<(Attribute, usize)>> {
    for qualifiers in (0..parts.len().min(4)).rev() {
        let (qualifier, name) = (&parts[..qualifiers], &parts[qualifiers]);
        let mut matches: Vec<&Attribute> = Vec::new();
        for attribute in columns {
            let fits = same(&attribute.name, name) && ends_with(&attribute.qualifier, qualifier);
            // The same column twice is no ambiguity.
            if fits && !matches.iter().any(|other| other.column == attribute.column) {
                matches.push(attribute);
            }
        }
        match matches.as_slice() {
            [] => {}
            [one] => return Ok(Some(((*one).clone(), qualifiers + 1))),
            many => return Err(ambiguous(parts, many)),
        }
    }
    Ok(None)
}

fn same(a: &str, b: &str) -> bool {
    a == b || a.to_lowercase() == b.to_lowercase()
}

/// The column under its name as the user wrote it, which may differ in case.
fn as_written(attribute: &Attribute, name: &str) -> Typed {
    Typed::attribute(attribute).named(name)
}

fn ends_with(qualifier: &[String], wanted: &[String]) -> bool {
    wanted.len() <= qualifier.len()
        && qualifier[qualifier.len() - wanted.len()..].iter().zip(wanted).all(|(a, b)| same(a, b))
}

/// `a.b.c` where `a` is a column: fields of structs, values of maps.
fn field_path(analyzer: &Analyzer, base: Typed, fields: &[String]) -> Result<Typed> {
    fields.iter().try_fold(base, |value, field| {
        let name = field.clone();
        extract::field(analyzer.conf(), value, field).map(|typed| typed.named(name))
    })
}

fn ambiguous(parts: &[String], matches: &[&Attribute]) -> SparkError {
    let mut names: Vec<String> = matches
        .iter()
        .map(|attribute| {
            let mut full = attribute.qualifier.clone();
            full.push(parts.last().unwrap_or(&attribute.name).clone());
            quoted(&full)
        })
        .collect();
    names.sort();
    SparkError::new("AMBIGUOUS_REFERENCE")
        .param("name", quoted(parts))
        .param("referenceNames", format!("[{}]", names.join(", ")))
}

/// `UNRESOLVED_COLUMN`, with the nearest names.
pub(crate) fn unresolved(parts: &[String], columns: &[Attribute]) -> SparkError {
    let object = quoted(parts);
    if columns.is_empty() {
        return SparkError::new("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION").param("objectName", object);
    }
    let wanted = parts.join(".");
    let mut names: Vec<(usize, String)> = columns
        .iter()
        .map(|attribute| {
            let mut full: Vec<String> = attribute.qualifier.clone();
            full.push(attribute.name.clone());
            let qualified = full.join(".");
            let shown = if parts.len() > 1 { full } else { full[full.len() - 1..].to_vec() };
            (distance(&qualified, &wanted), quoted(&shown))
        })
        .collect();
    names.sort_by(|a, b| a.1.cmp(&b.1));
    names.sort_by_key(|(distance, _)| *distance);
    names.dedup_by(|a, b| a.1 == b.1);
    let proposal: Vec<String> = names.into_iter().take(PROPOSALS_MAX).map(|(_, name)| name).collect();
    SparkError::new("UNRESOLVED_COLUMN.WITH_SUGGESTION")
        .param("objectName", object)
        .param("proposal", proposal.join(", "))
}

/// Parts of a name in back-ticks: `` `t`.`a` ``.
pub(crate) fn quoted(parts: &[String]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| format!("`{}`", part.replace('`', "``"))).collect();
    parts.join(".")
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use arrow::datatypes::DataType;

    #[test]
    fn two_columns_of_one_name_are_ambiguous() {
        let columns = vec![Attribute::new("a", DataType::Int32, true), Attribute::new("A", DataType::Int32, true)];
        assert_eq!(among(&["a".into()], &columns).unwrap_err().condition(), Some("AMBIGUOUS_REFERENCE"));
    }

    #[test]
    fn the_nearest_name_is_proposed_first() {
        let columns: Vec<Attribute> =
            ["delay", "origin", "dest"].iter().map(|n| Attribute::new(n, DataType::Int32, true)).collect();
        let error = unresolved(&["delya".into()], &columns);
        assert!(error.params()["proposal"].starts_with("`delay`"), "{:?}", error.params());
    }
}
