//! Hints: `/*+ BROADCAST(t), REPARTITION(3, a) */`.

use std::collections::HashMap;

use firesteel_error::{Result, SparkError};
use spark_connect_proto as proto;
use spark_connect_proto::Relation;
use spark_connect_proto::relation::RelType;
use sqlparser::tokenizer::Token;

use crate::dialect::SparkDialect;
use crate::planner::{Planner, input, relation};
use crate::source::Source;
use crate::{error, join_hint};

/// Puts the hints of a comment around a plan, the first one outermost; those that name relations, around these.
pub(crate) fn apply(plan: Relation, text: &str) -> Result<Relation> {
    let source = Source::new(text)?;
    let dialect = SparkDialect;
    let mut parser = source.parser(&dialect);
    let none = HashMap::new();
    let mut planner = Planner::new(&source, &none, &[]);
    let mut hints = Vec::new();
    while parser.peek_token_ref().token != Token::EOF {
        let from_parser = |e| error::from_parser(&source, &e, &error_token(&source));
        let name = parser.parse_identifier().map_err(from_parser)?.value;
        let mut parameters = Vec::new();
        if parser.consume_token(&Token::LParen) && !parser.consume_token(&Token::RParen) {
            let exprs = parser.parse_comma_separated(|p| p.parse_expr()).map_err(from_parser)?;
            parser.expect_token(&Token::RParen).map_err(from_parser)?;
            parameters = planner.expressions(&exprs)?;
        }
        hints.push((name, parameters));
        let _ = parser.consume_token(&Token::Comma);
        if hints.len() > crate::stack::DEPTH_MAX {
            return Err(SparkError::unsupported("so many hints"));
        }
    }
    Ok(hints.into_iter().rev().fold(plan, |mut plan, (name, parameters)| {
        if join_hint::names_relations(&name, &parameters) {
            join_hint::place(&mut plan, &name, &parameters);
            return plan;
        }
        relation(RelType::Hint(Box::new(proto::Hint { input: input(plan), name, parameters })))
    }))
}

fn error_token(source: &Source<'_>) -> sqlparser::tokenizer::TokenWithSpan {
    source.tokens.first().cloned().unwrap_or_else(sqlparser::tokenizer::TokenWithSpan::new_eof)
}
