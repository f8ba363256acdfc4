//! Properties files and the conversion patterns of logs: any text gives settings or an error, and a line for every record.
#![no_main]

use firesteel_monitor::java_properties;
use firesteel_monitor::logs::pattern::Pattern;
use firesteel_monitor::logs::{Level, record::Record};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let settings = java_properties::parse(text).unwrap_or_default();
    let patterns = settings.iter().map(|(_, value)| value.as_str()).chain([text]);
    for pattern in patterns {
        Pattern::parse(pattern).0.render(&Record {
            time: chrono::DateTime::UNIX_EPOCH.into(),
            level: Level::Info,
            logger: "org.apache.spark.Streaming".into(),
            message: text.into(),
            context: vec![("batch", "1".into())],
            thread: "main".into(),
            file: Some("fuzz.rs"),
            line: Some(1),
        });
    }
});
