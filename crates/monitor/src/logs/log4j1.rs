//! `log4j.properties` of log4j 1: `log4j.rootCategory=INFO, console`, `log4j.appender.console=org.apache.log4j.ConsoleAppender` …

use std::path::PathBuf;

use super::Level;
use super::config::{AppenderConfig, Layout, LogConfig, LoggerConfig, Rolling, Target, size};
use super::variables::Variables;

/// What the file asks for, and what in it has no effect.
pub(super) fn read(properties: &[(String, String)], mut variables: Variables) -> (LogConfig, Vec<String>) {
    variables.own.extend(properties.iter().cloned());
    let lines = properties.iter().filter_map(|(key, value)| {
        Some((key.strip_prefix("log4j.")?.to_string(), variables.expand(value).trim().to_string()))
    });
    let mut reader = Reader {
        lines: lines.collect(),
        config: LogConfig::standard(Level::Debug, Layout::Pattern("%m%n".into())),
        problems: Vec::new(),
    };
    reader.config.appenders.clear();
    reader.config.root_appenders.clear();
    reader.run();
    (reader.config, reader.problems)
}

struct Reader {
    lines: Vec<(String, String)>,
    config: LogConfig,
    problems: Vec<String>,
}

impl Reader {
    fn run(&mut self) {
        for (key, value) in self.lines.clone() {
            match key.split_once('.') {
                None if key == "rootLogger" || key == "rootCategory" => {
                    let root = self.logger(&key, &value);
                    self.config.root_level = root.level.unwrap_or(self.config.root_level);
                    self.config.root_appenders = root.appenders;
                }
                Some(("logger" | "category", name)) => {
                    let logger = self.logger(&key, &value);
                    let known = self.config.loggers.entry(name.to_string()).or_default();
                    (known.level, known.appenders) = (logger.level, logger.appenders);
                }
                Some(("additivity", name)) => {
                    let known = self.config.loggers.entry(name.to_string()).or_default();
                    known.is_isolated = value.eq_ignore_ascii_case("false");
                }
                Some(("appender", name)) if !name.contains('.') => self.appender(name, &value),
                Some(("appender", _)) => {}
                None if matches!(key.as_str(), "debug" | "reset") => {}
                None if key == "threshold" => self.problems.push(format!("log4j.threshold={value} has no effect")),
                _ => self.problems.push(format!("log4j.{key} has no effect")),
            }
        }
    }

    /// `LEVEL, appender, appender`.
    fn logger(&mut self, key: &str, value: &str) -> LoggerConfig {
        let mut parts = value.split(',').map(str::trim);
        let level = parts.next().filter(|level| !level.is_empty());
        let parsed = level.and_then(Level::parse);
        if let Some(level) = level
            && parsed.is_none()
            && !matches!(level.to_ascii_uppercase().as_str(), "INHERITED" | "NULL")
        {
            self.problems.push(format!("log4j.{key}: {level} is not a level"));
        }
        let appenders = parts.filter(|name| !name.is_empty()).map(str::to_string).collect();
        LoggerConfig { level: parsed, appenders, is_isolated: false }
    }

    fn option(&self, appender: &str, option: &str) -> Option<String> {
        let key = format!("appender.{appender}.{option}");
        self.lines.iter().find(|(known, _)| known.eq_ignore_ascii_case(&key)).map(|(_, value)| value.clone())
    }

