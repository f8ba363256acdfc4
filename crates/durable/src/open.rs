//! From a location as users write it (`/data/cp`, `file:/data/cp`, `cp`) to a store.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use firesteel_error::{Exception, Result, SparkError};
use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path;

use crate::local::LocalStore;
use crate::object::ObjectStoreFiles;
use crate::store::DurableStore;

/// The local path that `location` names (`file:` taken off, made absolute); `None` if it names another scheme.
pub fn local_path(location: &str) -> Option<PathBuf> {
    let path = match location.strip_prefix("file:") {
        Some(rest) => match rest.strip_prefix("//") {
            Some(after) => after.to_string(),
            None => rest.to_string(),
        },
        None if has_scheme(location) => return None,
        None => location.to_string(),
    };
    let path = PathBuf::from(path);
    if path.is_absolute() {
        return Some(path);
    }
    Some(std::env::current_dir().unwrap_or_default().join(path))
}

/// The store at `location`: a directory, or `memory:/NAME`, which lives as long as the process.
///
/// # Errors
/// `CANNOT_LOAD_CHECKPOINT_FILE_MANAGER` for other schemes: clients of remote object stores are not part of this build.
pub fn open(location: &str) -> Result<Arc<dyn DurableStore>> {
    if let Some(path) = local_path(location) {
        return Ok(Arc::new(LocalStore::new(path)));
    }
    if let Some(name) = location.strip_prefix("memory:") {
        let prefix = Path::from(name.trim_matches('/'));
        return Ok(Arc::new(ObjectStoreFiles::new(Arc::clone(&*IN_MEMORY), prefix, location)));
    }
    let scheme = location.split(':').next().unwrap_or_default();
    Err(SparkError::new("CANNOT_LOAD_CHECKPOINT_FILE_MANAGER.UNCATEGORIZED")
        .with_exception(Exception::Spark)
        .param("path", location)
        .text(format!(
            "The logs of a streaming query cannot be at {location}: this build has no client for {scheme}. They can be at a \
             local path, which may be a mounted file system, or at file:/PATH."
        )))
}

/// What `memory:` names.
static IN_MEMORY: LazyLock<Arc<dyn ObjectStore>> = LazyLock::new(|| Arc::new(InMemory::new()));

/// Whether `location` starts with `scheme:`.
fn has_scheme(location: &str) -> bool {
    let Some((scheme, _)) = location.split_once(':') else { return false };
    let mut letters = scheme.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn memory_is_one_place_in_a_process() {
        let put = open("memory:/a/checkpoint").unwrap().put("offsets/0", "v1".into()).await;
        assert!(put.is_ok());
        let again = open("memory:///a").unwrap().get("checkpoint/offsets/0").await.unwrap();
        assert_eq!(again.as_deref(), Some(b"v1".as_slice()));
    }

    #[test]
    fn what_cannot_be_reached_is_named() {
        let error = open("s3a://bucket/checkpoint").err().unwrap();
        assert!(error.message().contains("no client for s3a"), "{error}");
    }

    #[test]
    fn every_way_to_write_a_local_path_names_the_same_directory() {
        for location in ["/a/b", "file:/a/b", "file:///a/b"] {
            assert_eq!(local_path(location), Some(PathBuf::from("/a/b")), "{location}");
        }
        assert_eq!(local_path("s3://bucket/a"), None);
        assert!(local_path("a/b").is_some_and(|p| p.is_absolute() && p.ends_with("a/b")));
    }
}
