//! Functions, one expression at a time: column name, type, nullability and value as Spark 4.2 gave them.
//!
//! `data/functions.tsv` was recorded from Spark: expression, name, type, nullability, value as text (`!CONDITION` for an
//! error). The environment variable `FUNCTIONS_TSV` names another file of that form, whose differences are printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use arrow::array::{Array, RecordBatch};
use firesteel_parser::Statement;
use firesteel_sql::display::{Style, format_value};
use firesteel_sql::{Engine, EngineConfig, Session, types};

fn session() -> Session {
    let settings = vec![("spark.sql.session.timeZone".to_string(), "UTC".to_string())];
    Session::new(Engine::new(EngineConfig { settings }).unwrap(), "test")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

fn values(batches: &[RecordBatch]) -> String {
    let style = Style { null: "null", ..Style::default() };
    let mut shown = Vec::new();
    for batch in batches {
        let column = batch.column(0);
        for row in 0..batch.num_rows() {
            let null = column.is_null(row) || column.data_type() == &arrow::datatypes::DataType::Null;
            shown.push(if null { "NULL".to_string() } else { format_value(column, row, style) });
        }
    }
    shown.join(";")
}

/// What this engine makes of an expression, in the form of the recorded file.
async fn outcome(session: &Session, expression: &str) -> [String; 4] {
    let sql = if expression.to_lowercase().starts_with("select ") {
        expression.to_string()
    } else {
        format!("select {expression}")
    };
    let failed = |error: firesteel_error::SparkError| {
        let text = format!("!{}", error.condition().unwrap_or("None"));
        [String::new(), String::new(), String::new(), text]
    };
    let relation = match firesteel_parser::parse_statement(&sql) {
        Ok(Statement::Query(relation)) => relation,
        Ok(_) => return [String::new(), String::new(), String::new(), "!COMMAND".into()],
        Err(error) => return failed(error),
    };
    let analyzed = match session.analyze(&relation) {
        Ok(analyzed) => analyzed,
        Err(error) => return failed(error),
    };
    let first = &analyzed.output[0];
    let (name, kind) = (escaped(&first.name), types::simple_name(first.field.data_type()));
    let nullable = first.field.is_nullable().to_string();
    let value = match session.collect(&analyzed).await {
        Ok(batches) => escaped(&values(&batches)),
        Err(error) => format!("!{}", error.condition().unwrap_or("None")),
    };
    [name, kind, nullable, value]
}

/// The differences from a recorded file; `strict` compares nullability too.
async fn differences(recorded: &str) -> (usize, Vec<String>) {
    let session = session();
    let (mut count, mut wrong) = (0, Vec::new());
    for line in recorded.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [expression, expected @ ..] = fields.as_slice() else { continue };
        count += 1;
        let actual = outcome(&session, expression).await;
        let same = actual.iter().zip(expected).all(|(a, e)| a == e);
        if !same {
            wrong.push(format!("{expression}\n  spark  {}\n  here   {}", expected.join(" | "), actual.join(" | ")));
        }
    }
    (count, wrong)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_are_sparks() {
    // What is known to differ, in a name, a rounding or an interval's fields; nothing else may, and these must.
    let known: Vec<&str> = include_str!("data/functions_differ.txt").lines().collect();
    let (count, wrong) = differences(include_str!("data/functions.tsv")).await;
    assert!(count > 0);
    let expression = |difference: &String| difference.lines().next().unwrap_or_default().to_string();
    let news: Vec<&String> = wrong.iter().filter(|d| !known.contains(&expression(d).as_str())).collect();
    assert!(news.is_empty(), "{} of {count} differ:\n{}", news.len(), wrong.join("\n"));
    let same: Vec<&&str> = known.iter().filter(|k| !wrong.iter().any(|d| expression(d) == **k)).collect();
    assert!(same.is_empty(), "no longer different, take them off the list: {same:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_recordings() {
    let Ok(path) = std::env::var("FUNCTIONS_TSV") else { return };
    let (count, wrong) = differences(&std::fs::read_to_string(path).unwrap()).await;
    println!("{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Names of `pyspark.sql.functions` that are neither functions of SQL nor of the kinds this engine leaves out.
fn counts(name: &str) -> bool {
    let left_out = [
        "st_",
        "hll_",
        "kll_",
        "theta_",
        "tuple_",
        "approx_top_k",
        "vector_",
        "schema_of_variant",
        "variant_",
        "xpath",
        "bitmap_",
        "time_",
    ];
    let not_sql = [
        "col",
        "column",
        "lit",
        "expr",
        "broadcast",
        "udf",
        "udtf",
        "pandas_udf",
        "arrow_udf",
        "arrow_udtf",
        "unwrap_udt",
        "when",
        "asc",
        "desc",
        "asc_nulls_first",
        "asc_nulls_last",
        "desc_nulls_first",
        "desc_nulls_last",
        "call_function",
        "call_udf",
        "to_xml",
        "from_xml",
        "schema_of_xml",
        "parse_json",
        "try_parse_json",
        "is_variant_null",
        "try_variant_get",
        "to_variant_object",
        "count_min_sketch",
        "years",
        "months",
        "days",
        "hours",
        "bucket",
        "partitioning",
        "AnalyzeArgument",
        "AnalyzeResult",
        "ArrowUDFType",
        "PandasUDFType",
        "OrderingColumn",
        "PartitioningColumn",
        "SelectedColumn",
        "SkipRestOfInputTableException",
        "UserDefinedFunction",
        "UserDefinedTableFunction",
        "pandas_udtf",
    ];
    !left_out.iter().any(|p| name.starts_with(p)) && !not_sql.contains(&name)
}

/// Names that Python spells differently from SQL, and old names for functions that go by new ones.
fn sql_name(name: &str) -> &str {
    match name {
        "approxCountDistinct" => "approx_count_distinct",
        "bitwiseNOT" | "bitwise_not" => "~",
        "countDistinct" | "count_distinct" => "count",
        "shiftLeft" => "shiftleft",
        "shiftRight" => "shiftright",
        "shiftRightUnsigned" => "shiftrightunsigned",
        "sumDistinct" | "sum_distinct" => "sum",
        "toDegrees" => "degrees",
        "toRadians" => "radians",
        "isnotnull" => "isnotnull",
        "negate" | "negative" => "negative",
        other => other,
    }
}

#[test]
fn coverage_of_pyspark() {
    let known = firesteel_sql::function::names();
    let wanted: Vec<&str> = include_str!("data/pyspark_functions.txt").lines().filter(|n| counts(n)).collect();
    let missing: Vec<&str> = wanted.iter().copied().filter(|n| !known.contains(&sql_name(n))).collect();
    let covered = wanted.len() - missing.len();
    println!("{covered} of {} functions of pyspark.sql.functions; missing: {}", wanted.len(), missing.join(", "));
    assert!(covered * 100 >= wanted.len() * 85, "coverage fell: {covered} of {}", wanted.len());
}
