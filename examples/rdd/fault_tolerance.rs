//! What fails is tried again, what is lost is computed again, and a checkpoint ends what has to be computed again.
//!
//! Run it with `cargo run --release -p firesteel-rdd --example fault_tolerance`; `fault_tolerance.py` is the same in Python.

use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{SparkConf, SparkContext, TaskContext, records};

fn main() -> Result<()> {
    // Two cores, and four attempts for a task.
    let sc = SparkContext::new(SparkConf::new().set_master("local[2,4]").set_app_name("fault tolerance"))?;
    let seen = sc.long_accumulator("seen");

    let count = seen.clone();
    let doubled = sc.parallelize(0..10, 2).map_partitions(move |numbers| {
        let mut doubled = Vec::new();
        for number in numbers {
            let number = number?;
            count.add(1);
            if number == 7 && TaskContext::current().is_some_and(|task| task.attempt_number() == 0) {
                return Err(SparkError::plain(Exception::Spark, "a disk that does not answer"));
            }
            doubled.push(number * 2);
        }
        Ok(records(doubled))
    });
    let doubled = doubled.cache();
    // The attempt that failed counts nothing.
    println!("{} {} seen", doubled.sum()?, seen.sum()?);

    let directory = std::env::temp_dir().join(format!("fault-tolerance-{}", std::process::id()));
    sc.set_checkpoint_dir(&directory)?;
    let total = doubled.map(|number| (number % 3, number)).reduce_by_key(|a, b| a + b);
    total.checkpoint()?;
    let mut sums = total.collect()?;
    sums.sort_unstable();
    println!("{sums:?} {}", total.is_checkpointed());
    std::fs::remove_dir_all(&directory).map_err(|e| SparkError::io("cannot remove the checkpoint directory", e))
}
