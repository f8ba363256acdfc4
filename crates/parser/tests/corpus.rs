//! Texts that Apache Spark 4.2 was asked to parse: those it accepts are accepted, those it refuses are refused with its
//! condition and parameters. `corpus.jsonl` is the recording; what differs is listed here, and nothing else may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use firesteel_parser::parse_statement;
use serde_json::Value;

/// Accepted by Spark, refused here as unsupported.
const UNSUPPORTED: &[&str] = &[
    "SELECT * FROM t UNPIVOT INCLUDE NULLS ((v, w) FOR n IN ((a, b) AS x, (c, d)))",
    "SELECT * FROM t VERSION AS OF 1",
    "SELECT * FROM t TIMESTAMP AS OF '2020-01-01'",
];

/// Texts for which condition or parameters differ, with the reason.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "SELECT a || b, a DIV b, a % b, a MOD b, a ^ b, ~a, -a, +a, !a, a << 1, a >> 1, a >>> 1, a & b, a | b FROM t",
        "the hint says that the token is extra input",
    ),
    (
        "SELECT INTERVAL '1' DAY, INTERVAL 10 minutes, INTERVAL '1-2' YEAR TO MONTH, INTERVAL 1 DAY 2 HOURS, INTERVAL '1 day 2 hours', INTERVAL -1 MONTH, INTERVAL '1 02:03:04' DAY TO SECOND, INTERVAL 1 MONTH 2 DAYS, INTERVAL '10' SECONDS",
        "the literal in the parameter has its units in the singular",
    ),
    ("SELECT interval a days FROM t", "the hint says that the token is extra input"),
    ("SELECT * FROM (SELECT 1", "the place is where the parenthesis cannot be a table"),
    ("SELECT CASE WHEN a THEN 1 ELSE END FROM t", "the hint says that the token is extra input"),
    ("SELECT a FROM t FOR UPDATE", "the place is the start of the query"),
    ("SELECT a FROM t TABLESAMPLE (0.1)", "a sample by size is unsupported here and refused by Spark"),
    ("SHOW TABLE", "the place is the token before the end"),
    ("ALTER TABLE t RENAME u", "the place is the keyword before the name"),
    ("SELECT a FROM t GROUP BY", "Spark reads GROUP as an alias"),
    ("SELECT a FROM t ORDER BY", "Spark reads ORDER as an alias"),
    ("SELECT count( FROM t", "Spark reads FROM as a column"),
    ("SELECT CAST(a INT)", "Spark reads an alias and says that the token is extra input"),
    ("SELECT CASE WHEN a THEN 1", "the hint says that the token is extra input"),
    ("SELECT a FROM (SELECT b FROM c)) d", "the hint says that the token is extra input"),
    ("SELECT a b c FROM t", "the hint says that the token is extra input"),
    ("SELECT * FROM t WHERE a IN (SELECT b FROM u) AND c > ALL (SELECT 1)", "the place is the left operand"),
    ("SELECT E'a'", "a word before a string is no literal of another type"),
    ("SELECT b'1'", "a word before a string is no literal of another type"),
    ("SELECT N'x'", "a word before a string is no literal of another type"),
];

/// Accepted here, refused by Spark; or the other way round, with the reason.
const DISAGREE: &[(&str, &str)] = &[
    ("SELECT TRANSFORM(a) USING 'cat' FROM t", "TRANSFORM with scripts is not read"),
    ("SELECT t.1a FROM t", "a name after a dot cannot start with a digit"),
    ("SELECT a:b FROM t", "paths into semi-structured values are not read"),
    ("SELECT a FROM t WHERE", "Spark reads WHERE as an alias"),
    ("SELECT 1 FROM t LIMIT", "Spark reads LIMIT as an alias"),
    ("SELECT a, FROM t", "Spark reads FROM as a column and t as its alias"),
    ("SELECT sum(a) OVER w FROM t", "a missing window is refused when read; Spark refuses it when it analyzes"),
    ("SELECT DISTINCT ON (a) b FROM t", "Spark reads ON as a function"),
    ("SELECT not a, not exists (select 1), a = any(b) FROM t", "after a comparison ANY is no function"),
    ("SELECT sum(a) OVER (w ORDER BY c) FROM t WINDOW w AS (PARTITION BY b)", "a window may extend a named one here"),
    ("SELECT a FROM t UNION BY NAME SELECT b FROM u", "UNION BY NAME is UNION DISTINCT BY NAME here"),
];

fn outcome(case: &Value) -> Result<(), String> {
    let sql = case["sql"].as_str().unwrap();
    let listed = |list: &[(&str, &str)]| list.iter().any(|(text, _)| *text == sql);
    let expected = case["error"].as_str();
    let unbound = |condition| condition == Some("UNBOUND_SQL_PARAMETER");
    match (expected, parse_statement(sql)) {
        (_, Ok(_)) if UNSUPPORTED.contains(&sql) => Err("listed as unsupported, and read".to_string()),
        (_, Ok(_)) if listed(DISAGREE) != expected.is_some() => Err("agreement is not as listed".to_string()),
        (_, Ok(_)) => Ok(()),
        (None, Err(e)) if e.condition() == Some("UNSUPPORTED_FEATURE.FIRESTEEL") => match UNSUPPORTED.contains(&sql) {
            true => Ok(()),
            false => Err(format!("unsupported and not listed: {e}")),
        },
        (None, Err(e)) if unbound(e.condition()) => Ok(()),
        (None, Err(_)) if listed(DISAGREE) => Ok(()),
        (None, Err(e)) => Err(format!("refused: {e}")),
        (Some(_), Err(_)) if listed(DIFFERENT) => Ok(()),
        (Some(condition), Err(e)) => {
            let params: BTreeMap<String, String> = serde_json::from_value(case["params"].clone()).unwrap_or_default();
            match e.condition() == Some(condition) && *e.params() == params {
                true => Ok(()),
                false => Err(format!("expected {condition} {params:?}, got {:?} {:?}", e.condition(), e.params())),
            }
        }
    }
}

#[test]
fn spark_and_firesteel_agree() {
    let cases: Vec<Value> =
        include_str!("corpus.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() >= 300);
    let failures: Vec<String> =
        cases.iter().filter_map(|case| outcome(case).err().map(|e| format!("{}\n    {e}", case["sql"]))).collect();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}
