//! Counters that tasks add to and the driver reads: a sum, and one of a type of one's own.
//!
//! Run it with `cargo run --release -p firesteel-rdd --example accumulators`; `accumulators.py` is the same in Python.

use firesteel_error::Result;
use firesteel_rdd::{Accumulate, SparkConf, SparkContext};

/// The longest text that was added.
struct Longest;

impl Accumulate for Longest {
    type Item = String;
    type Value = String;

    fn zero(&self) -> String {
        String::new()
    }

    fn add(&self, value: &mut String, item: String) {
        if item.len() > value.len() {
            *value = item;
        }
    }

    fn merge(&self, value: &mut String, other: String) {
        self.add(value, other);
    }

    fn show(&self, value: &String) -> String {
        value.clone()
    }
}

fn main() -> Result<()> {
    let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("accumulators"))?;
    let words = sc.long_accumulator("words");
    let longest = sc.accumulator_of(Longest, Some("longest word"));

    let lines = sc.parallelize(["For Testing Purpose : ", "Accumulators in Spark : ", "Counting words"], 2);
    let (count, compare) = (words.clone(), longest.clone());
    lines.foreach(move |line| {
        for word in line.split_whitespace() {
            count.add(1);
            compare.add(word.to_string());
        }
    })?;

    println!("{} words, the longest is {}", words.sum()?, longest.value()?);
    Ok(())
}
