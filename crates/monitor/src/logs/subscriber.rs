//! From `tracing` to the appenders.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;

use chrono::Local;
use parking_lot::RwLock;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::Level;
use super::appender::Appender;
use super::config::{LogConfig, Target};
use super::logger;
use super::recent::Recent;
use super::record::Record;

/// The one subscriber.
#[derive(Debug)]
pub(super) struct Log4j {
    config: RwLock<LogConfig>,
    appenders: BTreeMap<String, Appender>,
    pub(super) recent: Recent,
}

impl Log4j {
    pub(super) fn new(config: LogConfig, appenders: BTreeMap<String, Appender>) -> Self {
        Self { config: RwLock::new(config), appenders, recent: Recent::new() }
    }

    /// Changes the root's level; loggers with a level of their own keep it, as in Spark.
    pub(super) fn set_root_level(&self, level: Level) {
        self.config.write().root_level = level;
        tracing::callsite::rebuild_interest_cache();
    }

    /// The files that appenders write.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let config = self.config.read();
        let opened = config.appenders.iter().filter(|(name, _)| self.appenders.contains_key(*name));
        let file = |target: &Target| match target {
            Target::File { path, .. } => Some(path.clone()),
            Target::Rolling(rolling) => Some(rolling.path.clone()),
            Target::Stdout | Target::Stderr => None,
        };
        opened.filter_map(|(_, appender)| file(&appender.target)).collect()
    }

    fn allows(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        let (level, is_own) = self.config.read().level(&logger::name(target));
        let mut filter = level.filter();
        // Libraries beneath the engine speak of trouble only, unless the user names them or wants everything.
        if !is_own && !logger::is_ours(target) && level != Level::Trace {
            filter = filter.min(LevelFilter::WARN);
        }
        *metadata.level() <= filter
    }
}

/// The subscriber is shared with whoever changes its level.
pub(super) struct Shared(pub(super) &'static Log4j);

impl<S: Subscriber> Layer<S> for Shared {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.0.allows(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        self.0.allows(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let config = self.0.config.read();
        let levels = config.loggers.values().filter_map(|logger| logger.level);
        levels.chain([config.root_level]).max().map(Level::filter)
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let record = Record {
            time: Local::now(),
            level: (*metadata.level()).into(),
            logger: logger::name(metadata.target()),
            message: fields.message,
            context: fields.others,
            thread: std::thread::current().name().unwrap_or("thread").to_string(),
            file: metadata.file(),
            line: metadata.line(),
        };
        self.0.recent.add(&record);
        let config = self.0.config.read();
        for name in config.appenders_of(&record.logger) {
            if let Some(appender) = self.0.appenders.get(name) {
                appender.write(&record);
            }
        }
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, String)>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.to_string());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }
}

impl Fields {
    fn put(&mut self, field: &Field, text: String) {
        if field.name() == "message" {
            self.message = text;
        } else {
            self.others.push((field.name(), text));
        }
    }
}
