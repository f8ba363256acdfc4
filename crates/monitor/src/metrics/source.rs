//! Sources: what turns events of the bus into values of metrics.

use std::collections::BTreeMap;

use firesteel_events::Event;

use super::registry::Registry;
use super::sources;

/// Keeps some metrics up to date.
pub trait Source: Send {
    /// An event happened.
    fn observe(&mut self, event: &Event, registry: &Registry);
}

/// What sources know of the application.
#[derive(Debug, Clone)]
pub struct SourceContext {
    /// Its name.
    pub app_name: String,
    /// Its settings.
    pub settings: BTreeMap<String, String>,
}

/// All sources; a further one is one more line.
pub fn all(context: &SourceContext, registry: &Registry) -> Vec<Box<dyn Source>> {
    vec![
        Box::new(sources::queries::Queries::new(context)),
        Box::new(sources::dstreams::DStreams::new(context)),
        Box::new(sources::jobs::Jobs::new(registry)),
        Box::new(sources::totals::Totals::new(registry)),
        Box::new(sources::process::Process::new(registry)),
    ]
}
