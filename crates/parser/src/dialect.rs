//! Spark's dialect of SQL for `sqlparser`: which of its features are on, and hooks for what Spark reads otherwise.
//!
//! The hooks give trees that `sqlparser` has, with these meanings:
//! - a type is `DataType::Custom` with the type's text as its only name ([`crate::types`] reads it);
//! - `DATE '..'` and its like, and intervals, are `Expr::Prefixed` with the type as prefix; an interval's value is its
//!   text in back-ticks' stead: `Prefixed("INTERVAL", "1 day 2 hours")`, with units in the prefix when it has a qualifier;
//! - `struct(1 AS a)` is `Expr::Struct`;
//! - `x LIKE ANY (..)` is `Expr::Like` with `any` and a tuple; `LIKE ALL` has `$all` as the tuple's first element.

use sqlparser::ast::{
    AccessExpr, BinaryOperator, CastKind, DataType, Expr, Function, FunctionArguments, Ident, ObjectName, Subscript,
    UnaryOperator, Value, WindowSpec, WindowType,
};
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Word};

use crate::error::CONDITION;
use crate::interval;

type Parsed = Result<Expr, ParserError>;

/// The first element of a `LIKE ALL` list.
pub(crate) const LIKE_ALL: &str = "$all";

/// The function that stands for a `TABLE` argument.
pub(crate) const TABLE: &str = "$table";
/// The function that stands for a `TABLE` argument in one partition.
pub(crate) const SINGLE_PARTITION_TABLE: &str = "$single_partition_table";

/// Spark's dialect.
#[derive(Debug)]
pub(crate) struct SparkDialect;

