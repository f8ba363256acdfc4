//! A table that every task reads, and counters that every task adds to.

use std::collections::HashMap;

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
    let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("capitals"))?;

    let capitals = sc.broadcast(HashMap::from([("fr", "Paris"), ("it", "Rome"), ("de", "Berlin")]));
    let unknown = sc.long_accumulator("unknown countries");
    let longest = sc.accumulator_of(Longest, Some("longest name"));

    let (table, missing, longest_seen) = (capitals.value()?, unknown.clone(), longest.clone());
    sc.parallelize(["fr", "xx", "de", "it", "yy"], 3).foreach(move |country| match table.get(country) {
        Some(capital) => longest_seen.add((*capital).to_string()),
        None => missing.add(1),
    })?;

    println!("{} unknown countries; the longest name is {}", unknown.sum()?, longest.value()?);
    capitals.destroy();
    Ok(())
}
