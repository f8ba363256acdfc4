//! Fewer partitions without a shuffle, or any number with one.

use firesteel_rdd::Rdd;
use serde::Deserialize;

use crate::batch::Batch;

#[derive(Debug, Deserialize)]
pub(crate) struct Coalesce {
    partitions: usize,
    #[serde(default)]
    pub(super) shuffle: bool,
}

impl Coalesce {
    pub(super) fn rdd(&self, parent: &Rdd<Batch>) -> Rdd<Batch> {
        if self.shuffle { parent.repartition(self.partitions) } else { parent.coalesce(self.partitions) }
    }
}
