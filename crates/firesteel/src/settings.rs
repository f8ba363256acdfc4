//! The settings that an application starts with: a file's, then those of the command line, in Spark's order.
//!
//! The session's builder comes last and is stronger still; it is the driver that adds it (`firesteel/settings.py`).

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::SubmitOptions;
use crate::properties;

/// Settings by name.
pub type Settings = BTreeMap<String, String>;

/// The settings of `spark-defaults.conf`, or of the file that takes its place, with `conf` (`KEY=VALUE`) on top.
///
/// # Errors
/// A sentence for the user: a file that cannot be read, a setting without a value.
pub fn from_file_and_conf(file: Option<&Path>, conf: &[String]) -> Result<Settings, String> {
    let default = properties::default_file();
    let mut settings = Settings::new();
    if let Some(file) = file.or(default.as_deref()) {
        for (key, value) in properties::read(file).map_err(|error| error.to_string())? {
            if key.starts_with("spark.") {
                settings.insert(key, value);
            } else {
                eprintln!("Warning: Ignoring non-Spark config property: {key}");
            }
        }
    }
    for setting in conf {
        let (key, value) = setting
            .split_once('=')
            .ok_or_else(|| format!("Spark config without '=': {setting} (give it as --conf KEY=VALUE)"))?;
        if key.starts_with("spark.") {
            settings.insert(key.to_string(), value.to_string());
        } else {
            eprintln!("Warning: Ignoring non-Spark config property: {key}");
        }
    }
    Ok(settings)
}

/// All settings of a `submit` or `shell` command line.
///
/// # Errors
/// As [`from_file_and_conf`].
pub fn of_submit(options: &SubmitOptions) -> Result<Settings, String> {
    let mut settings = from_file_and_conf(options.properties_file.as_deref(), &options.conf)?;
    for (key, value) in named_options(options) {
        if let Some(value) = value {
            settings.insert(key.to_string(), value.clone());
        }
    }
    Ok(settings)
}

/// The options that are a setting by another name.
fn named_options(options: &SubmitOptions) -> [(&'static str, &Option<String>); 16] {
    [
        ("spark.master", &options.master),
        ("spark.submit.deployMode", &options.deploy_mode),
        ("spark.app.name", &options.name),
        ("spark.submit.pyFiles", &options.py_files),
        ("spark.files", &options.files),
        ("spark.archives", &options.archives),
        ("spark.jars.packages", &options.packages),
        ("spark.jars", &options.jvm.jars),
        ("spark.driver.memory", &options.driver_memory),
        ("spark.driver.cores", &options.jvm.driver_cores),
        ("spark.executor.memory", &options.executor_memory),
        ("spark.executor.cores", &options.executor_cores),
        ("spark.executor.instances", &options.num_executors),
        ("spark.cores.max", &options.jvm.total_executor_cores),
        ("spark.driver.extraJavaOptions", &options.jvm.driver_java_options),
        ("spark.yarn.queue", &options.jvm.queue),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn options_beat_conf_and_conf_beats_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("defaults.conf");
        std::fs::write(&file, "spark.master local[1]\nspark.a file\nspark.b file\nother.c 1\n").unwrap();
        let options = SubmitOptions {
            master: Some("local[3]".into()),
            conf: vec!["spark.master=local[2]".into(), "spark.b=conf=x".into()],
            properties_file: Some(file),
            ..SubmitOptions::default()
        };
        let settings = of_submit(&options).unwrap();
        let expected = [("spark.a", "file"), ("spark.b", "conf=x"), ("spark.master", "local[3]")];
        assert_eq!(settings, expected.map(|(key, value)| (key.to_string(), value.to_string())).into());
    }

    #[test]
    fn a_setting_without_a_value_is_refused() {
        assert!(from_file_and_conf(None, &["spark.a".into()]).unwrap_err().contains("spark.a"));
    }
}
