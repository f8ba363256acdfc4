//! How much the results of one job may be (`spark.driver.maxResultSize`): a driver that is sent more than it can hold dies, a
//! job that is ended says why.

use std::cell::Cell;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::SparkConf;

const SETTING: &str = "spark.driver.maxResultSize";
const DEFAULT_BYTES: u64 = 1 << 30;

/// What a job's results may come to, and what they have come to.
pub(crate) struct ResultLimit {
    /// 0 is no limit.
    bytes_max: u64,
    bytes: Cell<u64>,
    tasks: Cell<usize>,
}

impl ResultLimit {
    pub(crate) fn of(conf: &SparkConf) -> Result<Self> {
        let bytes_max = conf.bytes(SETTING, 1, DEFAULT_BYTES)?;
        Ok(Self { bytes_max, bytes: Cell::new(0), tasks: Cell::new(0) })
    }

    /// Takes the result of another task into account; an error if it is too much.
    pub(crate) fn add(&self, bytes: usize) -> Result<()> {
        self.bytes.set(self.bytes.get() + bytes as u64);
        self.tasks.set(self.tasks.get() + 1);
        if self.bytes_max == 0 || self.bytes.get() <= self.bytes_max {
            return Ok(());
        }
        let (tasks, size, limit) = (self.tasks.get(), size(self.bytes.get()), size(self.bytes_max));
        let text = format!(
            "Job aborted due to stage failure: Total size of serialized results of {tasks} tasks ({size}) is bigger than \
             {SETTING} ({limit})"
        );
        Err(SparkError::plain(Exception::Spark, text))
    }
}

/// A size as Spark prints it: in the largest unit of which it has at least two.
fn size(bytes: u64) -> String {
    let units = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(unit, _)| bytes >= 2 * unit);
    let (unit, name) = unit.unwrap_or((1, "B"));
    format!("{:.1} {name}", bytes as f64 / unit as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn results_may_be_as_large_as_the_setting_says() {
        let limit = ResultLimit::of(&SparkConf::new().set(SETTING, "1m")).unwrap();
        limit.add(1 << 19).unwrap();
        limit.add(1 << 19).unwrap();
        let text = limit.add(1).unwrap_err().to_string();
        assert!(
            text.contains("of 3 tasks (1024.0 KiB) is bigger than spark.driver.maxResultSize (1024.0 KiB)"),
            "{text}"
        );
    }

    #[test]
    fn zero_is_no_limit() {
        let limit = ResultLimit::of(&SparkConf::new().set(SETTING, "0")).unwrap();
        limit.add(usize::MAX / 2).unwrap();
    }
}
