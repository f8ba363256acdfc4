//! Syntax errors under Spark's names: the offending token as Spark quotes it, and its place.

use firesteel_error::{Exception, SparkError};
use sqlparser::ast::Spanned;
use sqlparser::parser::ParserError;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, TokenizerError};

use crate::source::Source;

/// `PARSE_SYNTAX_ERROR` about `error`, which is already quoted.
fn syntax(error: &str, hint: &str) -> SparkError {
    SparkError::new("PARSE_SYNTAX_ERROR").param("error", error).param("hint", hint)
}

/// A syntax error at `token`.
pub(crate) fn at_token(source: &Source<'_>, token: &TokenWithSpan, hint: &str) -> SparkError {
    match token.token {
        Token::EOF => at_end(hint),
        _ => source.place(syntax(&format!("'{}'", source.slice(token.span)), hint), token.span),
    }
}

/// A syntax error at the end of the text.
pub(crate) fn at_end(hint: &str) -> SparkError {
    syntax("end of input", hint)
}

/// A syntax error at something of the tree.
pub(crate) fn at_node(source: &Source<'_>, node: &impl Spanned) -> SparkError {
    at_span(source, node.span())
}

/// A syntax error at the token where `span` starts.
pub(crate) fn at_span(source: &Source<'_>, span: Span) -> SparkError {
    match source.token_at(span.start) {
        Some(token) => at_token(source, token, ""),
        None => at_end(""),
    }
}

/// Something that follows a complete statement.
pub(crate) fn extra_input(source: &Source<'_>, token: &TokenWithSpan) -> SparkError {
    at_token(source, token, &format!(": extra input '{}'", source.slice(token.span)))
}

/// An error of the tokenizer: an unclosed quote or comment, or a character that no token has.
pub(crate) fn from_tokenizer(text: &str, error: &TokenizerError) -> SparkError {
    if error.message.contains("multi-line comment") {
        return SparkError::new("UNCLOSED_BRACKETED_COMMENT").with_exception(Exception::Parse);
    }
    let line = text.split('\n').nth((error.location.line as usize).saturating_sub(1)).unwrap_or_default();
    match line.chars().nth((error.location.column as usize).saturating_sub(1)) {
        Some(character) => syntax(&format!("'{character}'"), ""),
        None => at_end(""),
    }
}

/// An error of the parser; `next` is the token it stopped before.
pub(crate) fn from_parser(source: &Source<'_>, error: &ParserError, next: &TokenWithSpan) -> SparkError {
    let message = match error {
        ParserError::RecursionLimitExceeded => return crate::stack::too_complex(),
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
    };
    if let Some(said) = message.strip_prefix(CONDITION) {
        let mut lines = said.lines();
        let error = SparkError::new(lines.next().unwrap_or_default()).with_exception(Exception::Parse);
        let with = |error: SparkError, line: &str| match line.split_once('=') {
            Some((name, value)) => error.param(name, value),
            None => error,
        };
        return lines.fold(error, with);
    }
    let missing_paren = message.starts_with("Expected: ),") && message.contains("found: EOF");
    if message.contains("found: EOF") {
        return at_end(if missing_paren { ": missing ')'" } else { "" });
    }
    let place = place_of(message).and_then(|location| source.token_at(location));
    at_token(source, place.unwrap_or(next), "")
}

/// How the dialect's hooks say a condition through the parser's error type; its parameters follow, `name=value`, each in a
/// line of its own.
pub(crate) const CONDITION: &str = "condition: ";

fn place_of(message: &str) -> Option<Location> {
    let (_, place) = message.rsplit_once(" at Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    Some(Location::new(line.parse().ok()?, column.trim().parse().ok()?))
}

/// An error that a client raises as `ParseException`, at `span`.
pub(crate) fn parse_exception(source: &Source<'_>, error: SparkError, span: Span) -> SparkError {
    source.place(error.with_exception(Exception::Parse), span)
}
