//! Statements that `sqlparser` refuses and Spark accepts, said in other words before they are parsed.
//!
//! - `TABLE t` at the start becomes `FROM t`; in `FROM table` the word is a name;
//! - `VALUES ..` as a query becomes `SELECT * FROM VALUES ..`, which may have an alias and clauses after it;
//! - `VALUES 1, 2` gets parentheses around each row;
//! - `LATERAL VIEW [OUTER] f(x) t AS a, b` becomes `, LATERAL f(x) AS t(a, b)`; `OUTER` is the qualifier [`OUTER`] of
//!   the function.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

/// What stands before the function's name in a `LATERAL VIEW OUTER`.
pub(crate) const OUTER: &str = "$outer";

/// Rewrites the tokens of a statement.
pub(crate) fn rewrite(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let relevant = |token: &TokenWithSpan| matches!(&token.token, Token::Word(w) if matches!(w.keyword, Keyword::VALUES | Keyword::LATERAL | Keyword::TABLE));
    let is_table = tokens.first().and_then(keyword) == Some(Keyword::TABLE);
    if !is_table && !tokens.iter().any(relevant) {
        return tokens;
    }
    let mut output = Vec::with_capacity(tokens.len() + 8);
    let mut at = 0;
    if let (true, Some(token)) = (is_table, tokens.first()) {
        output.push(word("FROM", token.span));
        at = 1;
    }
    while let Some(token) = tokens.get(at) {
        at = match keyword(token) {
            Some(Keyword::VALUES) => values(&tokens, at, &mut output),
            Some(Keyword::TABLE) if is_name_of_relation(&tokens, at, &output) => {
                output.push(TokenWithSpan::new(Token::make_word("table", Some('`')), token.span));
                at + 1
            }
            Some(Keyword::LATERAL) if tokens.get(at + 1).and_then(keyword) == Some(Keyword::VIEW) => {
                lateral_view(&tokens, at, &mut output)
            }
            _ => {
                output.push(token.clone());
                at + 1
            }
        };
    }
    output
}

fn keyword(token: &TokenWithSpan) -> Option<Keyword> {
    match &token.token {
        Token::Word(word) => Some(word.keyword),
        _ => None,
    }
}

fn word(text: &str, span: Span) -> TokenWithSpan {
    TokenWithSpan::new(Token::make_word(text, None), span)
}

/// Whether the word TABLE is a relation's name, as in `FROM table`: not before the parenthesis of `TABLE(..)`.
fn is_name_of_relation(tokens: &[TokenWithSpan], at: usize, output: &[TokenWithSpan]) -> bool {
    let before = output.last().and_then(keyword);
    matches!(before, Some(Keyword::FROM | Keyword::JOIN))
        && tokens.get(at + 1).is_none_or(|token| token.token != Token::LParen && keyword(token) != Some(Keyword::TABLE))
}

fn values(tokens: &[TokenWithSpan], at: usize, output: &mut Vec<TokenWithSpan>) -> usize {
    let Some(token) = tokens.get(at) else { return at + 1 };
    let before = output.last().map(|token| &token.token);
    let starts_rows = |token: &TokenWithSpan| {
        matches!(token.token, Token::LParen | Token::Number(..) | Token::SingleQuotedString(_) | Token::Minus)
            || matches!(keyword(token), Some(Keyword::NULL | Keyword::DATE | Keyword::TIMESTAMP | Keyword::TRUE))
    };
    if matches!(before, Some(Token::Period)) || !tokens.get(at + 1).is_some_and(starts_rows) {
        output.push(token.clone());
        return at + 1;
    }
    let is_table = match before {
        Some(Token::Comma) => true,
        Some(Token::Word(word)) => matches!(word.keyword, Keyword::FROM | Keyword::JOIN),
        _ => false,
    };
    if !is_table {
        output.extend([
            word("SELECT", token.span),
            TokenWithSpan::new(Token::Mul, token.span),
            word("FROM", token.span),
        ]);
    }
    output.push(token.clone());
    rows(tokens, at + 1, output)
}

