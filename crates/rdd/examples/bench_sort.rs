//! Sorts pairs of numbers in memory and under a pool that is far too small.
//!
//! It prints its figures as JSON, as the scripts of `benches/` do.
//!
//! `cargo run --release -p firesteel-rdd --example bench_sort -- [MILLIONS] [POOL MEGABYTES]`

use std::time::Instant;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::EventBus;
use firesteel_rdd::{MemoryPool, Records, SparkConf, SparkContext, hash_of};

const PARTITIONS: usize = 16;

fn main() -> Result<()> {
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<usize>().ok());
    let (millions, pool) = (numbers.next().unwrap_or(100), numbers.next().unwrap_or(512));
    let spilling = sort(millions, pool << 20)?;
    let in_memory = sort(millions, 64 << 30)?;
    println!(
        "{{\"Rust, {millions} M pairs, pool of {pool} MB, s\": {spilling}, \"Rust, {millions} M pairs in memory, s\": {in_memory}}}"
    );
    Ok(())
}

fn sort(millions: usize, pool: usize) -> Result<f64> {
    let conf = SparkConf::new().set_master("local[*]").set_app_name("sort");
    let sc = SparkContext::with_bus_and_memory(conf, EventBus::new(), MemoryPool::new(pool))?;
    let count = millions as i64 * 1_000_000;
    let start = Instant::now();
    let pairs = sc.range(0, count, 1, PARTITIONS)?.map(|x| (hash_of(&x), x as u64));
    let sorted = pairs.sort_by_key(true)?.map_partitions(|records| in_order(records).map(|count| [Ok(count)]));
    let counts = sorted.collect()?;
    let seconds = start.elapsed().as_secs_f64();
    if counts.iter().sum::<i64>() != count {
        return Err(SparkError::plain(Exception::Spark, "pairs were lost"));
    }
    Ok(seconds)
}

/// How many pairs there are, all in order.
fn in_order(records: Records<(u64, u64)>) -> Result<i64> {
    let (mut last, mut count) = (0, 0);
    for record in records {
        let (key, _) = record?;
        if key < last {
            return Err(SparkError::plain(Exception::Spark, "pairs are out of order"));
        }
        (last, count) = (key, count + 1);
    }
    Ok(count)
}
