//! Measures how many megabytes a second one core decodes: ad events as JSON lines (4 of 7 fields) and typed CSV.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use firesteel_formats::{FilesTable, FormatContext, Options, format};
use futures::StreamExt;

fn json_lines(rows: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        let id =
            |salt: usize| format!("{:08x}-{:04x}-4c1e-9f00-{:012x}", row * 7919 + salt, row % 65_536, row * 31 + salt);
        let _ = writeln!(
            text,
            r#"{{"user_id": "{}", "page_id": "{}", "ad_id": "{}", "ad_type": "banner", "event_type": "{}", "event_time": "2024-01-01 10:{:02}:{:02}.{:03}", "ip_address": "1.2.3.{}"}}"#,
            id(1),
            id(2),
            id(3),
            ["view", "click", "purchase"][row % 3],
            row / 60_000 % 60,
            row / 1000 % 60,
            row % 1000,
            row % 256
        );
    }
    text
}

fn csv_lines(rows: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        let _ = writeln!(
            text,
            "{row},{},{}.{:02},2024-{:02}-{:02},2024-01-01 10:{:02}:00,name of {row},true",
            row * 7919,
            row % 1000,
            row % 100,
            row % 12 + 1,
            row % 28 + 1,
            row % 60
        );
    }
    text
}

async fn measure(what: &str, name: &str, text: &str, schema: Schema, columns: &[&str]) {
    let path = std::env::temp_dir().join(format!("firesteel-bench-{}.{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let paths = [path.to_string_lossy().into_owned()];
    let context = FormatContext { parallelism: 1, max_partition_bytes: u64::MAX, ..FormatContext::default() };
    let table =
        FilesTable::open(format(name).unwrap(), &paths, Some(Arc::new(schema)), Options::new(), context).await.unwrap();
    let session = SessionContext::new();
    let frame = session.read_table(Arc::new(table)).unwrap().select_columns(columns).unwrap();
    let plan: Arc<dyn ExecutionPlan> = frame.create_physical_plan().await.unwrap();
    let mut best = f64::MAX;
    let mut rows = 0;
    for _ in 0..5 {
        rows = 0;
        let start = Instant::now();
        let mut stream = plan.execute(0, session.task_ctx()).unwrap();
        while let Some(batch) = stream.next().await {
            rows += batch.unwrap().num_rows();
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{what}: {rows} rows, {:.0} MB/s", text.len() as f64 / best / 1e6);
    std::fs::remove_file(path).unwrap();
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let strings = ["user_id", "page_id", "ad_id", "ad_type", "event_type", "event_time", "ip_address"];
    let events = Schema::new(strings.map(|name| Field::new(name, DataType::Utf8, true)).to_vec());
    let text = json_lines(400_000);
    measure(
        "JSON lines, 4 of 7 fields",
        "json",
        &text,
        events.clone(),
        &["user_id", "ad_id", "event_type", "event_time"],
    )
    .await;
    measure("JSON lines, all 7 fields", "json", &text, events, &strings).await;
    let types = [
        ("id", DataType::Int32),
        ("big", DataType::Int64),
        ("price", DataType::Float64),
        ("day", DataType::Date32),
        ("at", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        ("name", DataType::Utf8),
        ("flag", DataType::Boolean),
    ];
    let columns = types.each_ref().map(|(name, _)| *name);
    let schema = Schema::new(types.map(|(name, data_type)| Field::new(name, data_type, true)).to_vec());
    measure("CSV, 7 typed columns", "csv", &csv_lines(1_000_000), schema, &columns).await;
}
