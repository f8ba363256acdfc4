//! What a query takes from the session that starts it: DataFusion's state, settings, and a place for views.

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::datasource::TableProvider;
use datafusion::execution::SessionState;
use datafusion::physical_planner::ExtensionPlanner;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::{FormatContext, ZoneId};
use firesteel_settings::{MILLISECOND, micros};

use crate::batch::Batch;

/// See the module.
pub trait StreamSession: Debug + Send + Sync {
    /// The same session with the settings of now: a query that runs does not see later changes of settings.
    fn with_settings_of_now(self: Arc<Self>) -> Arc<dyn StreamSession>;

    /// DataFusion's session state.
    fn state(&self) -> SessionState;

    /// A setting, or Spark's default for it.
    fn setting(&self, name: &str) -> Option<String>;

    /// The rows as `df.show(rows, truncate)` prints them, without the line end that printing adds; a cell longer than
    /// `truncate` is cut (0: never).
    fn show(&self, batch: &Batch, rows: usize, truncate: usize) -> Result<String>;

    /// Makes a table visible under `name`, replacing a view of that name.
    fn register_temp_view(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()>;

    /// What readers and writers of files take from the session.
    fn format_context(&self) -> Result<FormatContext> {
        FormatContext::from_settings(Arc::clone(self.state().runtime_env()), |name| self.setting(name))
    }

    /// Planners for logical nodes of the session's own.
    fn extension_planners(&self) -> Vec<Arc<dyn ExtensionPlanner + Send + Sync>> {
        Vec::new()
    }
}

/// Reads settings of a session by type.
#[derive(Debug, Clone)]
pub struct Settings(Arc<dyn StreamSession>);

impl Settings {
    /// The settings of `session`.
    pub fn new(session: Arc<dyn StreamSession>) -> Self {
        Self(session)
    }

    /// The text of a setting; an empty one counts as not set.
    pub fn text(&self, name: &str) -> Option<String> {
        self.0.setting(name).filter(|value| !value.is_empty())
    }

    /// The session's time zone.
    pub fn zone(&self) -> ZoneId {
        self.text("spark.sql.session.timeZone").and_then(|zone| zone.parse().ok()).unwrap_or(ZoneId::UTC)
    }

    /// A whole number, at least `least`.
    pub fn number(&self, name: &str, default: i64, least: i64) -> Result<i64> {
        let Some(text) = self.text(name) else { return Ok(default) };
        let number = text.trim().parse::<i64>().ok().filter(|number| *number >= least);
        number.ok_or_else(|| bad_setting(name, &text, &format!("a whole number from {least}")))
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool> {
        match self.text(name).map(|text| text.trim().to_lowercase()).as_deref() {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(bad_setting(name, other, "true or false")),
        }
    }

    /// A time in Spark's form (`10ms`, `2s`, `1min`; a plain number is milliseconds), in milliseconds.
    pub fn time_ms(&self, name: &str, default: i64) -> Result<i64> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => parse_time_ms(&text).ok_or_else(|| bad_setting(name, &text, "a time such as 100ms or 10s")),
        }
    }
}

fn bad_setting(name: &str, value: &str, wanted: &str) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, format!("The setting {name} is {value:?} but should be {wanted}."))
}

/// A time in milliseconds; without a unit it is in milliseconds.
pub fn parse_time_ms(text: &str) -> Option<i64> {
    micros(text, MILLISECOND).map(|time| time / MILLISECOND)
}
