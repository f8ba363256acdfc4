//! `spark.scheduler.allocation.file`: how the pools of FAIR scheduling share.
//!
//! ```xml
//! <allocations>
//!   <pool name="reports"><schedulingMode>FAIR</schedulingMode><weight>2</weight><minShare>1</minShare></pool>
//! </allocations>
//! ```
//! Only these elements mean anything, so this reads them and nothing else of XML but comments.

use std::path::Path;

use firesteel_error::{Exception, Result, SparkError};
use hashbrown::HashMap;

use super::queue::{PoolConf, SchedulingMode};

/// The pools of a file, by name.
pub(crate) fn read(path: &Path) -> Result<HashMap<String, PoolConf>> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| SparkError::io(format!("reading spark.scheduler.allocation.file {}", path.display()), e))?;
    parse(&text).map_err(|what| {
        let text = format!("spark.scheduler.allocation.file {}: {what}", path.display());
        SparkError::plain(Exception::IllegalArgument, text)
    })
}

fn parse(text: &str) -> std::result::Result<HashMap<String, PoolConf>, String> {
    let text = without_comments(text);
    let mut pools = HashMap::new();
    for piece in text.split("<pool").skip(1) {
        let (head, body) = piece.split_once('>').ok_or("a <pool> is not closed")?;
        let name = attribute(head, "name").ok_or("a <pool> has no name")?;
        let body = if head.ends_with('/') { "" } else { body.split("</pool>").next().unwrap_or(body) };
        pools.insert(name.to_string(), pool(body)?);
    }
    Ok(pools)
}

fn pool(body: &str) -> std::result::Result<PoolConf, String> {
    let mut conf = PoolConf::default();
    if let Some(mode) = element(body, "schedulingMode") {
        conf.mode = SchedulingMode::parse(mode).map_err(|e| e.message())?;
    }
    for (name, value) in [("weight", &mut conf.weight), ("minShare", &mut conf.min_share)] {
        if let Some(text) = element(body, name) {
            *value = text.parse().map_err(|_| format!("{name} should be a number, but was {text}"))?;
        }
    }
    Ok(conf)
}

fn element<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let after = body.split_once(&format!("<{name}>"))?.1;
    Some(after.split_once(&format!("</{name}>"))?.0.trim())
}

fn attribute<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let after = head.split_once(name)?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after[1..].split(quote).next()
}

fn without_comments(text: &str) -> String {
    let mut pieces = text.split("<!--");
    let mut kept = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        kept.push_str(piece.split_once("-->").map_or("", |(_, after)| after));
    }
    kept
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pools_have_what_the_file_says() {
        let pools = parse(
            "<?xml version=\"1.0\"?><allocations><!-- <pool name=\"no\"/> -->
             <pool name=\"a\"><schedulingMode>FAIR</schedulingMode><weight> 2 </weight><minShare>3</minShare></pool>
             <pool name='b'/></allocations>",
        )
        .unwrap();
        assert_eq!(pools.len(), 2);
        assert_eq!((pools["a"].mode, pools["a"].weight, pools["a"].min_share), (SchedulingMode::Fair, 2, 3));
        assert_eq!((pools["b"].mode, pools["b"].weight, pools["b"].min_share), (SchedulingMode::Fifo, 1, 0));
        assert!(parse("<pool name=\"a\"><weight>x</weight></pool>").is_err());
    }
}
