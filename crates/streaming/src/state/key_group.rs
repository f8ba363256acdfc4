//! Key groups: the fixed cut of the key space that outlives every parallelism.
//!
//! A row's key group is `pmod(murmur3(key columns, seed 42), 64)`. State on disk is ordered by key group, so a query may
//! restart with another number of tasks, each taking a range of groups.

use arrow::array::ArrayRef;
use firesteel_error::Result;

use super::murmur3;

/// How many key groups there are. It is part of the format on disk.
pub const KEY_GROUPS: usize = 64;

/// The key group of each row of `keys`.
pub fn key_groups(keys: &[ArrayRef], rows: usize) -> Result<Vec<u8>> {
    let hashes = murmur3::hash_rows(keys, rows)?;
    Ok(hashes.into_iter().map(|hash| hash.rem_euclid(KEY_GROUPS as i32) as u8).collect())
}
