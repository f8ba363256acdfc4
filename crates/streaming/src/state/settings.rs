//! The settings of the state store, under Spark's names.

use firesteel_error::{Result, SparkError};

use super::errors;

/// How state is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateSettings {
    /// `spark.sql.streaming.stateStore.minDeltasForSnapshot`: a snapshot is written after at least so many deltas.
    pub min_deltas_for_snapshot: u64,
    /// `spark.sql.streaming.minBatchesToRetain`: so many versions can still be loaded.
    pub min_batches_to_retain: u64,
    /// `spark.sql.streaming.stateStore.providerClass`.
    pub provider: Provider,
}

impl Default for StateSettings {
    fn default() -> Self {
        Self { min_deltas_for_snapshot: 10, min_batches_to_retain: 100, provider: Provider::Memory }
    }
}

/// Where state lives between batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// In memory, with its changes in files: Spark's `HDFSBackedStateStoreProvider`.
    Memory,
    /// Asked for on disk (`RocksDBStateStoreProvider`); kept as [`Provider::Memory`] until there is a provider on disk.
    Disk,
}

impl Provider {
    /// The provider of a class name as Spark has it.
    pub fn of_class(class: &str) -> Result<Self> {
        match class.rsplit('.').next().unwrap_or(class) {
            "HDFSBackedStateStoreProvider" => Ok(Self::Memory),
            "RocksDBStateStoreProvider" => Ok(Self::Disk),
            _ => Err(errors::unknown_provider(class)),
        }
    }
}

impl StateSettings {
    /// Reads the settings; `get` answers a setting's name with its value, if it is set.
    pub fn from_conf(get: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let mut settings = Self::default();
        if let Some(value) = get("spark.sql.streaming.stateStore.minDeltasForSnapshot") {
            settings.min_deltas_for_snapshot =
                at_least_one("spark.sql.streaming.stateStore.minDeltasForSnapshot", &value)?;
        }
        if let Some(value) = get("spark.sql.streaming.minBatchesToRetain") {
            settings.min_batches_to_retain = at_least_one("spark.sql.streaming.minBatchesToRetain", &value)?;
        }
        if let Some(class) = get("spark.sql.streaming.stateStore.providerClass") {
            settings.provider = Provider::of_class(&class)?;
        }
        Ok(settings)
    }
}

fn at_least_one(name: &str, value: &str) -> Result<u64> {
    let parsed = value.trim().parse::<u64>().ok().filter(|number| *number >= 1);
    parsed.ok_or_else(|| {
        SparkError::new("INVALID_CONF_VALUE.REQUIREMENT")
            .param("confName", name)
            .param("confValue", value)
            .param("confRequirement", "a whole number of at least 1")
            .text(format!("{name} is {value}; it takes a whole number of at least 1."))
    })
}
