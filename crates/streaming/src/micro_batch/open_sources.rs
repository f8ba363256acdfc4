//! The sources of a run, opened where the query stands in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use firesteel_error::Result;
use firesteel_sql::streaming::StreamingRelation;

use super::recovery::Recovered;
use super::run::{RunParts, RunningSource};
use crate::incremental::batch_table::Slot;
use crate::incremental::planner::BoundStream;
use crate::sources::{SourceContext, SourceRequest};

/// The sources of a run, and the slots that stand for its streams.
pub(super) async fn open_sources(
    parts: &mut RunParts,
    leaves: Vec<StreamingRelation>,
    recovered: &Recovered,
) -> Result<(Vec<RunningSource>, BTreeMap<u64, BoundStream>)> {
    let mut sources = Vec::with_capacity(leaves.len());
    let mut bound = BTreeMap::new();
    for (at, leaf) in leaves.into_iter().enumerate() {
        let factory = parts.sources.get(&leaf.format)?;
        let request = SourceRequest {
            format: leaf.format.clone(),
            options: leaf.options.into_iter().collect(),
            path: leaf.path,
            user_schema: Some(Arc::clone(&leaf.user_schema)),
            session: Arc::clone(&parts.session),
        };
        let folder = parts.checkpoint.folder(&format!("sources/{at}"));
        let context = SourceContext { folder, clock: Arc::clone(&parts.clock) };
        let mut source = factory.create(request, Arc::clone(&leaf.user_schema), context).await?;
        let committed = recovered.committed.get(at).cloned().flatten();
        source.resume(committed.as_ref()).await?;
        let slot = Arc::new(Slot::default());
        let stream = BoundStream {
            slot: Arc::clone(&slot),
            source_schema: Arc::clone(&leaf.user_schema),
            takes_filters: source.takes_filters(),
        };
        bound.insert(leaf.uid, stream);
        sources.push(RunningSource { source, schema: leaf.user_schema, slot, committed });
    }
    Ok((sources, bound))
}
