//! A table that every task looks things up in.
//!
//! Run it with `cargo run --release -p firesteel-rdd --example broadcast_variables`; `broadcast_variables.py` is the same in
//! Python.

use std::collections::HashMap;

use firesteel_error::Result;
use firesteel_rdd::{SparkConf, SparkContext};

fn main() -> Result<()> {
    let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("broadcast variables"))?;
    let table = sc.broadcast(HashMap::from([("Ram", 1), ("Shyam", 2), ("Mohan", 3)]));

    let values = table.value()?;
    let names = sc.parallelize(["Ram", "Shyam", "Mohan", "Sohan"], 2);
    println!("{:?}", names.map(move |name| values.get(name).copied().unwrap_or(0)).collect()?);

    table.destroy();
    Ok(())
}
