//! Where partitions are kept between jobs: storage levels, the memory pool and the blocks it holds.

mod level;
mod local_dir;
mod memory_pool;

pub use level::StorageLevel;
pub(crate) use local_dir::{LocalDir, LocalFile};
pub use memory_pool::{MemoryGrant, MemoryPool};
