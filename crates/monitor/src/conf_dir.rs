//! Where configuration files are.

use std::env;
use std::path::{Path, PathBuf};

/// `SPARK_CONF_DIR`, or `conf` under `SPARK_HOME`.
pub fn conf_dir() -> Option<PathBuf> {
    match env::var_os("SPARK_CONF_DIR") {
        Some(directory) => Some(PathBuf::from(directory)),
        None => Some(Path::new(&env::var_os("SPARK_HOME")?).join("conf")),
    }
}