/// Types that have no literals of the form `TYPE 'text'`.
const UNTYPED: [&str; 10] =
    ["DECIMAL", "BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "STRING", "BINARY"];
/// Those that have, as errors list them.
const TYPED: &str = r#""DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP", "INTERVAL", "X", "TIME""#;

/// Between `+` and `&`.
const SHIFT: u8 = 27;

macro_rules! on {
    ($($feature:ident),+ $(,)?) => { $(fn $feature(&self) -> bool { true })+ };
}

impl Dialect for SparkDialect {
    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '`'
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_'
    }

    on!(
        supports_string_literal_backslash_escape,
        supports_filter_during_aggregation,
        supports_window_clause_named_window_reference,
        supports_group_by_expr,
        supports_group_by_with_modifier,
        supports_lambda_functions,
        supports_select_wildcard_except,
        supports_nested_comments,
        supports_values_as_table_factor,
        supports_bang_not_operator,
        supports_select_item_multi_column_alias,
        supports_from_first_select,
        supports_comment_optimizer_hint,
        supports_table_sample_before_alias,
        supports_bitwise_shift_operators,
        supports_order_by_all,
        supports_parens_around_table_factor,
        supports_comma_separated_trim,
        supports_select_expr_star,
        supports_table_versioning,
        allow_extract_custom,
        supports_cte_without_as,
        require_interval_qualifier,
        supports_pipe_operator,
    );

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        let value = |precedence| Some(Ok(self.prec_value(precedence)));
        match &parser.peek_token_ref().token {
            Token::StringConcat => value(Precedence::PlusMinus),
            Token::ShiftLeft | Token::ShiftRight => Some(Ok(SHIFT)),
            Token::CustomBinaryOperator(operator) if operator == ">>>" => Some(Ok(SHIFT)),
            Token::Colon | Token::LBracket | Token::ExclamationMark => Some(Ok(self.prec_unknown())),
            Token::Word(word) if matches!(word.keyword, Keyword::XOR | Keyword::MATCH | Keyword::AT) => {
                Some(Ok(self.prec_unknown()))
            }
            _ => None,
        }
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Parsed> {
        let next = parser.peek_nth_token_ref(1).token.clone();
        if is_not(parser) && !matches!(next, Token::Comma | Token::RParen | Token::EOF) {
            // Left to itself, the parser would take `NOT` for a name when its operand is nested too deeply.
            parser.advance_token();
            let operand = parser.parse_subexpr(self.prec_value(Precedence::UnaryNot));
            return Some(operand.map(|e| Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(e) }));
        }
        let word = match &parser.peek_token_ref().token {
            Token::Word(word) if word.quote_style.is_none() => word.clone(),
            Token::Tilde => {
                parser.advance_token();
                let operand = parser.parse_subexpr(self.prec_value(Precedence::MulDivModOp));
                return Some(operand.map(|e| Expr::UnaryOp { op: UnaryOperator::BitwiseNot, expr: Box::new(e) }));
            }
            _ => return None,
        };
        match next {
            Token::SingleQuotedString(_) => self.typed_literal(parser, &word),
            Token::LParen => self.call(parser, &word),
            _ if word.keyword == Keyword::INTERVAL => interval_literal(parser),
            Token::Word(ref name) if word.keyword == Keyword::TABLE && !is_operator(name) => {
                Some(condition("INVALID_SQL_SYNTAX.INVALID_TABLE_FUNCTION_IDENTIFIER_ARGUMENT_MISSING_PARENTHESES"))
            }
            Token::Arrow => None,
            _ => self.plain_name(parser, &word),
        }
    }

    fn parse_infix(&self, parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Parsed> {
        let operator = match &parser.peek_token_ref().token {
            Token::DoubleColon => {
                parser.advance_token();
                let cast = type_text(parser).map(|text| cast(CastKind::DoubleColon, left.clone(), text));
                return Some(cast.and_then(|cast| subscripts(parser, cast)));
            }
            Token::CustomBinaryOperator(operator) => BinaryOperator::Custom(operator.clone()),
            Token::ShiftLeft => BinaryOperator::Custom("<<".to_string()),
            Token::ShiftRight => BinaryOperator::Custom(">>".to_string()),
            Token::Word(word) if word.keyword == Keyword::DIV => BinaryOperator::MyIntegerDivide,
            Token::Word(word) if matches!(word.keyword, Keyword::LIKE | Keyword::ILIKE | Keyword::NOT) => {
                return like_list(parser, left);
            }
            Token::Word(word) if word.keyword == Keyword::IN => {
                let empty = parser.peek_nth_token_ref(1).token == Token::LParen
                    && parser.peek_nth_token_ref(2).token == Token::RParen;
                return empty.then(|| condition("INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE"));
            }
            _ => return None,
        };
        parser.advance_token();
        let right = parser.parse_subexpr(precedence);
        Some(right.map(|right| Expr::BinaryOp { left: Box::new(left.clone()), op: operator, right: Box::new(right) }))
    }
}

