//! The Python programs of workers: written to a directory of the pool's own, so that a worker's Python needs pyspark alone.
//!
//! Besides the fork server there are the steps of RDD tasks (`firesteel.classic.tasks`), which pickled functions refer to
//! by name. Where the worker's Python has the `firesteel` package itself, that one is used.

use std::path::Path;

use firesteel_error::{Result, SparkError};

/// The fork server.
pub(crate) const SERVER: &str = "firesteel_worker.py";

macro_rules! tasks {
    ($($name:literal),*) => {
        [$((
            concat!("firesteel/classic/tasks/", $name),
            include_str!(concat!("../../../python/firesteel/classic/tasks/", $name)),
        )),*]
    };
}

const PROGRAMS: [(&str, &str); 4] = [
    (SERVER, include_str!("../../../python/firesteel/worker.py")),
    ("firesteel_worker_core.py", include_str!("../../../python/firesteel/worker_core.py")),
    ("firesteel/__init__.py", ""),
    ("firesteel/classic/__init__.py", ""),
];

const TASKS: [(&str, &str); 11] = tasks![
    "__init__.py",
    "histogram.py",
    "hyperloglog.py",
    "joins.py",
    "lines.py",
    "partitioner.py",
    "pipe.py",
    "rows.py",
    "shuffle.py",
    "steps.py",
    "text.py"
];

/// Writes them into `directory`, which only this user can enter.
pub(crate) fn write(directory: &Path) -> Result<()> {
    for (name, text) in PROGRAMS.iter().chain(&TASKS) {
        let path = directory.join(name);
        let parent = path.parent().unwrap_or(directory);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| SparkError::io(format!("cannot write {}", path.display()), error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn every_module_of_tasks_is_written() {
        let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python/firesteel/classic/tasks");
        let directory = tempfile::tempdir().unwrap();
        write(directory.path()).unwrap();
        for entry in std::fs::read_dir(modules).unwrap() {
            let name = entry.unwrap().file_name();
            if Path::new(&name).extension().is_some_and(|extension| extension == "py") {
                let written = directory.path().join("firesteel/classic/tasks").join(&name);
                assert!(written.is_file(), "{} is not among the scripts", name.display());
            }
        }
    }
}
