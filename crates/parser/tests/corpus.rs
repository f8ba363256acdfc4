//! Texts that Apache Spark 4.2 was asked to parse: those it accepts are accepted, those it refuses are refused with its
//! condition and parameters. `corpus.jsonl` is the recording; what differs is listed here, and nothing else may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use firesteel_parser::parse_statement;
use serde_json::Value;

/// Accepted by Spark, refused here as unsupported.
const UNSUPPORTED: &[&str] = &[];

/// Texts for which condition or parameters differ, with the reason.
const DIFFERENT: &[(&str, &str)] = &[];

/// Accepted here, refused by Spark; or the other way round, with the reason.
const DISAGREE: &[(&str, &str)] = &[];

fn outcome(case: &Value) -> Result<(), String> {
    let sql = case["sql"].as_str().unwrap();
    let listed = |list: &[(&str, &str)]| list.iter().any(|(text, _)| *text == sql);
    let expected = case["error"].as_str();
    let unbound = |condition| condition == Some("UNBOUND_SQL_PARAMETER");
    match (expected, parse_statement(sql)) {
        (_, Ok(_)) if listed(DISAGREE) == expected.is_none() => Err("agreement is not as listed".to_string()),
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
