//! A streaming query with Apache's Rust client on an engine inside this very program: no server, no JVM.
//!
//! ```text
//! cargo run --release --manifest-path examples/embedded/Cargo.toml
//! ```

use std::error::Error;
use std::path::Path;

use firesteel::{Engine, EngineOptions};
use spark_connect::session::SparkSession;
use spark_connect::streaming::Trigger;

fn main() -> Result<(), Box<dyn Error>> {
    // The client's calls block, so the engine has a runtime of its own beside them.
    let runtime = tokio::runtime::Runtime::new()?;
    let settings = [("spark.master".to_string(), "local[2]".to_string())].into();
    let engine = runtime.block_on(Engine::start(EngineOptions::for_driver(settings)))?;
    let outcome = count_clicks(&engine.remote());
    runtime.block_on(engine.stop());
    outcome
}

fn count_clicks(remote: &str) -> Result<(), Box<dyn Error>> {
    let place = tempfile::tempdir()?;
    write_clicks(place.path())?;
    let spark = SparkSession::builder().remote(remote).get_or_create()?;
    let query = spark
        .read_stream()
        .schema("page STRING, at TIMESTAMP")
        .option("maxFilesPerTrigger", "1")
        .json(&text(&place.path().join("clicks")))
        .group_by([spark_connect::functions::col("page")])
        .count()
        .write_stream()
        .output_mode("complete")
        .format("memory")
        .query_name("clicks")
        .option("checkpointLocation", &text(&place.path().join("checkpoint")))
        .trigger(Trigger::AvailableNow)
        .start("")?;
    query.await_termination(None)?;
    if let Some(failure) = query.exception()? {
        return Err(format!("{failure:?}").into());
    }
    println!("{} batches", query.recent_progress()?.len());
    spark.sql("SELECT page, `count(1)` AS clicks FROM clicks ORDER BY clicks DESC, page")?.show(20)?;
    Ok(())
}

/// Two files, which become two batches.
fn write_clicks(place: &Path) -> std::io::Result<()> {
    let folder = place.join("clicks");
    std::fs::create_dir(&folder)?;
    for (number, pages) in [["home", "cart", "home"], ["home", "help", "cart"]].into_iter().enumerate() {
        let line = |page| format!("{{\"page\": \"{page}\", \"at\": \"2026-01-01T00:0{number}:00Z\"}}\n");
        std::fs::write(folder.join(format!("{number}.json")), pages.map(line).concat())?;
    }
    Ok(())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
