//! Output operations: what is done with each RDD.

use std::fmt::{Debug, Display, Write};

use firesteel_error::Result;
use firesteel_rdd::{Data, Rdd, Storable};

use crate::dstream::DStream;
use crate::time::Time;

const RULE: &str = "-------------------------------------------";

impl<T: Data> DStream<T> {
    /// Calls `f` in the driver with each RDD and its batch's time (Spark's `foreachRDD`).
    #[track_caller]
    pub fn foreach_rdd(&self, f: impl Fn(Rdd<T>, Time) -> Result<()> + Send + Sync + 'static) {
        self.output("foreach_rdd", f);
    }

    /// Prints the first ten elements of each batch (Spark's `print`).
    #[track_caller]
    pub fn print(&self)
    where
        T: Debug,
    {
        self.print_first(10);
    }

    /// Prints the first `count` elements of each batch.
    #[track_caller]
    pub fn print_first(&self, count: usize)
    where
        T: Debug,
    {
        self.output("print", move |rdd, time| {
            let first = rdd.take(count + 1)?;
            print!("{}", printed(&first, count, time));
            Ok(())
        });
    }

    /// Saves each RDD as text in a directory of its own, `prefix-TIME` or `prefix-TIME.suffix` (Spark's `saveAsTextFiles`).
    #[track_caller]
    pub fn save_as_text_files(&self, prefix: &str, suffix: &str)
    where
        T: Display,
    {
        let (prefix, suffix) = (prefix.to_string(), suffix.to_string());
        self.output("save_as_text_files", move |rdd, time| {
            save(&directory(&prefix, &suffix, time), |path| rdd.save_as_text_file(path, None))
        });
    }

    /// Saves each RDD in the engine's own format, in directories named as for
    /// [`save_as_text_files`](Self::save_as_text_files) (Spark's `saveAsObjectFiles`).
    #[track_caller]
    pub fn save_as_object_files(&self, prefix: &str, suffix: &str)
    where
        T: Storable,
    {
        let (prefix, suffix) = (prefix.to_string(), suffix.to_string());
        self.output("save_as_object_files", move |rdd, time| {
            save(&directory(&prefix, &suffix, time), |path| rdd.save_as_object_file(path))
        });
    }
}

/// Saves a batch. One that runs again after a restart was saved before, wholly or in part.
fn save(path: &str, write: impl Fn(&str) -> Result<()>) -> Result<()> {
    if let Some(directory) = firesteel_durable::local_path(path)
        && directory.exists()
    {
        if directory.join("_SUCCESS").exists() {
            return Ok(());
        }
        std::fs::remove_dir_all(&directory).map_err(|e| {
            let what = format!("The directory {path} of a batch that was not finished cannot be removed");
            firesteel_error::SparkError::io(what, e)
        })?;
    }
    write(path)
}

fn directory(prefix: &str, suffix: &str, time: Time) -> String {
    if suffix.is_empty() { format!("{prefix}-{}", time.ms()) } else { format!("{prefix}-{}.{suffix}", time.ms()) }
}

fn printed<T: Debug>(first: &[T], count: usize, time: Time) -> String {
    let mut text = format!("{RULE}\nTime: {time}\n{RULE}\n");
    for element in first.iter().take(count) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{element:?}");
    }
    if first.len() > count {
        text.push_str("...\n");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_printed_as_spark_prints_it() {
        let expected = "-------------------------------------------\nTime: 5000 ms\n\
                        -------------------------------------------\n1\n2\n...\n\n";
        assert_eq!(printed(&[1, 2, 3], 2, Time::from_ms(5000)), expected);
        assert!(printed(&[1, 2], 2, Time::from_ms(5000)).ends_with("1\n2\n\n"));
    }

    #[test]
    fn directories_are_named_for_the_batch() {
        assert_eq!(directory("out/words", "", Time::from_ms(12)), "out/words-12");
        assert_eq!(directory("out/words", "txt", Time::from_ms(12)), "out/words-12.txt");
    }
}