    fn appender(&mut self, name: &str, class: &str) {
        let append = self.option(name, "append").is_none_or(|text| !text.eq_ignore_ascii_case("false"));
        let path = self.option(name, "file").map(PathBuf::from);
        let target = match (class.rsplit('.').next().unwrap_or(class), path) {
            ("ConsoleAppender", _) => {
                let is_error =
                    self.option(name, "target").is_some_and(|target| target.eq_ignore_ascii_case("System.err"));
                if is_error { Target::Stderr } else { Target::Stdout }
            }
            ("FileAppender" | "RollingFileAppender" | "DailyRollingFileAppender", None) => {
                return self.problems.push(format!("log4j.appender.{name} has no effect: it has no File"));
            }
            ("FileAppender", Some(path)) => Target::File { path, append },
            ("RollingFileAppender", Some(path)) => {
                let size_max = self.option(name, "maxfilesize").and_then(|text| size(&text)).or(Some(10 << 20));
                let kept = self.option(name, "maxbackupindex").and_then(|text| text.parse().ok()).unwrap_or(1);
                Target::Rolling(Rolling { path, pattern: None, size_max, date: None, kept, append })
            }
            ("DailyRollingFileAppender", Some(path)) => {
                let date = self.option(name, "datepattern").unwrap_or_else(|| "'.'yyyy-MM-dd".into());
                let pattern = Some(format!("{}%d{{{date}}}", path.display()));
                Target::Rolling(Rolling { path, pattern, size_max: None, date: Some(date), kept: usize::MAX, append })
            }
            _ => {
                return self.problems.push(format!(
                    "log4j.appender.{name}={class} has no effect: there are ConsoleAppender, FileAppender, \
                     RollingFileAppender and DailyRollingFileAppender"
                ));
            }
        };
        let layout = self.layout(name);
        let threshold = self.option(name, "threshold").and_then(|text| Level::parse(&text));
        self.config.appenders.insert(name.to_string(), AppenderConfig { target, layout, threshold });
    }

    fn layout(&mut self, appender: &str) -> Layout {
        let class = self.option(appender, "layout").unwrap_or_default();
        let pattern = self.option(appender, "layout.conversionpattern");
        match class.rsplit('.').next().unwrap_or_default() {
            "PatternLayout" | "EnhancedPatternLayout" => Layout::Pattern(pattern.unwrap_or_else(|| "%m%n".into())),
            "SimpleLayout" => Layout::Pattern("%p - %m%n".into()),
            "TTCCLayout" => Layout::Pattern("%r [%t] %p %c %x - %m%n".into()),
            _ => {
                self.problems
                    .push(format!("log4j.appender.{appender}.layout={class} is not known; PatternLayout is used"));
                Layout::Pattern(pattern.unwrap_or_else(|| "%m%n".into()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::java_properties::parse;

    #[test]
    fn a_usual_file_is_understood() {
        let text = "log4j.rootCategory=INFO, console\n\
            log4j.appender.console=org.apache.log4j.ConsoleAppender\n\
            log4j.appender.console.layout=org.apache.log4j.PatternLayout\n\
            log4j.appender.console.layout.ConversionPattern=%d{HH:mm:ss} %-5p %c{1}:%L - %m%n\n\
            log4j.appender.file=org.apache.log4j.RollingFileAppender\nlog4j.appender.file.File=${dir}/a.log\n\
            log4j.appender.file.MaxFileSize=1KB\nlog4j.appender.file.MaxBackupIndex=3\n\
            log4j.appender.file.Threshold=ERROR\nlog4j.appender.file.layout=org.apache.log4j.SimpleLayout\n\
            log4j.logger.org.apache.spark.sql=DEBUG, file\nlog4j.additivity.org.apache.spark.sql=false\ndir=/logs\n";
        let (config, problems) = read(&parse(text).unwrap(), Variables::default());
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!((config.root_level, config.root_appenders.as_slice()), (Level::Info, &["console".to_string()][..]));
        let console = &config.appenders["console"];
        assert_eq!(console.target, Target::Stdout);
        assert_eq!(console.layout, Layout::Pattern("%d{HH:mm:ss} %-5p %c{1}:%L - %m%n".into()));
        let Target::Rolling(rolling) = &config.appenders["file"].target else { unreachable!() };
        assert_eq!((rolling.size_max, rolling.kept, rolling.path.to_str()), (Some(1024), 3, Some("/logs/a.log")));
        assert_eq!(config.appenders_of("org.apache.spark.sql.X"), ["file"]);
        assert_eq!(config.level("org.apache.spark.sql.X"), (Level::Debug, true));
    }

    #[test]
    fn what_has_no_effect_is_said() {
        let text = "log4j.rootLogger=LOUD, a\nlog4j.appender.a=org.apache.log4j.net.SMTPAppender\nlog4j.what=1\n";
        let (_, problems) = read(&parse(text).unwrap(), Variables::default());
        assert_eq!(problems.len(), 3, "{problems:?}");
    }
}
