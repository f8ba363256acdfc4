//! `IDENTIFIER('a.b')`: a name that is said by a constant text, put in place of it before the statement is parsed.

use std::collections::HashMap;

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto::Expression;
use spark_connect_proto::expression::literal::LiteralType;
use spark_connect_proto::expression::{ExprType, Literal};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

use crate::identifier;

/// The tokens with names for every `IDENTIFIER(..)` of strings, parameters and their concatenation by `||`. Anything else
/// stays as it is.
pub(crate) fn expand(
    tokens: Vec<TokenWithSpan>,
    named: &HashMap<String, Expression>,
    positional: &[Expression],
) -> Result<Vec<TokenWithSpan>> {
    let starts = |at: usize| {
        matches!(tokens.get(at..at + 2), Some([word, paren])
            if paren.token == Token::LParen
                && matches!(&word.token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case("identifier")))
    };
    if !(0..tokens.len()).any(starts) {
        return Ok(tokens);
    }
    let mut output = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match starts(at).then(|| text(&tokens[at + 2..], named, positional)).transpose()?.flatten() {
            Some((name, used)) => {
                let span = tokens.get(at + 1 + used).map_or(token.span, |last| token.span.union(&last.span));
                name_tokens(&name, span, &mut output)?;
                at += 2 + used;
            }
            None => {
                output.push(token.clone());
                at += 1;
            }
        }
    }
    Ok(output)
}

/// The constant text before the closing parenthesis, and how many tokens it takes with that.
fn text(
    tokens: &[TokenWithSpan],
    named: &HashMap<String, Expression>,
    positional: &[Expression],
) -> Result<Option<(String, usize)>> {
    let mut name = String::new();
    let mut used = 0;
    loop {
        match tokens.get(used).map(|token| &token.token) {
            Some(Token::SingleQuotedString(part)) => name.push_str(part),
            Some(Token::Placeholder(marker)) => {
                let value = match marker.strip_prefix(':') {
                    Some(parameter) => named.get(parameter),
                    None => marker[1..].parse::<usize>().ok().and_then(|n| positional.get(n.wrapping_sub(1))),
                };
                match value.and_then(|value| value.expr_type.as_ref()) {
                    Some(ExprType::Literal(Literal { literal_type: Some(LiteralType::String(part)), .. })) => {
                        name.push_str(part);
                    }
                    Some(_) => {
                        return Err(SparkError::new("NOT_A_CONSTANT_STRING.WRONG_TYPE")
                            .param("name", "IDENTIFIER")
                            .param("expr", marker)
                            .with_exception(Exception::Analysis));
                    }
                    None => return Ok(None),
                }
            }
            _ => return Ok(None),
        }
        used += 1;
        match tokens.get(used).map(|token| &token.token) {
            Some(Token::RParen) => return Ok(Some((name, used + 1))),
            Some(Token::StringConcat) => used += 1,
            _ => return Ok(None),
        }
    }
}

fn name_tokens(name: &str, span: Span, output: &mut Vec<TokenWithSpan>) -> Result<()> {
    for (index, part) in identifier::parse(name)?.into_iter().enumerate() {
        if index > 0 {
            output.push(TokenWithSpan::new(Token::Period, span));
        }
        let word = Word { value: part, quote_style: Some('`'), keyword: Keyword::NoKeyword };
        output.push(TokenWithSpan::new(Token::Word(word), span));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{Statement, parse_statement};

    #[test]
    fn a_text_is_read_as_the_name_that_it_says() {
        let said = parse_statement("SELECT IDENTIFIER('a') FROM IDENTIFIER('s' || '.t')").unwrap();
        let (Statement::Query(said), Statement::Query(plain)) =
            (said, parse_statement("SELECT `a` FROM `s`.`t`").unwrap())
        else {
            unreachable!()
        };
        let without_places = |plan: &spark_connect_proto::Relation| {
            let text = format!("{plan:?}");
            text.split("unparsed_identifier: ")
                .skip(1)
                .map(|part| part[..12.min(part.len())].to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(without_places(&said), without_places(&plain));
    }
}