impl SparkDialect {
    /// `DATE '2020-01-01'`, `INTERVAL '1' DAY`: a word before a string.
    fn typed_literal(&self, parser: &mut Parser, word: &Word) -> Option<Parsed> {
        match word.value.to_ascii_uppercase().as_str() {
            "INTERVAL" => interval_literal(parser),
            "DATE" | "TIMESTAMP" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ" | "TIME" => {
                let prefix = parser.next_token();
                let ident = word.clone().into_ident(prefix.span);
                Some(
                    parser
                        .parse_value()
                        .map(|value| Expr::Prefixed { prefix: ident, value: Box::new(Expr::Value(value)) }),
                )
            }
            name if UNTYPED.contains(&name) => Some(condition(&format!(
                "UNSUPPORTED_TYPED_LITERAL\nunsupportedType=\"{name}\"\nsupportedTypes={TYPED}"
            ))),
            // `parse_prefix` would take any type's name here.
            _ if !is_operator(word) => self.plain_name(parser, word),
            _ => None,
        }
    }

    /// A word before a parenthesis.
    fn call(&self, parser: &mut Parser, word: &Word) -> Option<Parsed> {
        let is_query = matches!(&parser.peek_nth_token_ref(2).token,
            Token::Word(w) if matches!(w.keyword, Keyword::SELECT | Keyword::WITH | Keyword::FROM | Keyword::VALUES | Keyword::TABLE))
            || parser.peek_nth_token_ref(2).token == Token::LParen;
        match word.keyword {
            Keyword::TABLE => Some(table_argument(parser)),
            Keyword::CAST => Some(cast_call(parser, CastKind::Cast)),
            Keyword::TRY_CAST => Some(cast_call(parser, CastKind::TryCast)),
            Keyword::STRUCT => Some(struct_call(parser)),
            Keyword::INTERVAL => interval_literal(parser),
            Keyword::EXISTS if is_query => None,
            Keyword::NOT | Keyword::CASE => None,
            // These have forms with keywords inside, and a plain form.
            Keyword::TRIM => Some(special(parser, |p| p.parse_trim_expr())),
            Keyword::OVERLAY => Some(special(parser, |p| p.parse_overlay_expr())),
            Keyword::EXTRACT => Some(special(parser, |p| p.parse_extract_expr())),
            Keyword::POSITION => {
                let ident = Ident::new(&word.value);
                Some(special(parser, move |p| p.parse_position_expr(ident.clone())))
            }
            Keyword::SUBSTR | Keyword::SUBSTRING => {
                let from = parser.maybe_parse(|p| match p.parse_substring()? {
                    e @ Expr::Substring { special: false, .. } => Ok(e),
                    _ => p.expected_ref("FROM", p.peek_token_ref()),
                });
                Some(from.transpose().unwrap_or_else(|| function(parser)))
            }
            _ => Some(function(parser)),
        }
    }

    /// A word that neither a string nor a parenthesis follows.
    fn plain_name(&self, parser: &mut Parser, word: &Word) -> Option<Parsed> {
        let special = is_operator(word)
            || matches!(
                word.keyword,
                Keyword::CASE
                    | Keyword::TRUE
                    | Keyword::FALSE
                    | Keyword::NULL
                    | Keyword::CURRENT_DATE
                    | Keyword::CURRENT_TIMESTAMP
            );
        if special {
            return None;
        }
        if matches!(
            word.keyword,
            Keyword::FROM
                | Keyword::AND
                | Keyword::OR
                | Keyword::SELECT
                | Keyword::THEN
                | Keyword::ELSE
                | Keyword::END
                | Keyword::WHEN
        ) {
            return Some(parser.expected_ref("an expression", parser.peek_token_ref()));
        }
        Some(parser.parse_identifier().map(Expr::Identifier))
    }
}

fn is_not(parser: &Parser) -> bool {
    matches!(&parser.peek_token_ref().token, Token::Word(word) if is_operator(word))
}

fn is_operator(word: &Word) -> bool {
    matches!(word.keyword, Keyword::NOT)
}

fn condition(name: &str) -> Parsed {
    Err(ParserError::ParserError(format!("{CONDITION}{name}")))
}

