//! Tokens: those of `sqlparser`, adjusted to Spark's lexical rules.
//!
//! The adjustments are what lets `sqlparser` read Spark's SQL without a grammar of our own:
//! - whitespace and comments go, except hints (`/*+ .. */`);
//! - strings lose their escapes by Spark's rules, `r'..'` keeps them, and neighbours become one string;
//! - `1L`, `2S`, `3Y`, `4.5D`, `6F`, `7BD` are one number token; other words that start with digits are identifiers;
//! - `:name` and `?` become placeholders (`:name`, `?1`, `?2` ..);
//! - `>>>` is one operator; `!<` and `!>` are `>=` and `<=`;
//! - what needs other words is left to [`crate::rewrite`].

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, TokenizerError, Whitespace, Word};

use crate::dialect::SparkDialect;
use crate::{rewrite, string};

/// The tokens of `text`, ready for the parser; the last one is no end marker.
pub(crate) fn tokenize(text: &str) -> Result<Vec<TokenWithSpan>, TokenizerError> {
    let dialect = SparkDialect;
    let raw = Tokenizer::new(&dialect, text).with_unescape(false).tokenize_with_location()?;
    let mut tokens: Vec<TokenWithSpan> = Vec::with_capacity(raw.len());
    let mut state = State::default();
    for token in raw {
        match &token.token {
            Token::Whitespace(Whitespace::MultiLineComment(comment)) if comment.starts_with('+') => tokens.push(token),
            Token::Whitespace(_) | Token::EOF => {}
            _ => push(&mut tokens, token, &mut state),
        }
    }
    Ok(rewrite::rewrite(tokens))
}

/// What is known of the tokens so far.
#[derive(Default)]
struct State {
    /// How many `?` there were.
    markers: usize,
    /// Whether we are in `OPTIONS ('key' 'value', ..)`, where neighbouring strings are two.
    in_options: bool,
}

impl State {
    fn follow(&mut self, last: Option<&TokenWithSpan>, next: &Token) {
        match next {
            Token::LParen => {
                let before = last.map(|last| &last.token);
                self.in_options = matches!(before, Some(Token::Word(word)) if OPTIONS.iter().any(|name| word.value.eq_ignore_ascii_case(name)));
            }
            Token::RParen => self.in_options = false,
            _ => {}
        }
    }
}

/// What a list of keys and values follows.
const OPTIONS: [&str; 4] = ["OPTIONS", "TBLPROPERTIES", "DBPROPERTIES", "PROPERTIES"];

/// Whether nothing stands between the two.
fn adjacent(left: &TokenWithSpan, right: &TokenWithSpan) -> bool {
    left.span.end == right.span.start
}

fn push(tokens: &mut Vec<TokenWithSpan>, mut token: TokenWithSpan, state: &mut State) {
    state.follow(tokens.last(), &token.token);
    token.token = match std::mem::replace(&mut token.token, Token::EOF) {
        Token::SingleQuotedString(raw) => return push_string(tokens, token, &raw, '\'', state),
        Token::DoubleQuotedString(raw) => return push_string(tokens, token, &raw, '"', state),
        Token::Number(digits, true) => Token::Number(format!("{digits}L"), false),
        Token::Placeholder(mark) if mark == "?" => {
            state.markers += 1;
            Token::Placeholder(format!("?{}", state.markers))
        }
        Token::Word(word) if word.quote_style == Some('`') => {
            let value = word.value.replace("``", "`");
            Token::Word(Word { value, quote_style: Some('`'), keyword: Keyword::NoKeyword })
        }
        other => other,
    };
    if let Some(last) = tokens.last_mut() {
        let next_to = adjacent(last, &token);
        if let Some(merged) = next_to.then(|| merge(&last.token, &token.token)).flatten() {
            last.token = merged;
            last.span.end = token.span.end;
            return;
        }
    }
    if let (Token::Word(word), [.., before, colon]) = (&token.token, tokens.as_slice()) {
        if colon.token == Token::Colon && adjacent(colon, &token) && starts_parameter(before, colon) {
            return set_parameter(tokens, format!(":{}", word.value), &token);
        }
    } else if let (Token::Word(word), [colon]) = (&token.token, tokens.as_slice())
        && colon.token == Token::Colon
    {
        return set_parameter(tokens, format!(":{}", word.value), &token);
    }
    tokens.push(token);
}

fn set_parameter(tokens: &mut [TokenWithSpan], name: String, token: &TokenWithSpan) {
    if let Some(colon) = tokens.last_mut() {
        colon.token = Token::Placeholder(name);
        colon.span.end = token.span.end;
    }
}

/// `a:b` and `a: INT` are fields; ` :x` and `(:x` are parameters.
fn starts_parameter(before: &TokenWithSpan, colon: &TokenWithSpan) -> bool {
    let operand = matches!(before.token, Token::Word(_) | Token::RParen | Token::RBracket);
    !operand || !adjacent(before, colon)
}

/// The one token that two neighbours are.
fn merge(left: &Token, right: &Token) -> Option<Token> {
    match (left, right) {
        (Token::Number(digits, _), Token::Word(word)) if word.quote_style.is_none() => {
            let suffix = word.value.to_ascii_uppercase();
            let typed = match suffix.as_str() {
                "L" | "S" | "Y" => digits.bytes().all(|b| b.is_ascii_digit()),
                "D" | "F" | "BD" => true,
                _ => false,
            };
            let identifier = digits.bytes().all(|b| b.is_ascii_digit());
            match (typed, identifier) {
                (true, _) => Some(Token::Number(format!("{digits}{suffix}"), false)),
                (false, true) => Some(Token::make_word(&format!("{digits}{}", word.value), None)),
                (false, false) => None,
            }
        }
        (Token::ShiftRight, Token::Gt) => Some(Token::CustomBinaryOperator(">>>".to_string())),
        (Token::ExclamationMark, Token::Lt) => Some(Token::GtEq),
        (Token::ExclamationMark, Token::Gt) => Some(Token::LtEq),
        _ => None,
    }
}

fn push_string(tokens: &mut Vec<TokenWithSpan>, mut token: TokenWithSpan, raw: &str, quote: char, state: &State) {
    let is_raw = tokens.last().is_some_and(|last| {
        adjacent(last, &token)
            && matches!(&last.token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case("r"))
    });
    let value = if is_raw { raw.to_string() } else { string::unescape(raw, quote) };
    if is_raw && let Some(prefix) = tokens.pop() {
        token.span.start = prefix.span.start;
    }
    match tokens.last_mut() {
        Some(TokenWithSpan { token: Token::SingleQuotedString(before), span }) if !state.in_options => {
            before.push_str(&value);
            span.end = token.span.end;
        }
        _ => {
            token.token = Token::SingleQuotedString(value);
            tokens.push(token);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn strings(text: &str) -> usize {
        let is_string = |token: &&TokenWithSpan| matches!(token.token, Token::SingleQuotedString(_));
        tokenize(text).unwrap().iter().filter(is_string).count()
    }

    #[test]
    fn neighbouring_strings_are_one_but_not_in_options() {
        assert_eq!(strings("SELECT 'a' 'b'"), 1);
        assert_eq!(strings("CREATE TABLE t USING csv OPTIONS ('header' 'true', 'sep' ';') COMMENT 'a' 'b'"), 5);
    }
}
