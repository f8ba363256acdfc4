//! Named steps at which the process can be made to die, for crash tests of the real binary.
//!
//! `FIRESTEEL_FAILPOINT=after-offsets:3` aborts the process the third time it reaches the step `after-offsets`;
//! without a number, the first time. When the variable is not set a step costs one load.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The environment variable.
pub const VARIABLE: &str = "FIRESTEEL_FAILPOINT";

#[derive(Debug)]
struct Armed {
    name: String,
    left: AtomicU64,
}

static ARMED: OnceLock<Option<Armed>> = OnceLock::new();

/// Says that the process has come to the step `name`; does not return if the process is to die there.
pub fn reached(name: &str) {
    let armed = ARMED.get_or_init(|| std::env::var(VARIABLE).ok().and_then(|text| parse(&text)));
    if let Some(armed) = armed
        && is_due(armed, name)
    {
        // No destructors, no flushing: as if the power had gone.
        std::process::abort();
    }
}

fn parse(text: &str) -> Option<Armed> {
    let (name, count) = match text.split_once(':') {
        Some((name, count)) => (name, count.parse().ok()?),
        None => (text, 1),
    };
    (!name.is_empty() && count > 0).then(|| Armed { name: name.to_string(), left: AtomicU64::new(count) })
}

fn is_due(armed: &Armed, name: &str) -> bool {
    armed.name == name && armed.left.fetch_sub(1, Ordering::SeqCst) == 1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_nth_visit_of_the_named_step_is_due_and_no_other() {
        let armed = parse("mid-sink:2").unwrap();
        let visits = ["mid-sink", "after-sink", "mid-sink", "mid-sink"];
        assert_eq!(visits.map(|name| is_due(&armed, name)), [false, false, true, false]);
        assert!(is_due(&parse("before-commit").unwrap(), "before-commit"));
        assert!(parse("x:0").is_none() && parse(":1").is_none() && parse("x:y").is_none());
    }
}
