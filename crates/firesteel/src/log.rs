//! Log lines on standard error, written as Spark writes them: `26/11/23 11:26:51 WARN batch: ...`.

use std::fmt;
use std::sync::OnceLock;

use chrono::Local;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, reload};

static FILTER: OnceLock<reload::Handle<Targets, Registry>> = OnceLock::new();

/// Starts logging at WARN, or at the level of the setting `spark.log.level`.
pub fn start(level: Option<&str>) {
    let (filter, handle) = reload::Layer::new(targets(level.and_then(spark_level).unwrap_or(LevelFilter::WARN)));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).event_format(SparkLine);
    // Both fail only if the process has logging already, which then stays as it is.
    if tracing_subscriber::registry().with(filter).with(lines).try_init().is_ok() {
        let _ = FILTER.set(handle);
    }
}

/// Changes the level, by Spark's name for it.
pub fn set_level(name: &str) {
    if let (Some(handle), Some(level)) = (FILTER.get(), spark_level(name)) {
        // It fails only if logging has been torn down.
        let _ = handle.reload(targets(level));
    }
}

/// The level is for the engine; libraries beneath it speak only of trouble, except at the finest level.
fn targets(level: LevelFilter) -> Targets {
    let libraries = if level == LevelFilter::TRACE { level } else { level.min(LevelFilter::WARN) };
    Targets::new().with_default(libraries).with_target("firesteel", level)
}

fn spark_level(name: &str) -> Option<LevelFilter> {
    match name.to_ascii_uppercase().as_str() {
        "OFF" => Some(LevelFilter::OFF),
        "FATAL" | "ERROR" => Some(LevelFilter::ERROR),
        "WARN" => Some(LevelFilter::WARN),
        "INFO" => Some(LevelFilter::INFO),
        "DEBUG" => Some(LevelFilter::DEBUG),
        "TRACE" | "ALL" => Some(LevelFilter::TRACE),
        _ => None,
    }
}

struct SparkLine;

impl<S, N> FormatEvent<S, N> for SparkLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut line: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        let module = metadata.target().rsplit("::").next().unwrap_or_default();
        let now = Local::now().format("%y/%m/%d %H:%M:%S");
        write!(line, "{now} {} {module}: ", metadata.level())?;
        context.field_format().format_fields(line.by_ref(), event)?;
        writeln!(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_quiet_at_info() {
        let targets = targets(LevelFilter::INFO);
        assert!(targets.would_enable("firesteel_streaming::batch", &tracing::Level::INFO));
        assert!(!targets.would_enable("h2::codec", &tracing::Level::INFO));
    }

    #[test]
    fn levels_have_sparks_names() {
        assert_eq!(spark_level("fatal"), Some(LevelFilter::ERROR));
        assert_eq!(spark_level("loud"), None);
    }
}
