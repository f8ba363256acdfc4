//! A SQL text with its tokens, and the places of tokens in it.

use std::ops::Range;

use firesteel_error::{QueryContext, Result, SparkError};
use spark_connect_proto::origin::Function;
use spark_connect_proto::{JvmOrigin, Origin};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan};

use crate::dialect::SparkDialect;
use crate::{error, lexer};

/// A text and its tokens, without whitespace.
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: Vec<TokenWithSpan>,
    /// The byte at which each line starts.
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    /// Splits `text` into tokens.
    pub(crate) fn new(text: &'a str) -> Result<Self> {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let tokens = lexer::tokenize(text).map_err(|e| error::from_tokenizer(text, &e))?;
        Ok(Self { text, tokens, lines })
    }

    /// A reader of the tokens.
    pub(crate) fn parser<'d>(&self, dialect: &'d SparkDialect) -> sqlparser::parser::Parser<'d> {
        sqlparser::parser::Parser::new(dialect)
            .with_recursion_limit(crate::stack::DEPTH_MAX)
            .with_tokens_with_locations(self.tokens.clone())
    }

    /// The byte at `location`; the end of the text if it is none.
    pub(crate) fn byte(&self, location: Location) -> usize {
        let line = (location.line as usize).wrapping_sub(1);
        let Some(start) = self.lines.get(line).copied() else { return self.text.len() };
        let rest = self.text.get(start..).unwrap_or_default();
        let column = (location.column as usize).saturating_sub(1);
        rest.char_indices().nth(column).map_or(self.text.len(), |(at, _)| start + at)
    }

    /// The bytes of `span`.
    pub(crate) fn bytes(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start);
        start..self.byte(span.end).max(start)
    }

    /// The text of `span`.
    pub(crate) fn slice(&self, span: Span) -> &'a str {
        self.text.get(self.bytes(span)).unwrap_or_default()
    }

    /// The text from the token at `location` to the end, without a `;`.
    pub(crate) fn tail(&self, location: Location) -> &'a str {
        self.text.get(self.byte(location)..).unwrap_or_default().trim_end().trim_end_matches(';').trim_end()
    }

    /// The token that starts at `location`.
    pub(crate) fn token_at(&self, location: Location) -> Option<&TokenWithSpan> {
        self.tokens.iter().find(|token| token.span.start == location && token.token != Token::EOF)
    }

    /// The span of a call or a cast, of which `span` is what stands inside or leaves the last parenthesis out.
    pub(crate) fn whole_call(&self, span: Span, keyword: Option<&str>) -> Span {
        let Some(mut first) = self.tokens.iter().position(|token| token.span.start == span.start) else { return span };
        if let Some(keyword) = keyword {
            let is_call = |at: usize| {
                matches!(self.tokens.get(at..at + 2), Some([word, paren])
                    if paren.token == Token::LParen
                        && matches!(&word.token, Token::Word(w) if w.value.eq_ignore_ascii_case(keyword)))
            };
            match (0..first.saturating_sub(1)).rev().find(|at| is_call(*at)) {
                Some(at) => first = at,
                None => return span,
            }
        }
        let mut depth = 0_usize;
        let Some(start) = self.tokens.get(first).map(|token| token.span.start) else { return span };
        for token in self.tokens.iter().skip(first) {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen if depth <= 1 => return Span::new(start, token.span.end),
                Token::RParen => depth -= 1,
                Token::EOF => break,
                _ => {}
            }
        }
        span
    }

    /// The place of `span` as an expression carries it; none if it is not known.
    pub(crate) fn origin(&self, span: Span) -> Option<Origin> {
        let bytes = self.bytes(span);
        if span == Span::empty() || bytes.is_empty() {
            return None;
        }
        let chars = |end: usize| self.text.get(..end).map_or(0, |head| head.chars().count()) as i32;
        let origin = JvmOrigin {
            line: Some(span.start.line as i32),
            start_position: Some(span.start.column as i32),
            start_index: Some(chars(bytes.start)),
            stop_index: Some(chars(bytes.end) - 1),
            sql_text: Some(self.text.to_string()),
            ..Default::default()
        };
        Some(Origin { function: Some(Function::JvmOrigin(origin)) })
    }

    /// Adds the place of `span` to `error`.
    pub(crate) fn place(&self, error: SparkError, span: Span) -> SparkError {
        let bytes = self.bytes(span);
        if span == Span::empty() || bytes.is_empty() {
            return error;
        }
        let chars = |end: usize| self.text.get(..end).map_or(0, |head| head.chars().count()) as i32;
        let fragment = self.text.get(bytes.clone()).unwrap_or_default().to_string();
        error.context(QueryContext {
            sql: true,
            start_index: chars(bytes.start),
            stop_index: chars(bytes.end) - 1,
            summary: format!("== SQL (line {}, position {}) ==\n{fragment}", span.start.line, span.start.column),
            fragment,
            call_site: String::new(),
        })
    }
}