/// Puts parentheses around rows that have none.
fn rows(tokens: &[TokenWithSpan], mut at: usize, output: &mut Vec<TokenWithSpan>) -> usize {
    if tokens.get(at).is_some_and(|token| token.token == Token::LParen) {
        return at;
    }
    let mut depth = 0_usize;
    let mut open = false;
    while let Some(token) = tokens.get(at) {
        let ends_rows = match &token.token {
            Token::RParen if depth == 0 => true,
            Token::SemiColon => true,
            Token::Word(word) if depth == 0 => {
                open && !matches!(word.keyword, Keyword::NULL | Keyword::TRUE | Keyword::FALSE | Keyword::DATE)
            }
            _ => false,
        };
        if ends_rows {
            break;
        }
        if token.token == Token::Comma && depth == 0 {
            output.push(TokenWithSpan::new(Token::RParen, token.span));
            output.push(token.clone());
            open = false;
            at += 1;
            continue;
        }
        if !open {
            output.push(TokenWithSpan::new(Token::LParen, token.span));
            open = true;
        }
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        output.push(token.clone());
        at += 1;
    }
    if let (true, Some(last)) = (open, output.last().map(|token| token.span)) {
        output.push(TokenWithSpan::new(Token::RParen, last));
    }
    at
}

fn lateral_view(tokens: &[TokenWithSpan], start: usize, output: &mut Vec<TokenWithSpan>) -> usize {
    let mut at = start + 2;
    let outer = tokens.get(at).and_then(keyword) == Some(Keyword::OUTER);
    at += usize::from(outer);
    let Some(span) = tokens.get(at).map(|token| token.span) else {
        output.extend(tokens.get(start..).unwrap_or_default().iter().cloned());
        return tokens.len();
    };
    output.extend([TokenWithSpan::new(Token::Comma, span), word("LATERAL", span)]);
    if outer {
        let marker = Word { value: OUTER.to_string(), quote_style: Some('`'), keyword: Keyword::NoKeyword };
        output.extend([TokenWithSpan::new(Token::Word(marker), span), TokenWithSpan::new(Token::Period, span)]);
    }
    at = call(tokens, at, output);
    let mut names: Vec<&TokenWithSpan> = Vec::new();
    if let Some(name) = tokens.get(at).filter(|token| is_name(token)) {
        names.push(name);
        at += 1;
    }
    if tokens.get(at).and_then(keyword) == Some(Keyword::AS) {
        at += 1;
    } else if names.is_empty() {
        return at;
    }
    let mut columns = Vec::new();
    while let Some(column) = tokens.get(at).filter(|token| is_name(token)) {
        columns.push(column.clone());
        at += 1;
        if tokens.get(at).map(|token| &token.token) != Some(&Token::Comma) {
            break;
        }
        at += 1;
    }
    output.push(word("AS", span));
    output.push(names.first().map_or_else(|| word("as", span), |name| (*name).clone()));
    for (index, column) in columns.iter().enumerate() {
        output.push(TokenWithSpan::new(if index == 0 { Token::LParen } else { Token::Comma }, span));
        output.push(column.clone());
    }
    if !columns.is_empty() {
        output.push(TokenWithSpan::new(Token::RParen, span));
    }
    at
}

/// Copies `f.g(..)`.
fn call(tokens: &[TokenWithSpan], mut at: usize, output: &mut Vec<TokenWithSpan>) -> usize {
    let mut depth = 0_usize;
    while let Some(token) = tokens.get(at) {
        output.push(token.clone());
        at += 1;
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            Token::Word(_) | Token::Period => {}
            _ if depth == 0 => break,
            _ => {}
        }
    }
    at
}

fn is_name(token: &TokenWithSpan) -> bool {
    match &token.token {
        Token::Word(word) => !matches!(
            word.keyword,
            Keyword::AS
                | Keyword::WHERE
                | Keyword::GROUP
                | Keyword::HAVING
                | Keyword::ORDER
                | Keyword::SORT
                | Keyword::CLUSTER
                | Keyword::DISTRIBUTE
                | Keyword::LATERAL
                | Keyword::LIMIT
                | Keyword::OFFSET
                | Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT
                | Keyword::MINUS
                | Keyword::WINDOW
                | Keyword::QUALIFY
                | Keyword::SELECT
                | Keyword::PIVOT
                | Keyword::UNPIVOT
        ),
        _ => false,
    }
}
