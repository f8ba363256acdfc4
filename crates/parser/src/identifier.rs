//! Names: splitting ``a.`b.c`.d`` into parts, and putting parts together again.

use firesteel_error::{Result, SparkError};
use sqlparser::ast::{ObjectName, ObjectNamePart};
use sqlparser::tokenizer::Token;

use crate::error;
use crate::source::Source;

/// Splits a dotted name into its parts.
pub(crate) fn parse(text: &str) -> Result<Vec<String>> {
    if text.trim().is_empty() {
        return Err(SparkError::new("PARSE_EMPTY_STATEMENT"));
    }
    let source = Source::new(text)?;
    let mut parts = Vec::new();
    let mut tokens = source.tokens.iter();
    loop {
        match tokens.next() {
            Some(token) => match &token.token {
                Token::Word(word) => parts.push(word.value.clone()),
                Token::Number(digits, _) if digits.bytes().all(|b| b.is_ascii_digit()) => parts.push(digits.clone()),
                _ => return Err(error::at_token(&source, token, "")),
            },
            None => return Err(error::at_end("")),
        }
        match tokens.next() {
            None => return Ok(parts),
            Some(token) if token.token == Token::Period => {}
            Some(token) => return Err(error::at_token(&source, token, "")),
        }
    }
}

/// The parts as one name that [`parse`] splits again.
pub(crate) fn join<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = parts.into_iter().map(quote).collect();
    quoted.join(".")
}

fn quote(part: &str) -> String {
    let plain = !part.is_empty()
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !part.bytes().all(|b| b.is_ascii_digit());
    if plain { part.to_string() } else { format!("`{}`", part.replace('`', "``")) }
}

/// The parts of a name of the tree.
pub(crate) fn parts(name: &ObjectName) -> Result<Vec<String>> {
    name.0.iter().map(part).collect()
}

fn part(part: &ObjectNamePart) -> Result<String> {
    match part {
        ObjectNamePart::Identifier(ident) => Ok(ident.value.clone()),
        ObjectNamePart::Function(_) => Err(SparkError::unsupported("the IDENTIFIER clause")),
    }
}

/// The name, if it has one part.
pub(crate) fn single(name: &ObjectName) -> Result<String> {
    match parts(name)?.as_slice() {
        [name] => Ok(name.clone()),
        _ => Err(SparkError::new("PARSE_SYNTAX_ERROR").param("error", "'.'").param("hint", "")),
    }
}
