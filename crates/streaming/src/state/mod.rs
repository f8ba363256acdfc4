//! Keyed, versioned state: what a stateful operator remembers between batches.
//!
//! - A [`StateStore`] holds the state of one operator: rows of key columns and value columns, cut into [`KEY_GROUPS`] key
//!   groups by Spark's Murmur3 of the key ([`key_groups`]), in memory as hash tables, with the keys ordered by event time.
//! - Version N of the state is what batch N reads. A batch is a transaction: begin, changes, then a commit, which writes
//!   one delta file with the changed keys and makes version N+1, or a rollback. Both cost what the batch changed.
//! - On disk, under `<checkpoint>/state/<operator>/`, a version is a snapshot and the deltas after it. Snapshots are made
//!   from files in the background ([`StateStore::maintain`]); what no version to be kept needs is removed.
//! - What a crash leaves behind after the last committed version is removed when the state is opened. Whether a version is
//!   committed is decided by the query's commit log alone.
//! - The format is our own ([`file`]) and carries its version. Files that are missing, damaged, of another query or of
//!   another schema are refused under Spark's conditions, by name.
//!
//! Seam for a cluster: a task's state is described by (checkpoint location, operator, key-group range, version) and needs
//! nothing else to be opened elsewhere.

mod errors;
pub(crate) mod file;
mod key_group;
mod murmur3;
mod rows;
mod schema;
mod settings;
mod store;
mod table;
mod versions;

#[cfg(test)]
mod tests;

pub use key_group::{KEY_GROUPS, key_groups};
pub use murmur3::{SEED, hash_rows};
pub use rows::{Found, KeyRows, StateRows};
pub use schema::{EventTimeColumn, StateSchema, event_micros};
pub use settings::{Provider, StateSettings};
pub use store::StateStore;
