//! What `metrics.properties` and `spark.metrics.conf.*` ask for, read as Spark reads them.
//!
//! A line is `[instance].sink.[name].[option]=[value]` or `[instance].source.[name].class=…`. The instance is `*` (everyone) or
//! `driver`, which beats `*`; other instances belong to processes of a cluster and are left out. Settings
//! `spark.metrics.conf.[line]` beat the file. The file is the one that `spark.metrics.conf` names, or `metrics.properties` in
//! the configuration directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::java_properties;
use crate::redaction::Redaction;

/// The instance that the engine is.
const INSTANCE: &str = "driver";

/// Sources that Spark has and that need no setting here: their metrics are always there.
const KNOWN_SOURCES: [&str; 1] = ["org.apache.spark.metrics.source.JvmSource"];

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetricsConfig {
    /// All properties of the instance, without the instance: `sink.csv.period`.
    pub properties: BTreeMap<String, String>,
    /// What could not be read, one sentence each.
    pub problems: Vec<String>,
}

/// A sink that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkConfig {
    /// The user's name for it.
    pub name: String,
    /// Its options, with its class.
    pub options: BTreeMap<String, String>,
}

impl MetricsConfig {
    /// What the settings and the configuration directory ask for. What cannot be read is a problem, not a failure.
    pub fn load(settings: &BTreeMap<String, String>, conf_dir: Option<&Path>) -> Self {
        let mut problems = Vec::new();
        let mut lines = BTreeMap::new();
        if let Some(file) = file_of(settings, conf_dir) {
            match java_properties::read(&file) {
                Ok(properties) => lines.extend(properties),
                Err(error) => problems.push(format!("The metrics configuration is not used: {error}.")),
            }
        }
        let conf = settings.iter().filter_map(|(key, value)| {
            let key = key.strip_prefix("spark.metrics.conf.")?;
            Some((key.to_string(), value.clone()))
        });
        lines.extend(conf);
        let mut config = Self { properties: BTreeMap::new(), problems };
        config.read_lines(&lines, &Redaction::of(settings));
        config
    }

    /// The sinks, ordered by name.
    pub fn sinks(&self) -> Vec<SinkConfig> {
        let mut sinks: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
        for (key, value) in &self.properties {
            if let Some((name, option)) = key.strip_prefix("sink.").and_then(|rest| rest.rsplit_once('.')) {
                sinks.entry(name).or_default().insert(option.to_string(), value.trim().to_string());
            }
        }
        sinks.into_iter().map(|(name, options)| SinkConfig { name: name.to_string(), options }).collect()
    }

    fn read_lines(&mut self, lines: &BTreeMap<String, String>, redaction: &Redaction) {
        // `*` comes first, so that the instance's own lines beat it.
        for wanted in ["*", INSTANCE] {
            for (key, value) in lines {
                match key.split_once('.') {
                    Some((instance, rest)) if instance == wanted && !rest.is_empty() => {
                        self.properties.insert(rest.to_string(), value.clone());
                    }
                    Some((instance, _)) if is_instance(instance) => {}
                    _ if wanted == "*" => self.problems.push(format!(
                        "The metrics property {key} has no effect: it does not begin with an instance (`*.` or `driver.`)."
                    )),
                    _ => {}
                }
            }
        }
        for (key, value) in &self.properties {
            let is_known = key.starts_with("sink.") && key.matches('.').count() >= 2
                || key.starts_with("source.") && KNOWN_SOURCES.contains(&value.trim());
            if !is_known {
                let why = if key.starts_with("source.") {
                    "there is no JVM to load a source's class"
                } else {
                    "it is not of the form sink.NAME.OPTION"
                };
                let value = redaction.value(key, value);
                self.problems.push(format!("The metrics property {key}={value} has no effect: {why}."));
            }
        }
    }
}

fn file_of(settings: &BTreeMap<String, String>, conf_dir: Option<&Path>) -> Option<PathBuf> {
    if let Some(file) = settings.get("spark.metrics.conf") {
        return Some(PathBuf::from(file.strip_prefix("file://").unwrap_or(file)));
    }
    Some(conf_dir?.join("metrics.properties")).filter(|file| file.is_file())
}

fn is_instance(text: &str) -> bool {
    text == "*" || (!text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    #[test]
    fn the_instance_beats_the_star_and_settings_beat_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let text = "*.sink.g.class=G\n*.sink.g.period=10\ndriver.sink.g.period=20\nexecutor.sink.x.class=X\n\
                    *.sink.g.host=file\n*.source.jvm.class=org.apache.spark.metrics.source.JvmSource\n";
        std::fs::write(directory.path().join("metrics.properties"), text).unwrap();
        let settings = settings(&[("spark.metrics.conf.*.sink.g.host", "setting")]);
        let config = MetricsConfig::load(&settings, Some(directory.path()));
        assert_eq!(config.problems, Vec::<String>::new());
        let options = [("class", "G"), ("host", "setting"), ("period", "20")];
        let options = options.map(|(key, value)| (key.to_string(), value.to_string())).into();
        assert_eq!(config.sinks(), [SinkConfig { name: "g".into(), options }]);
    }

    #[test]
    fn a_file_that_is_named_and_missing_is_a_problem() {
        let config = MetricsConfig::load(&settings(&[("spark.metrics.conf", "/no/such/file")]), None);
        assert!(config.problems[0].contains("/no/such/file"), "{:?}", config.problems);
    }

    #[test]
    fn what_means_nothing_is_said() {
        let conf =
            settings(&[("spark.metrics.conf.sink", "x"), ("spark.metrics.conf.*.source.s.class", "org.example.S")]);
        let problems = MetricsConfig::load(&conf, None).problems;
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[1].contains("org.example.S"));
    }
}
