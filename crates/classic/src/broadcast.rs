//! Broadcast variables: pickled values in files, which workers map when a function first asks for one.

use std::collections::BTreeMap;
use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_python::BroadcastFile;
use parking_lot::Mutex;
use tempfile::TempDir;

/// The broadcast variables of a session.
#[derive(Debug, Default)]
pub(crate) struct Broadcasts {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    directory: Option<Arc<TempDir>>,
    /// `None` for those that were destroyed.
    files: BTreeMap<i64, Option<BroadcastFile>>,
}

impl Broadcasts {
    /// Keeps a pickled value under `id`.
    pub(crate) fn keep(&self, id: i64, value: &[u8]) -> Result<()> {
        let path = self.directory()?.path().join(id.to_string());
        std::fs::write(&path, value).map_err(|error| {
            SparkError::io(format!("Cannot keep a broadcast variable in {}", path.display()), error)
        })?;
        self.state.lock().files.insert(id, Some(BroadcastFile { id, path }));
        Ok(())
    }

    /// The files of some variables.
    ///
    /// # Errors
    /// `INTERNAL_ERROR_BROADCAST` for one that was destroyed.
    pub(crate) fn files(&self, ids: &[i64]) -> Result<Vec<BroadcastFile>> {
        let state = self.state.lock();
        ids.iter().map(|id| state.files.get(id).cloned().flatten().ok_or_else(|| destroyed(*id))).collect()
    }

    /// The files of all variables that are there.
    pub(crate) fn all(&self) -> Vec<BroadcastFile> {
        self.state.lock().files.values().flatten().cloned().collect()
    }

    /// Whether `id` is there.
    ///
    /// # Errors
    /// `INTERNAL_ERROR_BROADCAST` if it was destroyed.
    pub(crate) fn check(&self, id: i64) -> Result<()> {
        self.files(&[id]).map(drop)
    }

    /// Drops a variable for good.
    pub(crate) fn destroy(&self, id: i64) -> Result<()> {
        let file = self.state.lock().files.get_mut(&id).and_then(Option::take).ok_or_else(|| destroyed(id))?;
        // A worker that has it mapped keeps its pages; the directory goes with the session in any case.
        let _ = std::fs::remove_file(file.path);
        Ok(())
    }

    fn directory(&self) -> Result<Arc<TempDir>> {
        let mut state = self.state.lock();
        if let Some(directory) = &state.directory {
            return Ok(directory.clone());
        }
        let made = tempfile::Builder::new()
            .prefix("firesteel-broadcast-")
            .tempdir()
            .map_err(|error| SparkError::io("Cannot make a directory for broadcast variables", error))?;
        let directory = Arc::new(made);
        state.directory = Some(directory.clone());
        Ok(directory)
    }
}

fn destroyed(id: i64) -> SparkError {
    let message = format!("Attempted to use Broadcast({id}) after it was destroyed");
    SparkError::new("INTERNAL_ERROR_BROADCAST").param("message", message).with_exception(Exception::Spark)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_destroyed_variable_cannot_be_used_and_the_others_can() {
        let broadcasts = Broadcasts::default();
        broadcasts.keep(0, b"zero").unwrap();
        broadcasts.keep(1, b"one").unwrap();
        broadcasts.destroy(0).unwrap();
        let error = broadcasts.files(&[1, 0]).unwrap_err();
        assert_eq!(error.condition(), Some("INTERNAL_ERROR_BROADCAST"));
        assert!(error.message().contains("Attempted to use Broadcast(0) after it was destroyed"), "{error}");
        let files = broadcasts.all();
        assert_eq!(std::fs::read(&files[0].path).unwrap(), b"one");
        assert!(broadcasts.destroy(0).is_err() && broadcasts.check(1).is_ok());
    }
}
