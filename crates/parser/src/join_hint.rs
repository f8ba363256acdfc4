//! Hints about joins in a query: `/*+ BROADCAST(a), MERGE(b, c) */` is said of the relations of these names.
//!
//! A name is that of a table or the alias of a relation in the query's own `FROM`; what is inside a subquery has no name
//! here. A hint whose relation is not there means nothing, and is reported.

use spark_connect_proto as proto;
use spark_connect_proto::Relation;
use spark_connect_proto::expression::ExprType;
use spark_connect_proto::read::ReadType;
use spark_connect_proto::relation::RelType;

/// The names that Spark knows.
const NAMES: [&str; 8] = [
    "BROADCAST",
    "BROADCASTJOIN",
    "MAPJOIN",
    "MERGE",
    "SHUFFLE_MERGE",
    "MERGEJOIN",
    "SHUFFLE_HASH",
    "SHUFFLE_REPLICATE_NL",
];

/// Whether a hint of this name, in any case, is about joins.
///
/// ```
/// assert!(firesteel_parser::is_join_hint("broadcast"));
/// assert!(!firesteel_parser::is_join_hint("COALESCE"));
/// ```
pub fn is_join_hint(name: &str) -> bool {
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether the hint is about the joins of relations that it names.
pub(crate) fn names_relations(hint: &str, parameters: &[proto::Expression]) -> bool {
    !parameters.is_empty() && is_join_hint(hint)
}

/// Puts the hint around each of the relations that it names.
pub(crate) fn place(plan: &mut Relation, hint: &str, parameters: &[proto::Expression]) {
    for parameter in parameters {
        let Some(ExprType::UnresolvedAttribute(attribute)) = &parameter.expr_type else { continue };
        let name = attribute.unparsed_identifier.replace('`', "");
        if !place_one(plan, hint, &name) {
            tracing::warn!(hint, relation = %name, "the query has no relation of the name that its join hint is about");
        }
    }
}

fn place_one(plan: &mut Relation, hint: &str, name: &str) -> bool {
    if is_named(plan, name) {
        let input = std::mem::take(plan);
        let hint = proto::Hint { input: Some(Box::new(input)), name: hint.to_string(), parameters: Vec::new() };
        plan.rel_type = Some(RelType::Hint(Box::new(hint)));
        return true;
    }
    let within = |input: &mut Option<Box<Relation>>| input.as_mut().is_some_and(|plan| place_one(plan, hint, name));
    match &mut plan.rel_type {
        Some(RelType::Project(node)) => within(&mut node.input),
        Some(RelType::Filter(node)) => within(&mut node.input),
        Some(RelType::Aggregate(node)) => within(&mut node.input),
        Some(RelType::Deduplicate(node)) => within(&mut node.input),
        Some(RelType::Sort(node)) => within(&mut node.input),
        Some(RelType::Hint(node)) => within(&mut node.input),
        Some(RelType::Join(node)) => {
            let left = within(&mut node.left);
            within(&mut node.right) || left
        }
        _ => false,
    }
}

fn is_named(plan: &Relation, name: &str) -> bool {
    let same = |own: &str| {
        let own = own.replace('`', "");
        own.eq_ignore_ascii_case(name) || own.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(name))
    };
    match &plan.rel_type {
        Some(RelType::SubqueryAlias(alias)) => same(&alias.alias),
        Some(RelType::Read(read)) => match &read.read_type {
            Some(ReadType::NamedTable(table)) => same(&table.unparsed_identifier),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn table(name: &str) -> Relation {
        let table = proto::read::NamedTable { unparsed_identifier: name.into(), ..Default::default() };
        let read = proto::Read { read_type: Some(ReadType::NamedTable(table)), is_streaming: false };
        Relation { rel_type: Some(RelType::Read(read)), ..Default::default() }
    }

    fn hinted(plan: &Relation) -> Option<&str> {
        match &plan.rel_type {
            Some(RelType::Hint(hint)) => Some(&hint.name),
            _ => None,
        }
    }

    #[test]
    fn a_hint_is_said_of_the_relation_that_it_names_and_of_no_other() {
        let sides = (Some(Box::new(table("db.a"))), Some(Box::new(table("b"))));
        let join = proto::Join { left: sides.0, right: sides.1, ..Default::default() };
        let mut plan = Relation { rel_type: Some(RelType::Join(Box::new(join))), ..Default::default() };
        assert!(place_one(&mut plan, "MERGE", "A"));
        assert!(!place_one(&mut plan, "BROADCAST", "c"));
        let Some(RelType::Join(join)) = &plan.rel_type else { panic!("the join stays") };
        assert_eq!(hinted(join.left.as_deref().unwrap()), Some("MERGE"));
        assert_eq!(hinted(join.right.as_deref().unwrap()), None);
    }
}
