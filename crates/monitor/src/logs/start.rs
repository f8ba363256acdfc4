//! The beginning of logging: which file counts, and what without one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::appender::Appender;
use super::config::{Layout, LogConfig};
use super::pattern::Pattern;
use super::subscriber::{Log4j, Shared};
use super::variables::Variables;
use super::{Level, log4j1, log4j2};
use crate::java_properties;

static LOG: OnceLock<Log4j> = OnceLock::new();

/// Where files are looked for, and what is set.
#[derive(Debug, Clone, Default)]
pub struct LogOptions {
    /// Spark's settings.
    pub settings: BTreeMap<String, String>,
    /// `$SPARK_CONF_DIR`, or `$SPARK_HOME/conf`.
    pub conf_dir: Option<PathBuf>,
    /// The working directory.
    pub working_dir: Option<PathBuf>,
}

/// Starts logging. The file is the first of: the one that `-Dlog4j2.configurationFile` or `-Dlog4j.configuration` names in
/// `spark.driver.extraJavaOptions`; `log4j2.properties`, then `log4j.properties`, in the configuration directory; the same in the working
/// directory. `spark.log.level` beats the root's level.
pub fn start(options: &LogOptions) {
    let (mut config, mut problems) = configuration(options);
    if let Some(text) = options.settings.get("spark.log.level") {
        match Level::parse(text) {
            Some(level) => config.root_level = level,
            None => problems.push(format!("spark.log.level={text} is not a level")),
        }
    }
    let mut appenders = BTreeMap::new();
    for (name, appender) in config.appenders.clone() {
        match Appender::open(appender) {
            Ok((appender, wrong)) => {
                problems.extend(wrong.into_iter().map(|wrong| format!("the appender {name}: {wrong}")));
                appenders.insert(name, appender);
            }
            Err(error) => problems.push(format!("the appender {name} has no effect: {error}")),
        }
    }
    // The process has logging already if it is not the first time; then that stays as it is.
    if LOG.set(Log4j::new(config, appenders)).is_err() {
        return;
    }
    if let Some(log) = LOG.get() {
        let _ = tracing_subscriber::registry().with(Shared(log)).try_init();
    }
    for problem in problems {
        tracing::warn!(target: "firesteel::Logging", "Logging: {problem}.");
    }
}

/// The newest lines of the log, the oldest first.
pub fn recent() -> String {
    LOG.get().map(|log| log.recent.text()).unwrap_or_default()
}

/// The files that the log is written to.
pub fn files() -> Vec<PathBuf> {
    LOG.get().map(Log4j::files).unwrap_or_default()
}

/// Changes the root's level, by Spark's name for it.
pub fn set_level(name: &str) {
    if let (Some(log), Some(level)) = (LOG.get(), Level::parse(name)) {
        log.set_root_level(level);
    }
}

/// The configuration, and what in it has no effect.
fn configuration(options: &LogOptions) -> (LogConfig, Vec<String>) {
    let is_structured = options
        .settings
        .get("spark.log.structuredLogging.enabled")
        .is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let layout = if is_structured { Layout::Json } else { Layout::Pattern(Pattern::SPARK.into()) };
    let standard = LogConfig::standard(Level::Warn, layout);
    let java_options = java_options(&options.settings);
    let mut system = options.settings.clone();
    system.extend(java_options.clone());
    let variables = Variables { own: BTreeMap::new(), system };
    let Some((file, is_second)) = file_of(options, &java_options) else { return (standard, Vec::new()) };
    let properties = match java_properties::read(&file) {
        Ok(properties) => properties,
        Err(error) => return (standard, vec![format!("the configuration is not used: {error}")]),
    };
    let is_first = properties.iter().any(|(key, _)| key.starts_with("log4j."));
    let (config, problems) = if is_first && !is_second {
        log4j1::read(&properties, variables)
    } else {
        log4j2::read(&properties, variables)
    };
    let problems: Vec<String> = problems.into_iter().map(|problem| format!("{}: {problem}", file.display())).collect();
    if config.appenders.is_empty() {
        let nowhere = format!("{} has no appender that can be used; standard error is", file.display());
        let standard = LogConfig { root_level: config.root_level, loggers: config.loggers, ..standard };
        return (standard, [problems, vec![nowhere]].concat());
    }
    (config, problems)
}

