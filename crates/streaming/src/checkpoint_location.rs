//! Where a query's checkpoint is: what the query says, what the session says, or a temporary directory.

use std::path::PathBuf;
use std::sync::Arc;

use firesteel_durable::{DurableStore, LocalStore};
use firesteel_error::{Result, SparkError};

use crate::session::Settings;
use crate::sinks::CheckpointRule;
use crate::start::StartQuery;

const SETTING: &str = "spark.sql.streaming.checkpointLocation";

/// A checkpoint's place; a temporary one is removed when the query has ended well.
#[derive(Debug)]
pub(crate) struct Place {
    pub store: Arc<dyn DurableStore>,
    temporary: Option<PathBuf>,
}

impl Place {
    /// The query has ended well and will not need it.
    pub fn forget(self) {
        if let Some(directory) = self.temporary
            && let Err(error) = std::fs::remove_dir_all(&directory)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(directory = %directory.display(), %error, "cannot remove a temporary checkpoint");
        }
    }
}

/// The place for `query`; `given` overrides everything.
pub(crate) fn choose(
    query: &StartQuery,
    rule: CheckpointRule,
    settings: &Settings,
    given: Option<Arc<dyn DurableStore>>,
) -> Result<Place> {
    if let Some(store) = given {
        return Ok(Place { store, temporary: None });
    }
    if let Some(location) = query.sink.options.get("checkpointLocation") {
        return Ok(Place { store: firesteel_durable::open(location)?, temporary: None });
    }
    if let Some(base) = settings.text(SETTING) {
        let name = query.name.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let location = format!("{}/{name}", base.trim_end_matches('/'));
        return Ok(Place { store: firesteel_durable::open(&location)?, temporary: None });
    }
    if rule == CheckpointRule::Required {
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_1298").param("config", SETTING).text(format!(
            "checkpointLocation must be specified either through option(\"checkpointLocation\", ...) or \
             SparkSession.conf.set(\"{SETTING}\", ...)."
        )));
    }
    let directory = std::env::temp_dir().join(format!("temporary-{}", uuid::Uuid::new_v4()));
    Ok(Place { store: Arc::new(LocalStore::new(&directory)), temporary: Some(directory) })
}

/// Refuses a checkpoint that was used before where the sink cannot go on from it.
pub(crate) async fn check_recovery(place: &Place, rule: CheckpointRule) -> Result<()> {
    if rule != CheckpointRule::TemporaryNoRecovery || place.store.list("offsets").await?.is_empty() {
        return Ok(());
    }
    let path = format!("{}/offsets", place.store.location());
    Err(SparkError::new("_LEGACY_ERROR_TEMP_1299")
        .param("checkpointPath", &path)
        .text(format!("This query does not support recovering from checkpoint location. Delete {path} to start over.")))
}
