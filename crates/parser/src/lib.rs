//! Spark SQL text to Spark Connect messages, so that SQL and DataFrames meet in one analyzer.
//!
//! [`parse_statement`] gives a [`Statement`]: a query as a [`Relation`], or a [`SqlCommand`] for what Spark Connect has no
//! message for. [`parse_expression`], [`parse_data_type`], [`parse_schema`], [`parse_schema_json`],
//! [`parse_multipart_identifier`] and [`parse_interval`] read the smaller texts that DataFrame calls carry.
//!
//! The messages are those that the Python client would send. Where SQL can say what no client can, [`encoding`] tells
//! how this crate says it.
#![warn(missing_docs)]

mod clause;
mod command;
mod create;
mod dialect;
pub mod encoding;
mod error;
mod expression;
mod from;
mod function;
mod grouping;
mod hint;
mod identifier;
mod identifier_clause;
mod insert;
mod interval;
mod join_hint;
mod lexer;
mod literal;
mod maintenance;
mod pipe;
mod pivot;
mod planner;
mod query;
mod rewrite;
mod routine;
mod sample;
mod schema_json;
mod select;
mod setting;
mod show;
mod source;
mod stack;
mod statement;
mod string;
mod time;
mod types;
mod window;

use std::collections::HashMap;

use firesteel_error::Result;
use spark_connect_proto::{DataType, Expression, Relation};

pub use command::{
    Buckets, CreateFunction, CreateTable, CreateView, ExplainMode, FunctionReturn, FunctionScope, Insert, Name,
    Options, SqlCommand, ViewScope, ViewSource,
};
pub use interval::CalendarInterval;
pub use join_hint::is_join_hint;
pub use routine::variable_name;

/// One SQL statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// Something with rows as its answer.
    Query(Box<Relation>),
    /// Anything else.
    Command(SqlCommand),
}

/// Reads one statement; a `;` at its end is allowed.
pub fn parse_statement(sql: &str) -> Result<Statement> {
    parse_statement_with_args(sql, &HashMap::new(), &[])
}

/// Reads one statement with parameter markers: `:name` is replaced by `named["name"]`, each `?` by the next of
/// `positional`.
pub fn parse_statement_with_args(
    sql: &str,
    named: &HashMap<String, Expression>,
    positional: &[Expression],
) -> Result<Statement> {
    let mut source = source::Source::new(sql)?;
    source.tokens = identifier_clause::expand(source.tokens, named, positional)?;
    stack::with_room_for(source.tokens.len(), || statement::parse(&source, named, positional))
}

/// Reads an expression as `expr()`, `selectExpr()` and `filter()` take it; `a AS b` and `*` too.
pub fn parse_expression(sql: &str) -> Result<Expression> {
    let source = source::Source::new(sql)?;
    stack::with_room_for(source.tokens.len(), || statement::parse_expression(&source))
}

/// Reads one data type: `array<struct<a:int,b:string>>`.
pub fn parse_data_type(text: &str) -> Result<DataType> {
    stack::with_room_for(text.len() / 2, || types::parse(text))
}

/// Reads a table schema, `a INT NOT NULL COMMENT 'x', b: STRING`, as a struct type.
///
/// The text of a struct type, `struct<a: int>`, is one too.
pub fn parse_schema(text: &str) -> Result<DataType> {
    stack::with_room_for(text.len() / 2, || types::parse_schema(text))
}

/// Reads the JSON form of a data type: `{"type":"struct","fields":[..]}` or `"integer"`.
pub fn parse_schema_json(text: &str) -> Result<DataType> {
    stack::with_room_for(text.len() / 2, || schema_json::parse(text))
}

/// Reads a dotted name, ``a.`b.c`.d``, into its parts.
pub fn parse_multipart_identifier(text: &str) -> Result<Vec<String>> {
    identifier::parse(text)
}

/// Reads an interval, `10 minutes` or `interval 1 day 2 hours`.
pub fn parse_interval(text: &str) -> Result<CalendarInterval> {
    interval::parse(text)
}
