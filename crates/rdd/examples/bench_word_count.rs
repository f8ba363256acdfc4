//! Word count of 200 MB by RDDs and by threads written out by hand, side by side; and what a task costs.
//!
//! The text is that of the measures in Python (`words.txt` in `BENCH_DIR`), or one like it. It prints its figures as JSON,
//! as the scripts of `benches/` do: medians of three rounds.
//!
//! `cargo run --release -p firesteel-rdd --example bench_word_count -- [MEGABYTES]`

use std::collections::HashMap;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use firesteel_error::{Result, SparkError};
use firesteel_rdd::{SparkConf, SparkContext, hash_of};

const WORDS: u64 = 50_000;
const WORDS_PER_LINE: usize = 12;
const ROUNDS: usize = 3;
const TASKS: usize = 1000;

fn main() -> Result<()> {
    let megabytes: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    let dir = tempfile::tempdir().map_err(|e| SparkError::io("a directory", e))?;
    let path = match std::env::var("BENCH_DIR").map(|dir| Path::new(&dir).join("words.txt")) {
        Ok(path) if path.exists() => path,
        _ => {
            let path = dir.path().join("text");
            generate(&path, megabytes * 1_000_000).map_err(|e| SparkError::io("writing the text", e))?;
            path
        }
    };
    let (mut hand, mut rdd) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        hand.push(time(|| by_hand(&path))?);
        rdd.push(time(|| by_rdd(&path))?);
    }
    let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("tasks of nothing"))?;
    let nothing = sc.parallelize(0..TASKS, TASKS);
    nothing.count()?;
    let tasks: Vec<Cost> = (0..ROUNDS).map(|_| time(|| nothing.count())).collect::<Result<_>>()?;
    let micros = |seconds: f64| seconds * 1e6 / TASKS as f64;
    let figures = [
        ("Rust, 200 MB, s", median(&rdd, |cost| cost.seconds)),
        ("Rust, 200 MB, CPU s", median(&rdd, |cost| cost.cpu_seconds)),
        ("Rust without an engine, 200 MB, s", median(&hand, |cost| cost.seconds)),
        ("Rust without an engine, 200 MB, CPU s", median(&hand, |cost| cost.cpu_seconds)),
        ("Rust, a task of nothing, us", micros(median(&tasks, |cost| cost.seconds))),
    ];
    let figures: Vec<String> = figures.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    println!("{{{}}}", figures.join(", "));
    Ok(())
}

fn median(costs: &[Cost], what: impl Fn(&Cost) -> f64) -> f64 {
    let mut values: Vec<f64> = costs.iter().map(what).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
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

struct Cost {
    seconds: f64,
    cpu_seconds: f64,
}

fn time<T>(run: impl FnOnce() -> Result<T>) -> Result<Cost> {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    run()?;
    Ok(Cost { seconds: start.elapsed().as_secs_f64(), cpu_seconds: cpu_seconds() - cpu })
}

/// What this process has used of all processors, on Linux; what others do meanwhile does not disturb it.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn by_rdd(path: &Path) -> Result<usize> {
    let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("words"))?;
    let words =
        sc.text_file(&path.to_string_lossy()).flat_map(|line| line.split(' ').map(str::to_string).collect::<Vec<_>>());
    Ok(words.map(|word| (word, 1_u64)).reduce_by_key(|a, b| a + b).collect()?.len())
}

/// What one would write with a library for data parallelism: the text cut at line ends, a map of borrowed words for each
/// thread, the maps merged.
fn by_hand(path: &Path) -> Result<usize> {
    let text = fs::read_to_string(path).map_err(|e| SparkError::io("reading the text", e))?;
    let threads = 2;
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    for left in (1..=threads).rev() {
        let near = rest.len() / left;
        let cut = rest.as_bytes()[near..].iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| near + at + 1);
        let (part, after) = rest.split_at(cut);
        parts.push(part);
        rest = after;
    }
    let maps: Vec<HashMap<&str, u64>> = std::thread::scope(|scope| {
        let counting: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || count(part))).collect();
        counting.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let merged = maps.into_iter().reduce(|mut all, map| {
        for (word, count) in map {
            *all.entry(word).or_insert(0) += count;
        }
        all
    });
    let counts: Vec<(String, u64)> = merged.into_iter().flatten().map(|(word, n)| (word.to_string(), n)).collect();
    Ok(counts.len())
}

fn count(text: &str) -> HashMap<&str, u64> {
    let mut counts = HashMap::new();
    for word in text.lines().flat_map(|line| line.split(' ')) {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}