/// `-Dname=value` of `spark.driver.extraJavaOptions`.
fn java_options(settings: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let text = settings.get("spark.driver.extraJavaOptions").map_or("", String::as_str);
    let options = text.split_whitespace().filter_map(|word| word.trim_matches(['"', '\'']).strip_prefix("-D"));
    options.filter_map(|option| option.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}

/// The file that counts, and whether it is log4j 2's for certain.
fn file_of(options: &LogOptions, java_options: &BTreeMap<String, String>) -> Option<(PathBuf, bool)> {
    let named = [("log4j2.configurationFile", true), ("log4j.configurationFile", true), ("log4j.configuration", false)];
    for (name, is_second) in named {
        if let Some(file) = java_options.get(name) {
            let file = file.strip_prefix("file://").or_else(|| file.strip_prefix("file:")).unwrap_or(file);
            let found = [options.working_dir.as_deref(), options.conf_dir.as_deref()].into_iter().flatten();
            let found = found.map(|directory| directory.join(file)).find(|file| file.is_file());
            return Some((found.unwrap_or_else(|| PathBuf::from(file)), is_second));
        }
    }
    let directories: [Option<&Path>; 2] = [options.conf_dir.as_deref(), options.working_dir.as_deref()];
    for directory in directories.into_iter().flatten() {
        for (name, is_second) in [("log4j2.properties", true), ("log4j.properties", false)] {
            let file = directory.join(name);
            if file.is_file() {
                return Some((file, is_second));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::logs::config::Target;

    fn options(settings: &[(&str, &str)], conf: &Path, working: &Path) -> LogOptions {
        LogOptions {
            settings: settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            conf_dir: Some(conf.to_path_buf()),
            working_dir: Some(working.to_path_buf()),
        }
    }

    #[test]
    fn the_first_file_in_sparks_order_counts() {
        let (conf, working) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let level = |settings: &[(&str, &str)]| {
            let (config, problems) = configuration(&options(settings, conf.path(), working.path()));
            (config.root_level, problems.len())
        };
        assert_eq!(level(&[]), (Level::Warn, 0));
        let first = "log4j.rootLogger=INFO, c\nlog4j.appender.c=org.apache.log4j.ConsoleAppender\n\
                     log4j.appender.c.layout=org.apache.log4j.SimpleLayout\n";
        std::fs::write(working.path().join("log4j.properties"), first).unwrap();
        assert_eq!(level(&[]), (Level::Info, 0));
        let second = "rootLogger.level = debug\nappender.c.type = Console\nrootLogger.appenderRef.c.ref = c\n";
        std::fs::write(conf.path().join("log4j2.properties"), second).unwrap();
        assert_eq!(level(&[]), (Level::Debug, 0));
        let named = [("spark.driver.extraJavaOptions", "-Xmx1g -Dlog4j.configuration=file:log4j.properties")];
        assert_eq!(level(&named), (Level::Info, 0));
        let missing = [("spark.driver.extraJavaOptions", "-Dlog4j.configuration=no.properties")];
        assert_eq!(level(&missing), (Level::Warn, 1));
    }

    #[test]
    fn structured_logs_are_a_setting() {
        let nowhere = Path::new("/no/such/directory");
        let (config, _) = configuration(&options(&[("spark.log.structuredLogging.enabled", "true")], nowhere, nowhere));
        let console = &config.appenders["console"];
        assert_eq!((&console.target, &console.layout), (&Target::Stderr, &Layout::Json));
    }
}
