//! No text makes the parser panic, overflow the stack or run without end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use firesteel_parser::{
    parse_data_type, parse_expression, parse_interval, parse_multipart_identifier, parse_schema, parse_schema_json,
    parse_statement,
};
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "LATERAL VIEW",
    "OUTER",
    "VALUES",
    "AS",
    "CAST(",
    "INTERVAL",
    "DAY",
    "TO",
    "SECOND",
    "'1'",
    "1",
    "-",
    "a",
    "`b`",
    ".",
    "(",
    ")",
    ",",
    "*",
    "[",
    "]",
    "->",
    "::",
    "INT",
    "<",
    ">",
    ">>>",
    "NOT",
    "IN",
    "LIKE",
    "ANY",
    "EXISTS",
    "UNION",
    "JOIN",
    "ON",
    "WITH",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "?",
    ":x",
    "CREATE",
    "TABLE",
    "VIEW",
    "INSERT INTO",
    "SET",
    "SHOW",
    "DESCRIBE",
    "struct",
    "array",
    "map",
    "=",
    ";",
    "'",
    "\"",
    "/*",
    "*/",
    "--",
    "\n",
    "é",
    "1e9",
    "5L",
];

fn try_all(text: &str) {
    let _ = parse_statement(text);
    let _ = parse_expression(text);
    let _ = parse_data_type(text);
    let _ = parse_schema(text);
    let _ = parse_schema_json(text);
    let _ = parse_multipart_identifier(text);
    let _ = parse_interval(text);
}

proptest! {
    #[test]
    fn of_any_characters(text in ".{0,60}") {
        try_all(&text);
    }

    #[test]
    fn of_the_languages_words(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..14)) {
        try_all(&words.join(" "));
    }
}

#[test]
fn deep_nesting_is_an_error() {
    for (open, middle, close) in [("(", "1", ")"), ("f(", "1", ")"), ("NOT ", "a", ""), ("- ", "a", "")] {
        let text = format!("{}{middle}{}", open.repeat(20_000), close.repeat(20_000));
        let error = parse_expression(&text).expect_err("too deep");
        assert_eq!(error.condition(), Some("FAILED_TO_PARSE_TOO_COMPLEX"), "{error}");
    }
    let text = format!("{}int{}", "array<".repeat(20_000), ">".repeat(20_000));
    assert_eq!(parse_data_type(&text).expect_err("too deep").condition(), Some("FAILED_TO_PARSE_TOO_COMPLEX"));
}

#[test]
fn a_long_condition_is_no_deep_tree() {
    let text = vec!["a = 1"; 20_000].join(" OR ");
    parse_expression(&text).expect("a long condition");
    let sum = vec!["a"; 20_000].join(" + ");
    assert_eq!(parse_expression(&sum).expect_err("too deep").condition(), Some("FAILED_TO_PARSE_TOO_COMPLEX"));
}
