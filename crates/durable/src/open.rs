//! From a location as users write it (`/data/cp`, `file:/data/cp`, `cp`) to a store.

use std::path::PathBuf;
use std::sync::Arc;

use firesteel_error::{Result, SparkError};

use crate::local::LocalStore;
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

/// The store at `location`.
pub fn open(location: &str) -> Result<Arc<dyn DurableStore>> {
    match local_path(location) {
        Some(path) => Ok(Arc::new(LocalStore::new(path))),
        None => Err(SparkError::unsupported(format!(
            "the location {location}: of durable files, only local paths and file: can be used so far"
        ))),
    }
}

/// Whether `location` starts with `scheme:`.
fn has_scheme(location: &str) -> bool {
    let Some((scheme, _)) = location.split_once(':') else { return false };
    let mut letters = scheme.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_local_path_names_the_same_directory() {
        for location in ["/a/b", "file:/a/b", "file:///a/b"] {
            assert_eq!(local_path(location), Some(PathBuf::from("/a/b")), "{location}");
        }
        assert_eq!(local_path("s3://bucket/a"), None);
        assert!(local_path("a/b").is_some_and(|p| p.is_absolute() && p.ends_with("a/b")));
    }
}
