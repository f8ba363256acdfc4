//! `log4j2.properties` of log4j 2: `rootLogger.level = info`, `appender.console.type = Console` …

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Level;
use super::config::{AppenderConfig, Layout, LogConfig, LoggerConfig, Rolling, Target, size};
use super::variables::Variables;

/// What the file asks for, and what in it has no effect.
pub(super) fn read(properties: &[(String, String)], mut variables: Variables) -> (LogConfig, Vec<String>) {
    for (key, value) in properties {
        if let Some(name) = key.strip_prefix("property.") {
            variables.own.insert(name.to_string(), value.clone());
        }
    }
    let lines = properties.iter().map(|(key, value)| (key.clone(), variables.expand(value).trim().to_string()));
    let mut reader = Reader {
        lines: lines.collect(),
        config: LogConfig::standard(Level::Error, Layout::Pattern("%m%n".into())),
        problems: Vec::new(),
    };
    reader.config.appenders.clear();
    reader.config.root_appenders.clear();
    reader.run();
    (reader.config, reader.problems)
}

struct Reader {
    lines: BTreeMap<String, String>,
    config: LogConfig,
    problems: Vec<String>,
}

impl Reader {
    fn run(&mut self) {
        for (key, value) in self.lines.clone() {
            let first = key.split('.').next().unwrap_or_default();
            match first {
                "rootLogger" | "logger" | "appender" | "property" | "status" | "name" | "monitorInterval"
                | "appenders" | "loggers" | "dest" | "verbose" | "packages" | "shutdownHook" => {}
                _ => self.problems.push(format!("{key}={value} has no effect")),
            }
        }
        let root = self.logger("rootLogger");
        self.config.root_level = root.level.unwrap_or(self.config.root_level);
        self.config.root_appenders = root.appenders;
        for id in self.children("logger") {
            let logger = self.logger(&format!("logger.{id}"));
            match self.get(&format!("logger.{id}.name")) {
                Some(name) => drop(self.config.loggers.insert(name.to_string(), logger)),
                None => self.problems.push(format!("logger.{id} has no effect: it has no name")),
            }
        }
        for id in self.children("appender") {
            self.appender(&format!("appender.{id}"), &id);
        }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.lines.get(key).map(String::as_str)
    }

    /// What stands between a prefix and the next dot.
    fn children(&self, prefix: &str) -> BTreeSet<String> {
        let dotted = format!("{prefix}.");
        let below = self.lines.keys().filter_map(|key| key.strip_prefix(&dotted));
        below.filter_map(|rest| rest.split('.').next()).map(str::to_string).collect()
    }

    fn logger(&mut self, prefix: &str) -> LoggerConfig {
        // The level and the appenders may stand together: `rootLogger = info, console`.
        let together = self.get(prefix).unwrap_or_default().to_string();
        let mut parts = together.split(',').map(str::trim).filter(|part| !part.is_empty());
        let level = self.get(&format!("{prefix}.level")).or(parts.next()).map(str::to_string);
        let mut appenders: Vec<String> = parts.map(str::to_string).collect();
        for id in self.children(&format!("{prefix}.appenderRef")) {
            appenders.extend(self.get(&format!("{prefix}.appenderRef.{id}.ref")).map(str::to_string));
        }
        let parsed = level.as_deref().and_then(Level::parse);
        if let Some(level) = level
            && parsed.is_none()
        {
            self.problems.push(format!("{prefix}.level: {level} is not a level"));
        }
        let is_isolated =
            self.get(&format!("{prefix}.additivity")).is_some_and(|text| text.eq_ignore_ascii_case("false"));
        LoggerConfig { level: parsed, appenders, is_isolated }
    }

    fn appender(&mut self, prefix: &str, id: &str) {
        let name = self.get(&format!("{prefix}.name")).unwrap_or(id).to_string();
        let get = |option: &str| self.get(&format!("{prefix}.{option}")).map(str::to_string);
        let kind = get("type").unwrap_or_default();
        let append = get("append").is_none_or(|text| !text.eq_ignore_ascii_case("false"));
        let path = get("fileName").map(PathBuf::from);
        let target = match (kind.to_ascii_lowercase().as_str(), path) {
            ("console", _) => {
                let is_error = get("target").is_some_and(|target| target.eq_ignore_ascii_case("SYSTEM_ERR"));
                if is_error { Target::Stderr } else { Target::Stdout }
            }
            ("file" | "randomaccessfile", Some(path)) => Target::File { path, append },
            ("rollingfile" | "rollingrandomaccessfile", Some(path)) => {
                Target::Rolling(self.rolling(prefix, path, append))
            }
            ("file" | "randomaccessfile" | "rollingfile" | "rollingrandomaccessfile", None) => {
                return self.problems.push(format!("{prefix} has no effect: it has no fileName"));
            }
            _ => {
                let known = "there are Console, File and RollingFile";
                return self.problems.push(format!("{prefix}.type={kind} has no effect: {known}"));
            }
        };
        let threshold = self.get(&format!("{prefix}.filter.threshold.level")).and_then(Level::parse);
        let layout = self.layout(prefix);
        self.config.appenders.insert(name, AppenderConfig { target, layout, threshold });
    }

