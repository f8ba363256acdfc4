//! What is kept between actions: in memory, on disk, or not at all.
//!
//! Run it with `cargo run --release -p firesteel-rdd --example memory_tuning`; `memory_tuning.py` is the same in Python.

use firesteel_error::Result;
use firesteel_rdd::{SparkConf, SparkContext, StorageLevel};

fn main() -> Result<()> {
    let conf =
        SparkConf::new().set_master("local[2]").set_app_name("memory tuning").set("spark.memory.fraction", "0.6");
    let sc = SparkContext::new(conf)?;
    let computed = sc.long_accumulator("computed");

    // What memory cannot hold goes to disk, where MEMORY_ONLY would compute it again.
    let count = computed.clone();
    let squares = sc.parallelize(0_i64..1000, 4).map(move |number| {
        count.add(1);
        number * number
    });
    let squares = squares.persist(StorageLevel::MEMORY_AND_DISK)?;
    println!("{} {} computed {} times", squares.sum()?, squares.max()?, computed.sum()?);

    squares.unpersist();
    println!("{} computed {} times", squares.count()?, computed.sum()?);
    Ok(())
}