/// `TABLE(t) [PARTITION BY .. | WITH SINGLE PARTITION] [ORDER BY ..]` as a function's argument: the function [`TABLE`]
/// (or [`SINGLE_PARTITION_TABLE`]) of the query, over a window that says how it is cut.
fn table_argument(parser: &mut Parser) -> Parsed {
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    let is_query = matches!(&parser.peek_token_ref().token, Token::Word(w)
        if matches!(w.keyword, Keyword::SELECT | Keyword::WITH | Keyword::FROM | Keyword::VALUES));
    let query = if is_query {
        parser.parse_query()?
    } else {
        let name = parser.parse_object_name(false)?;
        let text = format!("SELECT * FROM {name}");
        Parser::new(&SparkDialect).try_with_sql(&text)?.parse_query()?
    };
    parser.expect_token(&Token::RParen)?;
    let mut spec = WindowSpec { window_name: None, partition_by: vec![], order_by: vec![], window_frame: None };
    let wrapped = parser.peek_token_ref().token == Token::LParen;
    if wrapped {
        parser.advance_token();
    }
    let words = |parser: &mut Parser, words: [&str; 2]| {
        let is = |at: usize, word: &str| matches!(&parser.peek_nth_token_ref(at).token, Token::Word(w) if w.value.eq_ignore_ascii_case(word));
        let found = is(0, words[0]) && is(1, words[1]);
        if found {
            parser.advance_token();
            parser.advance_token();
        }
        found
    };
    let mut single = false;
    if words(parser, ["WITH", "SINGLE"]) {
        single = true;
        parser.expect_keyword_is(Keyword::PARTITION)?;
    } else if words(parser, ["PARTITION", "BY"]) || words(parser, ["DISTRIBUTE", "BY"]) {
        let list = parser.consume_token(&Token::LParen);
        spec.partition_by = parser.parse_comma_separated(Parser::parse_expr)?;
        if list {
            parser.expect_token(&Token::RParen)?;
        }
    }
    if words(parser, ["ORDER", "BY"]) || words(parser, ["SORT", "BY"]) {
        let list = parser.consume_token(&Token::LParen);
        spec.order_by = parser.parse_comma_separated(Parser::parse_order_by_expr)?;
        if list {
            parser.expect_token(&Token::RParen)?;
        }
    }
    if wrapped {
        parser.expect_token(&Token::RParen)?;
    }
    let name = if single { SINGLE_PARTITION_TABLE } else { TABLE };
    Ok(Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::Subquery(query),
        filter: None,
        null_treatment: None,
        over: Some(WindowType::WindowSpec(spec)),
        within_group: vec![],
    }))
}

fn function(parser: &mut Parser) -> Parsed {
    let name = parser.parse_identifier()?;
    parser.parse_function(ObjectName::from(vec![name]))
}

/// A function with keywords among its arguments, or else an ordinary one.
fn special(parser: &mut Parser, mut form: impl FnMut(&mut Parser) -> Parsed) -> Parsed {
    let found = parser.maybe_parse(|p| {
        p.advance_token();
        form(p)
    })?;
    match found {
        Some(expr) => Ok(expr),
        None => function(parser),
    }
}

fn cast(kind: CastKind, expr: Expr, type_text: String) -> Expr {
    let data_type = DataType::Custom(ObjectName::from(vec![Ident::new(type_text)]), vec![]);
    Expr::Cast { kind, expr: Box::new(expr), data_type, array: false, format: None }
}

fn cast_call(parser: &mut Parser, kind: CastKind) -> Parsed {
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    let expr = parser.parse_expr()?;
    parser.expect_keyword_is(Keyword::AS)?;
    let mut text = String::new();
    let mut depth = 0_usize;
    loop {
        let token = parser.peek_token();
        match token.token {
            Token::EOF => return parser.expected(")", token),
            Token::RParen if depth == 0 => break,
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        push_token(&mut text, &token.token);
        parser.advance_token();
    }
    if text.is_empty() {
        return parser.expected_ref("a type", parser.peek_token_ref());
    }
    parser.expect_token(&Token::RParen)?;
    Ok(cast(kind, expr, text))
}

/// The type after `::`.
pub(crate) fn type_text(parser: &mut Parser) -> Result<String, ParserError> {
    let name = parser.next_token();
    let Token::Word(word) = &name.token else { return parser.expected("a type", name) };
    let mut text = String::new();
    push_token(&mut text, &name.token);
    if word.keyword == Keyword::INTERVAL {
        while let Token::Word(unit) = parser.peek_token().token
            && (unit.keyword == Keyword::TO || interval::unit(&unit.value).is_some())
        {
            push_token(&mut text, &Token::Word(unit));
            parser.advance_token();
        }
        return Ok(text);
    }
    let mut depth = 0_usize;
    loop {
        let token = parser.peek_token().token;
        let after = match token {
            Token::LParen | Token::Lt => depth + 1,
            Token::Neq if depth == 0 => depth,
            Token::RParen | Token::Gt if depth > 0 => depth - 1,
            Token::ShiftRight if depth > 1 => depth - 2,
            Token::EOF => return Ok(text),
            _ if depth == 0 => return Ok(text),
            _ => depth,
        };
        push_token(&mut text, &token);
        parser.advance_token();
        depth = after;
        if depth == 0 {
            return Ok(text);
        }
    }
}

/// `root[1][2]`
fn subscripts(parser: &mut Parser, root: Expr) -> Parsed {
    let mut access_chain = Vec::new();
    while parser.consume_token(&Token::LBracket) {
        let index = parser.parse_expr()?;
        parser.expect_token(&Token::RBracket)?;
        access_chain.push(AccessExpr::Subscript(Subscript::Index { index }));
    }
    if access_chain.is_empty() {
        return Ok(root);
    }
    Ok(Expr::CompoundFieldAccess { root: Box::new(root), access_chain })
}

fn push_token(text: &mut String, token: &Token) {
    if matches!(token, Token::Word(_))
        && text.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '\'' || c == '`')
    {
        text.push(' ');
    }
    match token {
        Token::SingleQuotedString(value) => {
            text.push_str(&format!(" '{}'", value.replace('\\', "\\\\").replace('\'', "\\'")));
        }
        token => text.push_str(&token.to_string()),
    }
}

