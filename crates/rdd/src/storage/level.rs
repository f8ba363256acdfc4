//! Storage levels: how the partitions of a cached RDD are kept.

use std::fmt;

use firesteel_events::job::StorageLevelInfo;

/// How the partitions of a cached RDD are kept (Spark's `StorageLevel`).
///
/// There is one process, so copies beyond the first (`*_2`) are accepted and not made, and memory outside the heap is
/// memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StorageLevel {
    /// What does not fit in memory goes to disk; or, without memory, all of it.
    pub use_disk: bool,
    /// As much as fits is held in memory.
    pub use_memory: bool,
    /// In memory as bytes outside the heap.
    pub use_off_heap: bool,
    /// In memory as values, not as bytes.
    pub deserialized: bool,
    /// How many copies.
    pub replication: u32,
}

const fn level(
    use_disk: bool,
    use_memory: bool,
    use_off_heap: bool,
    deserialized: bool,
    replication: u32,
) -> StorageLevel {
    StorageLevel { use_disk, use_memory, use_off_heap, deserialized, replication }
}

impl StorageLevel {
    /// Not kept.
    pub const NONE: Self = level(false, false, false, false, 1);
    /// On disk only.
    pub const DISK_ONLY: Self = level(true, false, false, false, 1);
    /// On disk only, twice.
    pub const DISK_ONLY_2: Self = level(true, false, false, false, 2);
    /// On disk only, three times.
    pub const DISK_ONLY_3: Self = level(true, false, false, false, 3);
    /// In memory, as values; what does not fit is computed again.
    pub const MEMORY_ONLY: Self = level(false, true, false, true, 1);
    /// The same, twice.
    pub const MEMORY_ONLY_2: Self = level(false, true, false, true, 2);
    /// In memory, as bytes.
    pub const MEMORY_ONLY_SER: Self = level(false, true, false, false, 1);
    /// The same, twice.
    pub const MEMORY_ONLY_SER_2: Self = level(false, true, false, false, 2);
    /// In memory, as values; what does not fit goes to disk.
    pub const MEMORY_AND_DISK: Self = level(true, true, false, true, 1);
    /// The same, twice.
    pub const MEMORY_AND_DISK_2: Self = level(true, true, false, true, 2);
    /// In memory, as bytes; what does not fit goes to disk.
    pub const MEMORY_AND_DISK_SER: Self = level(true, true, false, false, 1);
    /// The same, twice.
    pub const MEMORY_AND_DISK_SER_2: Self = level(true, true, false, false, 2);
    /// In memory outside the heap, as bytes; what does not fit goes to disk.
    pub const OFF_HEAP: Self = level(true, true, true, false, 1);

    /// Whether anything is kept.
    pub fn is_kept(self) -> bool {
        self.use_disk || self.use_memory
    }

    /// The level as events have it.
    pub fn info(self) -> StorageLevelInfo {
        StorageLevelInfo {
            use_disk: self.use_disk,
            use_memory: self.use_memory,
            use_off_heap: self.use_off_heap,
            deserialized: self.deserialized,
            replication: self.replication,
        }
    }
}

impl fmt::Display for StorageLevel {
    /// As PySpark prints a level: `Disk Memory Deserialized 1x Replicated`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (is_so, word) in [(self.use_disk, "Disk "), (self.use_memory, "Memory "), (self.use_off_heap, "OffHeap ")] {
            if is_so {
                f.write_str(word)?;
            }
        }
        f.write_str(if self.deserialized { "Deserialized " } else { "Serialized " })?;
        write!(f, "{}x Replicated", self.replication)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_print_as_pyspark_prints_them() {
        assert_eq!(StorageLevel::MEMORY_AND_DISK.to_string(), "Disk Memory Deserialized 1x Replicated");
        assert_eq!(StorageLevel::NONE.to_string(), "Serialized 1x Replicated");
        assert_eq!(StorageLevel::DISK_ONLY_2.to_string(), "Disk Serialized 2x Replicated");
    }
}
