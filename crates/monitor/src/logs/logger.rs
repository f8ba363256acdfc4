//! Names of loggers: the engine's modules under the packages that people know from Spark, so that their levels work here.

/// The engine's crates and Spark's packages.
const PACKAGES: [(&str, &str); 12] = [
    ("firesteel", "org.apache.spark"),
    ("firesteel_classic", "org.apache.spark.api.python"),
    ("firesteel_connect", "org.apache.spark.sql.connect"),
    ("firesteel_dstream", "org.apache.spark.streaming"),
    ("firesteel_durable", "org.apache.spark.sql.execution.streaming.checkpointing"),
    ("firesteel_events", "org.apache.spark.scheduler"),
    ("firesteel_formats", "org.apache.spark.sql.execution.datasources"),
    ("firesteel_monitor", "org.apache.spark"),
    ("firesteel_python", "org.apache.spark.api.python"),
    ("firesteel_rdd", "org.apache.spark.scheduler"),
    ("firesteel_sql", "org.apache.spark.sql.execution"),
    ("firesteel_streaming", "org.apache.spark.sql.execution.streaming"),
];

/// The logger of a `tracing` target.
///
/// ```
/// use firesteel_monitor::logs::logger::name;
///
/// assert_eq!(name("firesteel_streaming::micro_batch"), "org.apache.spark.sql.execution.streaming.MicroBatch");
/// assert_eq!(name("h2::codec"), "h2.codec");
/// ```
pub fn name(target: &str) -> String {
    let (first, rest) = target.split_once("::").unwrap_or((target, ""));
    let Some((_, package)) = PACKAGES.iter().find(|(name, _)| *name == first) else {
        return target.replace("::", ".");
    };
    let mut name = package.to_string();
    let mut parts = rest.split("::").filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        name.push('.');
        match parts.peek() {
            Some(_) => name.push_str(part),
            None => name.push_str(&class(part)),
        }
    }
    name
}

/// Whether a target is the engine's; libraries beneath it speak of trouble only.
pub fn is_ours(target: &str) -> bool {
    let first = target.split_once("::").map_or(target, |(first, _)| first);
    first == "firesteel" || first.starts_with("firesteel_")
}

/// `micro_batch` as a class.
fn class(module: &str) -> String {
    module
        .split('_')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
        })
        .collect()
}
