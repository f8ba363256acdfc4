//! `df.write.format("console").save()`: the rows on the engine's standard output, as `df.show()` prints them.

use std::io::Write;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::Options;
use futures::StreamExt;

use crate::analyzed::Analyzed;
use crate::display::{Show, show, zone};
use crate::error::from_datafusion;
use crate::session::Session;

const ROWS: usize = 20;
const CHARACTERS: usize = 20;

/// Prints the first rows. The save mode, partition columns and a path mean nothing here, as in Spark.
pub(super) async fn print(session: &Session, analyzed: &Analyzed, options: &Options) -> Result<()> {
    options.report_unknown("console", &["numRows", "truncate"]);
    let rows = match options.get("numRows") {
        None => ROWS,
        Some(text) => text
            .trim()
            .parse()
            .map_err(|_| SparkError::plain(Exception::NumberFormat, format!("For input string: \"{text}\"")))?,
    };
    let truncate = match options.get("truncate").map(str::to_lowercase).as_deref() {
        None | Some("true") => CHARACTERS,
        Some("false") => 0,
        Some(text) => {
            return Err(SparkError::plain(Exception::IllegalArgument, format!("For input string: \"{text}\"")));
        }
    };
    // One row more than is shown tells that there are more.
    let mut batches = Vec::new();
    let mut count = 0;
    let mut stream = session.execute(analyzed).await?;
    while count <= rows
        && let Some(batch) = stream.next().await
    {
        let batch = batch.map_err(from_datafusion)?;
        count += batch.num_rows();
        batches.push(batch);
    }
    let names: Vec<String> = analyzed.output.iter().map(|attribute| attribute.name.clone()).collect();
    let table = show(&names, &batches, Show { rows, truncate, vertical: false, zone: zone(session.conf()) });
    let mut output = std::io::stdout().lock();
    let written = writeln!(output, "{table}").and_then(|()| output.flush());
    written.map_err(|error| SparkError::io("Cannot write to the console", error))
}