fn struct_call(parser: &mut Parser) -> Parsed {
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    if parser.consume_token(&Token::RParen) {
        return Ok(Expr::Struct { values: vec![], fields: vec![] });
    }
    let values = parser.parse_comma_separated(|p| {
        let expr = p.parse_wildcard_expr()?;
        match p.parse_optional_alias(&[])? {
            Some(name) => Ok(Expr::Named { expr: Box::new(expr), name }),
            None => Ok(expr),
        }
    })?;
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Struct { values, fields: vec![] })
}

/// `[NOT] LIKE | ILIKE ANY | SOME | ALL (..)`.
fn like_list(parser: &mut Parser, left: &Expr) -> Option<Parsed> {
    let keyword_at = |parser: &Parser, at| match &parser.peek_nth_token_ref(at).token {
        Token::Word(word) => word.keyword,
        _ => Keyword::NoKeyword,
    };
    let negated = keyword_at(parser, 0) == Keyword::NOT;
    let at = usize::from(negated);
    let case_sensitive = match keyword_at(parser, at) {
        Keyword::LIKE => true,
        Keyword::ILIKE => false,
        _ => return None,
    };
    let all = match keyword_at(parser, at + 1) {
        Keyword::ANY | Keyword::SOME => false,
        Keyword::ALL => true,
        _ => return None,
    };
    if parser.peek_nth_token_ref(at + 2).token != Token::LParen {
        return None;
    }
    for _ in 0..at + 3 {
        parser.advance_token();
    }
    Some(parser.parse_comma_separated(Parser::parse_expr).and_then(|mut list| {
        parser.expect_token(&Token::RParen)?;
        if all {
            list.insert(0, Expr::Identifier(Ident::new(LIKE_ALL)));
        }
        let (expr, pattern) = (Box::new(left.clone()), Box::new(Expr::Tuple(list)));
        Ok(if case_sensitive {
            Expr::Like { negated, any: true, expr, pattern, escape_char: None }
        } else {
            Expr::ILike { negated, any: true, expr, pattern, escape_char: None }
        })
    }))
}