    fn rolling(&mut self, prefix: &str, path: PathBuf, append: bool) -> Rolling {
        let mut pattern = self.get(&format!("{prefix}.filePattern")).map(str::to_string);
        if let Some(bare) = pattern.as_deref().and_then(|pattern| pattern.strip_suffix(".gz")) {
            self.problems.push(format!("{prefix}.filePattern: files that are set aside are not compressed"));
            pattern = Some(bare.to_string());
        }
        let mut rolling = Rolling { path, pattern, size_max: None, date: None, kept: 7, append };
        for id in self.children(&format!("{prefix}.policies")) {
            let policy = format!("{prefix}.policies.{id}");
            match self.get(&format!("{policy}.type")).unwrap_or_default() {
                "SizeBasedTriggeringPolicy" => {
                    let text = self.get(&format!("{policy}.size")).unwrap_or("10MB");
                    rolling.size_max = size(text);
                    if rolling.size_max.is_none() {
                        self.problems.push(format!("{policy}.size={text} is not a size"));
                    }
                }
                "TimeBasedTriggeringPolicy" => {
                    let date = rolling
                        .pattern
                        .as_deref()
                        .and_then(|pattern| Some(pattern.split_once("%d{")?.1.split_once('}')?.0.to_string()));
                    rolling.date = date.or(Some("yyyy-MM-dd".into()));
                }
                "OnStartupTriggeringPolicy" | "" => {}
                other => self.problems.push(format!("{policy}.type={other} has no effect")),
            }
        }
        if let Some(kept) = self.get(&format!("{prefix}.strategy.max")).and_then(|text| text.parse().ok()) {
            rolling.kept = kept;
        }
        rolling
    }

    fn layout(&mut self, prefix: &str) -> Layout {
        let kind = self.get(&format!("{prefix}.layout.type")).unwrap_or("PatternLayout").to_string();
        let pattern = self.get(&format!("{prefix}.layout.pattern")).map(str::to_string);
        match kind.as_str() {
            "JsonTemplateLayout" | "JsonLayout" => Layout::Json,
            "PatternLayout" => Layout::Pattern(pattern.unwrap_or_else(|| "%m%n".into())),
            _ => {
                self.problems.push(format!("{prefix}.layout.type={kind} is not known; PatternLayout is used"));
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
        let text = "rootLogger.level = info\nrootLogger.appenderRef.stdout.ref = console\n\
            appender.console.type = Console\nappender.console.name = console\nappender.console.target = SYSTEM_ERR\n\
            appender.console.layout.type = PatternLayout\n\
            appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex\n\
            property.dir = /logs\nappender.f.type = RollingFile\nappender.f.name = file\n\
            appender.f.fileName = ${dir}/a.log\nappender.f.filePattern = ${dir}/a-%d{yyyy-MM-dd}-%i.log\n\
            appender.f.layout.type = JsonTemplateLayout\nappender.f.policies.type = Policies\n\
            appender.f.policies.size.type = SizeBasedTriggeringPolicy\nappender.f.policies.size.size = 1KB\n\
            appender.f.policies.time.type = TimeBasedTriggeringPolicy\nappender.f.strategy.max = 3\n\
            logger.jetty.name = org.sparkproject.jetty\nlogger.jetty.level = warn\n\
            logger.q.name = org.apache.spark.sql\nlogger.q.level = debug\nlogger.q.additivity = false\n\
            logger.q.appenderRef.f.ref = file\n";
        let (config, problems) = read(&parse(text).unwrap(), Variables::default());
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!((config.root_level, config.appenders["console"].target.clone()), (Level::Info, Target::Stderr));
        let Target::Rolling(rolling) = &config.appenders["file"].target else { unreachable!() };
        assert_eq!((rolling.size_max, rolling.kept, rolling.date.as_deref()), (Some(1024), 3, Some("yyyy-MM-dd")));
        assert_eq!(config.appenders["file"].layout, Layout::Json);
        assert_eq!(config.appenders_of("org.apache.spark.sql.X"), ["file"]);
        assert_eq!(config.level("org.sparkproject.jetty.Server"), (Level::Warn, true));
    }

    #[test]
    fn what_has_no_effect_is_said() {
        let text = "rootLogger = loud, console\nappender.k.type = Kafka\nwhat = 1\nlogger.x.level = info\n";
        let (_, problems) = read(&parse(text).unwrap(), Variables::default());
        assert_eq!(problems.len(), 4, "{problems:?}");
    }
}
