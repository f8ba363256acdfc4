//! `clean_shuffle_dependencies`: giving back the shuffle blocks that an RDD was made from.

use hashbrown::HashSet;

use crate::data::Data;
use crate::dependency::Dependency;
use crate::rdd::Rdd;

impl<T: Data> Rdd<T> {
    /// Forgets the blocks of the shuffles just before this RDD (Spark's `cleanShuffleDependencies`). A job that needs them
    /// makes them again.
    pub fn clean_shuffle_dependencies(&self) {
        let (mut seen, mut open) = (HashSet::new(), vec![self.lineage()]);
        while let Some(rdd) = open.pop() {
            if !seen.insert(rdd.id()) {
                continue;
            }
            for dependency in rdd.dependencies() {
                match dependency {
                    Dependency::Narrow(parent) => open.push(parent),
                    Dependency::Shuffle(shuffle) => {
                        self.context().env().map_outputs.remove_outputs(shuffle.shuffle_id());
                    }
                }
            }
        }
    }
}
