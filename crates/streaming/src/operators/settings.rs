//! The settings of stateful queries, under Spark's names.

use firesteel_error::{Result, SparkError};

use super::watermark::WatermarkPolicy;
use crate::state::StateSettings;

/// What the incremental planner and the operators want to know of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatefulSettings {
    /// How state is kept.
    pub state: StateSettings,
    /// `spark.sql.streaming.multipleWatermarkPolicy`.
    pub watermark_policy: WatermarkPolicy,
    /// `spark.sql.shuffle.partitions`: reported in the progress. Tasks follow cores and data.
    pub shuffle_partitions: u64,
    /// `spark.sql.streaming.statefulOperator.allowMultiple`.
    pub allow_multiple: bool,
    /// `spark.sql.streaming.statefulOperator.checkCorrectness.enabled`.
    pub check_correctness: bool,
    /// `spark.sql.streaming.unsupportedOperationCheck`.
    pub check_unsupported: bool,
}

impl Default for StatefulSettings {
    fn default() -> Self {
        Self {
            state: StateSettings::default(),
            watermark_policy: WatermarkPolicy::Min,
            shuffle_partitions: 200,
            allow_multiple: true,
            check_correctness: true,
            check_unsupported: true,
        }
    }
}

impl StatefulSettings {
    /// Reads the settings; `get` answers a setting's name with its value, if it is set.
    pub fn from_conf(get: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let mut settings = Self { state: StateSettings::from_conf(get)?, ..Self::default() };
        if let Some(policy) = get("spark.sql.streaming.multipleWatermarkPolicy") {
            settings.watermark_policy = WatermarkPolicy::parse(&policy)?;
        }
        if let Some(partitions) = get("spark.sql.shuffle.partitions") {
            let number = partitions.trim().parse::<u64>().ok().filter(|number| *number >= 1);
            settings.shuffle_partitions = number
                .ok_or_else(|| invalid("spark.sql.shuffle.partitions", &partitions, "a whole number of at least 1"))?;
        }
        let flag = |name: &str, default: bool| match get(name) {
            None => Ok(default),
            Some(value) => value.trim().to_lowercase().parse().map_err(|_| invalid(name, &value, "true or false")),
        };
        settings.allow_multiple = flag("spark.sql.streaming.statefulOperator.allowMultiple", true)?;
        settings.check_correctness = flag("spark.sql.streaming.statefulOperator.checkCorrectness.enabled", true)?;
        settings.check_unsupported = flag("spark.sql.streaming.unsupportedOperationCheck", true)?;
        Ok(settings)
    }
}

/// A setting with a value that it does not take.
pub(crate) fn invalid(name: &str, value: &str, takes: &str) -> SparkError {
    SparkError::new("INVALID_CONF_VALUE.REQUIREMENT")
        .param("confName", name)
        .param("confValue", value)
        .param("confRequirement", takes)
        .text(format!("{name} is {value}; it takes {takes}."))
}
