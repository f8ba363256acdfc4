//! How many partitions there are, and what a shuffle has to move.
//!
//! Run it with `cargo run --release -p firesteel-rdd --example performance_tuning`; `performance_tuning.py` is the same in
//! Python.

use firesteel_error::Result;
use firesteel_rdd::{SparkConf, SparkContext};

fn main() -> Result<()> {
    let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("performance tuning"))?;
    let numbers = sc.parallelize(1..1000, 10);

    // A shuffle spreads the elements evenly; fewer partitions need none.
    let (spread, fewer) = (numbers.repartition(50), numbers.coalesce(2));
    println!("{} {}", spread.num_partitions()?, fewer.num_partitions()?);

    // reduce_by_key adds up before the shuffle, so that a key leaves each task once; group_by_key would move every pair.
    let by_digit = numbers.map(|number| (number % 10, number)).reduce_by_key_with(4, |a, b| a + b);
    let mut sums = by_digit.collect()?;
    sums.sort_unstable();
    println!("{:?}", &sums[..3]);

    // Two RDDs that are partitioned alike are joined where they are.
    println!("{}", by_digit.join(&by_digit.map_values(|total| total * 2)).num_partitions()?);
    Ok(())
}
