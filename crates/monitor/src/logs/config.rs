//! What a log4j file asks for, whichever of the two formats it has.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Level;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct LogConfig {
    /// The root's level.
    pub root_level: Level,
    /// The root's appenders.
    pub root_appenders: Vec<String>,
    /// Further loggers, by name.
    pub loggers: BTreeMap<String, LoggerConfig>,
    /// The appenders.
    pub appenders: BTreeMap<String, AppenderConfig>,
}

/// A logger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggerConfig {
    /// Its level, if it has its own.
    pub level: Option<Level>,
    /// Appenders of its own.
    pub appenders: Vec<String>,
    /// Whether the appenders of the loggers above it write its records as well.
    pub is_isolated: bool,
}

/// Where records go, and how they look there.
#[derive(Debug, Clone, PartialEq)]
pub struct AppenderConfig {
    /// Where.
    pub target: Target,
    /// How.
    pub layout: Layout,
    /// Only records of this level or a graver one.
    pub threshold: Option<Level>,
}

/// Where records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A file.
    File {
        /// Which.
        path: PathBuf,
        /// Whether what is there stays.
        append: bool,
    },
    /// Files that roll.
    Rolling(Rolling),
}

/// A file that is set aside when it is large or old enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rolling {
    /// The file that is written.
    pub path: PathBuf,
    /// What a file that is set aside is called: `%i` is its number, `%d{…}` its date. Without it, `<path>.%i`.
    pub pattern: Option<String>,
    /// At which size, in bytes.
    pub size_max: Option<u64>,
    /// At each change of a date in this pattern.
    pub date: Option<String>,
    /// How many files are kept.
    pub kept: usize,
    /// Whether what is there stays.
    pub append: bool,
}

/// How records look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// By a pattern.
    Pattern(String),
    /// As Spark's structured logs.
    Json,
}

impl LogConfig {
    /// Without a file: standard error.
    pub fn standard(level: Level, layout: Layout) -> Self {
        let console = AppenderConfig { target: Target::Stderr, layout, threshold: None };
        Self {
            root_level: level,
            root_appenders: vec!["console".into()],
            loggers: BTreeMap::new(),
            appenders: BTreeMap::from([("console".to_string(), console)]),
        }
    }

    /// The level of a logger, and whether it comes from a configured logger rather than from the root.
    pub fn level(&self, logger: &str) -> (Level, bool) {
        match self.above(logger).find_map(|config| config.level) {
            Some(level) => (level, true),
            None => (self.root_level, false),
        }
    }

    /// The appenders that write a logger's records, each once.
    pub fn appenders_of<'a>(&'a self, logger: &str) -> Vec<&'a str> {
        let mut all: Vec<&str> = Vec::new();
        for config in self.above(logger) {
            all.extend(config.appenders.iter().map(String::as_str));
            if config.is_isolated {
                return unique(all);
            }
        }
        all.extend(self.root_appenders.iter().map(String::as_str));
        unique(all)
    }

    /// The configured loggers whose names contain this one, the nearest first.
    fn above<'a, 'b>(&'a self, logger: &'b str) -> impl Iterator<Item = &'a LoggerConfig> + use<'a, 'b> {
        let mut name = Some(logger);
        std::iter::from_fn(move || {
            while let Some(now) = name {
                name = now.rsplit_once('.').map(|(above, _)| above);
                if let Some(config) = self.loggers.get(now) {
                    return Some(config);
                }
            }
            None
        })
    }
}

fn unique(mut names: Vec<&str>) -> Vec<&str> {
    let mut seen = Vec::new();
    names.retain(|name| {
        let is_new = !seen.contains(name);
        seen.push(*name);
        is_new
    });
    names
}

/// `10MB`, `1 gb`, `500`.
pub(super) fn size(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_uppercase();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let factor = match unit.trim() {
        "" | "B" => 1,
        "K" | "KB" => 1 << 10,
        "M" | "MB" => 1 << 20,
        "G" | "GB" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_logger_counts() {
        let mut config = LogConfig::standard(Level::Warn, Layout::Json);
        let logger = |level, is_isolated| LoggerConfig { level, appenders: vec!["own".into()], is_isolated };
        config.loggers.insert("a".into(), logger(Some(Level::Error), true));
        config.loggers.insert("a.b".into(), logger(Some(Level::Debug), false));
        assert_eq!(config.level("a.b.C"), (Level::Debug, true));
        assert_eq!(config.level("a.bc"), (Level::Error, true));
        assert_eq!(config.level("x"), (Level::Warn, false));
        assert_eq!(config.appenders_of("a.b.C"), ["own"]);
        assert_eq!(config.appenders_of("x.y"), ["console"]);
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!([size("10MB"), size("1 gb"), size("5"), size("x")], [Some(10 << 20), Some(1 << 30), Some(5), None]);
    }
}
