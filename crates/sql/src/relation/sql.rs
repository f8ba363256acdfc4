//! SQL text as a relation, and relations that bring along those their subqueries refer to.

use firesteel_error::{Result, SparkError};
use firesteel_parser::{Statement, parse_statement_with_args};
use spark_connect_proto as pb;

use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;

/// The statement of a message, with its arguments put in.
///
/// # Errors
/// `PARSE_SYNTAX_ERROR` and its kin.
#[allow(deprecated)] // older clients send literals
pub(crate) fn statement(message: &pb::Sql) -> Result<Statement> {
    let literal = |l: &pb::expression::Literal| pb::Expression {
        expr_type: Some(pb::expression::ExprType::Literal(l.clone())),
        ..Default::default()
    };
    let mut named: std::collections::HashMap<String, pb::Expression> = message.named_arguments.clone();
    named.extend(message.args.iter().map(|(name, value)| (name.clone(), literal(value))));
    let mut positional = message.pos_arguments.clone();
    positional.extend(message.pos_args.iter().map(literal));
    parse_statement_with_args(&message.query, &named.into_iter().collect(), &positional)
}

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Sql) -> Result<Analyzed> {
    match statement(message)? {
        Statement::Query(relation) => analyzer.relation(&relation),
        Statement::Command(_) => Err(SparkError::unsupported("A command inside a query")),
    }
}

pub(super) fn with_relations(analyzer: &mut Analyzer, message: &pb::WithRelations) -> Result<Analyzed> {
    analyzer.refer(&message.references);
    // `spark.sql("... {df}", df=df)` refers to relations by name.
    analyzer.name_relations(&message.references);
    analyzer.input(&message.root)
}