/// `INTERVAL '1' DAY`, `INTERVAL 1 DAY 2 HOURS`, `INTERVAL '1-2' YEAR TO MONTH`, `INTERVAL '1 day'`; none if the word is
/// a name.
fn interval_literal(parser: &mut Parser) -> Option<Parsed> {
    let is_literal = match &parser.peek_nth_token_ref(1).token {
        Token::SingleQuotedString(_) | Token::Number(..) => true,
        Token::Minus | Token::Plus => {
            matches!(parser.peek_nth_token_ref(2).token, Token::Number(..) | Token::SingleQuotedString(_))
                && matches!(&parser.peek_nth_token_ref(3).token, Token::Word(w) if interval::unit(&w.value).is_some())
        }
        _ => false,
    };
    if !is_literal {
        let next_is_paren = parser.peek_nth_token_ref(1).token == Token::LParen;
        return next_is_paren
            .then(|| function(parser))
            .or_else(|| Some(parser.parse_identifier().map(Expr::Identifier)));
    }
    let after_number = parser.peek_nth_token_ref(2);
    if let (Token::Number(..), Token::Word(word)) = (&parser.peek_nth_token_ref(1).token, &after_number.token)
        && interval::unit(&word.value).is_none()
    {
        return Some(parser.expected_ref("a unit of time", after_number));
    }
    let start = parser.next_token();
    let mut text = String::new();
    let mut qualifier = String::from("INTERVAL");
    let mut pairs = 0;
    loop {
        let negative = match parser.peek_token_ref().token {
            Token::Minus => true,
            Token::Plus => false,
            _ => {
                if !matches!(parser.peek_token_ref().token, Token::Number(..) | Token::SingleQuotedString(_)) {
                    break;
                }
                match part(parser, false, &mut text, &mut qualifier, pairs) {
                    true => {
                        pairs += 1;
                        continue;
                    }
                    false => break,
                }
            }
        };
        let signed_pair =
            matches!(parser.peek_nth_token_ref(1).token, Token::Number(..) | Token::SingleQuotedString(_))
                && matches!(&parser.peek_nth_token_ref(2).token, Token::Word(w) if interval::unit(&w.value).is_some());
        // After a whole pair, a sign is an operator.
        if pairs > 0 || !signed_pair {
            break;
        }
        parser.advance_token();
        if !part(parser, negative, &mut text, &mut qualifier, pairs) {
            break;
        }
        pairs += 1;
    }
    let value = Value::SingleQuotedString(text).with_span(start.span);
    Some(Ok(Expr::Prefixed { prefix: Ident::with_span(start.span, qualifier), value: Box::new(Expr::Value(value)) }))
}

/// Reads a number and its unit into `text`, or a whole text with its qualifier; false if nothing more can follow.
fn part(parser: &mut Parser, negative: bool, text: &mut String, qualifier: &mut String, pairs: usize) -> bool {
    let unit_at = |parser: &Parser, at| match &parser.peek_nth_token_ref(at).token {
        Token::Word(word) if word.quote_style.is_none() => interval::unit(&word.value),
        _ => None,
    };
    let number = match &parser.peek_token_ref().token {
        Token::Number(number, _) => number.clone(),
        Token::SingleQuotedString(number) => number.trim().to_string(),
        _ => return false,
    };
    let is_text = matches!(parser.peek_token_ref().token, Token::SingleQuotedString(_));
    let Some(unit) = unit_at(parser, 1) else {
        if pairs == 0 {
            parser.advance_token();
            text.push_str(&number);
        }
        return false;
    };
    let to = matches!(&parser.peek_nth_token_ref(2).token, Token::Word(w) if w.keyword == Keyword::TO);
    if is_text
        && to
        && pairs == 0
        && let Some(end) = unit_at(parser, 3)
    {
        for _ in 0..4 {
            parser.advance_token();
        }
        if negative {
            qualifier.push_str(" -");
        }
        qualifier.push_str(&format!(" {} TO {}", unit.name(), end.name()));
        text.push_str(&number);
        return false;
    }
    parser.advance_token();
    parser.advance_token();
    if !text.is_empty() {
        text.push(' ');
    }
    let flipped = number.strip_prefix('-').filter(|_| negative);
    let sign = if negative && flipped.is_none() { "-" } else { "" };
    text.push_str(&format!("{sign}{} {}", flipped.unwrap_or(&number), unit.name()));
    if pairs == 0 {
        qualifier.push_str(&format!(" {}", unit.name()));
    } else {
        qualifier.push_str(" +");
    }
    true
}
