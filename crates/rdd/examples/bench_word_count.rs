//! Word count of a generated text by RDDs and by threads written out by hand, side by side.
//!
//! `cargo run --release -p firesteel-rdd --example bench_word_count -- [MEGABYTES]`

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use firesteel_error::{Result, SparkError};
use firesteel_rdd::{SparkConf, SparkContext, StableState, hash_of};
use hashbrown::HashMap;

const WORDS: u64 = 50_000;
const WORDS_PER_LINE: usize = 12;

type Counts = HashMap<String, u64, StableState>;

fn main() -> Result<()> {
    let megabytes: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    let dir = tempfile::tempdir().map_err(|e| SparkError::io("a directory", e))?;
    let path = dir.path().join("text");
    generate(&path, megabytes << 20).map_err(|e| SparkError::io("writing the text", e))?;
    for round in 0..3 {
        let (by_hand, by_rdd) = (time(|| by_hand(&path))?, time(|| by_rdd(&path))?);
        println!("round {round}: by hand {by_hand:.2} s, RDD {by_rdd:.2} s, {:.2} times", by_rdd / by_hand);
    }
    let sc = SparkContext::new(SparkConf::new().set_master("local[*]").set_app_name("tasks of nothing"))?;
    let nothing = sc.parallelize(0..1000, 1000);
    nothing.count()?;
    let seconds = time(|| nothing.count())?;
    println!("1,000 tasks of nothing: {:.1} us a task", seconds * 1e3);
    Ok(())
}

/// Words of three to ten letters, the frequent ones far more frequent, as in a language.
fn generate(path: &Path, bytes: u64) -> std::io::Result<()> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    let (mut written, mut number) = (0, 0_u64);
    while written < bytes {
        for place in 0..WORDS_PER_LINE {
            number += 1;
            let unit = (hash_of(&number) >> 11) as f64 / (1_u64 << 53) as f64;
            let word = (WORDS as f64).powf(unit) as u64;
            let letters = 3 + (hash_of(&word) % 8) as usize;
            let spelled = format!("{:x}", hash_of(&(word + 1)));
            let spelled = &spelled[..letters.min(spelled.len())];
            let end = if place + 1 == WORDS_PER_LINE { "\n" } else { " " };
            write!(file, "{spelled}{end}")?;
            written += spelled.len() as u64 + 1;
        }
    }
    file.flush()
}

fn time<T>(run: impl FnOnce() -> Result<T>) -> Result<f64> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed().as_secs_f64())
}

fn by_rdd(path: &Path) -> Result<usize> {
    let sc = SparkContext::new(SparkConf::new().set_master("local[*]").set_app_name("words"))?;
    let words =
        sc.text_file(&path.to_string_lossy()).flat_map(|line| line.split(' ').map(str::to_string).collect::<Vec<_>>());
    Ok(words.map(|word| (word, 1_u64)).reduce_by_key(|a, b| a + b).collect()?.len())
}

/// What a careful programmer would write: the text cut at line ends, a map of words for each thread, the maps merged.
fn by_hand(path: &Path) -> Result<usize> {
    let text = fs::read_to_string(path).map_err(|e| SparkError::io("reading the text", e))?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    for left in (1..=threads).rev() {
        let near = rest.len() / left;
        let cut = rest.as_bytes()[near..].iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| near + at + 1);
        let (part, after) = rest.split_at(cut);
        parts.push(part);
        rest = after;
    }
    let maps: Vec<Counts> = std::thread::scope(|scope| {
        let counting: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || count(part))).collect();
        counting.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let merged = maps.into_iter().reduce(|mut all, map| {
        for (word, count) in map {
            *all.entry(word).or_insert(0) += count;
        }
        all
    });
    Ok(merged.map_or(0, |counts| counts.len()))
}

fn count(text: &str) -> Counts {
    let mut counts = Counts::default();
    for word in text.lines().flat_map(|line| line.split(' ')) {
        *counts.entry_ref(word).or_insert(0) += 1;
    }
    counts
}
