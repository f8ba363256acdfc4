//! Counts the words of a text: `cargo run --release -p firesteel-rdd --example word_count -- FILE`.

use firesteel_error::Result;
use firesteel_rdd::{SparkConf, SparkContext};

fn main() -> Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "README.md".to_string());
    let sc = SparkContext::new(SparkConf::new().set_master("local[*]").set_app_name("word count"))?;

    let words = sc.text_file(&path).flat_map(|line| line.split_whitespace().map(str::to_string).collect::<Vec<_>>());
    let counts = words.map(|word| (word, 1_u64)).reduce_by_key(|a, b| a + b);

    for (count, word) in counts.map(|(word, count)| (count, word)).top(10)? {
        println!("{count:>8} {word}");
    }
    Ok(())
}
