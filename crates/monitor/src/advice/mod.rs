//! Advice: what to change, from what was measured.
//!
//! A piece of advice is a finding, what to do about it if there is something, and the numbers it rests on. It is a function of the
//! [`Store`], so that a running application, a log of one that ended and the REST API say the same. Where too little was
//! measured nothing is said. A further rule is one file and one line in [`of`].

mod batches;
mod distribution;
mod interval;
mod log_file;
mod memory;
mod partitions;
mod skew;

use serde_json::{Value, json};

use crate::store::Store;
pub use log_file::read as read_log;

/// The shape of an answer of the REST API.
pub(crate) const SHAPE: &str = "topic:str about:str finding:str change?:str numbers:<any>";

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// What it concerns: `batch interval`, `partitions`, `skew`, `memory`.
    pub topic: &'static str,
    /// Which query, program or stage.
    pub about: String,
    /// What was found.
    pub finding: String,
    /// What to change; `None` if all is well.
    pub change: Option<String>,
    /// What it rests on: names with their units, and values.
    pub numbers: Vec<(&'static str, Value)>,
}

/// All advice; what asks for a change comes first.
pub fn of(store: &Store) -> Vec<Advice> {
    let mut all = Vec::new();
    all.extend(interval::of(store));
    all.extend(partitions::of(store));
    all.extend(skew::of(store));
    all.extend(memory::of(store));
    all.sort_by_key(|advice| advice.change.is_none());
    all
}

impl Advice {
    /// As the REST API and `firesteel advise --json` give it.
    pub fn json(&self) -> Value {
        let numbers: serde_json::Map<_, _> =
            self.numbers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        let mut json = json!({"topic": self.topic, "about": self.about, "finding": self.finding, "numbers": numbers});
        if let Some(change) = &self.change {
            json["change"] = json!(change);
        }
        json
    }
}

/// Advice, as [`Advice::json`] gives it, for a terminal.
pub fn text(all: &[Value]) -> String {
    if all.is_empty() {
        return "Too little was measured for advice. Streams need 20 batches with data; stages need tasks that take time.\n".into();
    }
    let mut text = String::new();
    for advice in all {
        let field = |name: &str| advice[name].as_str().unwrap_or_default();
        text.push_str(&format!("{}: {}\n  {}\n", field("topic"), field("about"), field("finding")));
        if let Some(change) = advice["change"].as_str() {
            text.push_str(&format!("  -> {change}\n"));
        }
        let numbers = advice["numbers"].as_object().into_iter().flatten();
        let numbers: Vec<String> = numbers.map(|(name, value)| format!("{name} {}", plain(value))).collect();
        text.push_str(&format!("  ({})\n\n", numbers.join(", ")));
    }
    text
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::store::Limits;

    /// A store of events.
    pub(crate) fn store(events: &[Value]) -> Store {
        let mut store = Store::new(Limits::default());
        for event in events {
            store.apply(event, 0);
        }
        store
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert!(of(&store(&[])).is_empty());
        assert!(text(&[]).starts_with("Too little"));
    }

    #[test]
    fn text_shows_the_numbers() {
        let advice = Advice {
            topic: "memory",
            about: "app".into(),
            finding: "found".into(),
            change: Some("do".into()),
            numbers: vec![("spilled bytes", json!(7))],
        };
        assert_eq!(text(&[advice.json()]), "memory: app\n  found\n  -> do\n  (spilled bytes 7)\n\n");
    }
}
