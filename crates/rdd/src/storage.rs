//! Where partitions are kept between jobs: storage levels, the memory pool and the blocks it holds.

mod block_store;
mod level;
mod local_dir;
mod memory_pool;
mod size_estimate;

pub(crate) use block_store::{BlockId, BlockStore};
pub use level::StorageLevel;
pub(crate) use local_dir::{LocalDir, LocalFile};
pub use memory_pool::{MemoryGrant, MemoryPool};
pub(crate) use size_estimate::estimate;
