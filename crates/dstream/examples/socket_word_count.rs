//! Counts words that come over a socket, with DStreams in Rust: per batch, over a window, and since the beginning.
//!
//! ```sh
//! nc -lk 9999                                                                       # in one terminal: type words
//! cargo run --release -p firesteel-dstream --example socket_word_count -- localhost 9999 /tmp/words
//! ```
//!
//! The last argument is a directory for checkpoints: kill the program at any moment and start it again, and the totals go on
//! where they were. The streams are built by the program each time; the checkpoint holds what they remember.

use std::time::Duration;

use firesteel_dstream::StreamingContext;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{SparkConf, SparkContext};

const BATCH: Duration = Duration::from_secs(2);

fn build(host: &str, port: u16) -> Result<StreamingContext> {
    let conf = SparkConf::new()
        .set_master("local[2]")
        .set_app_name("word count")
        .set("spark.streaming.receiver.writeAheadLog.enable", "true");
    let ssc = StreamingContext::new(&SparkContext::new(conf)?, BATCH)?;
    let words = ssc
        .socket_text_stream(host, port)
        .flat_map(|line: String| line.split_whitespace().map(str::to_string).collect::<Vec<_>>())
        .map(|word| (word, 1_u64));
    words.reduce_by_key(|a, b| a + b).print();
    words.reduce_by_key_and_window(|a, b| a + b, BATCH * 15, BATCH)?.print();
    words.update_state_by_key(|new, count: Option<u64>| Some(count.unwrap_or(0) + new.iter().sum::<u64>())).print();
    Ok(ssc)
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, host, port, checkpoint] = arguments.as_slice() else {
        return Err(SparkError::plain(Exception::IllegalArgument, "usage: socket_word_count HOST PORT CHECKPOINTS"));
    };
    let port =
        port.parse().map_err(|_| SparkError::plain(Exception::IllegalArgument, format!("{port} is no port number")))?;
    let ssc = StreamingContext::get_or_create(checkpoint, || build(host, port))?;
    ssc.start()?;
    ssc.await_termination()
}
