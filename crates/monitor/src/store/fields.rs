//! Reading an event's JSON: a field that is missing or of another kind is its type's empty value, because logs of other versions
//! must stay readable.

use serde_json::Value;

/// The most bytes that are kept of one text (a plan, a stack trace, a description).
pub(crate) const TEXT_BYTES_MAX: usize = 64 << 10;

/// Access to the fields of a JSON object.
pub(crate) trait Fields {
    fn field(&self, name: &str) -> &Value;

    fn int(&self, name: &str) -> i64 {
        self.optional_int(name).unwrap_or_default()
    }

    /// A number, or a number in a text, as Spark writes metric values.
    fn optional_int(&self, name: &str) -> Option<i64> {
        let value = self.field(name);
        value.as_i64().or_else(|| value.as_f64().map(|n| n as i64)).or_else(|| value.as_str()?.parse().ok())
    }

    /// A time or a count for which Spark writes -1 (and 0, for times) when there is none.
    fn time(&self, name: &str) -> Option<i64> {
        self.optional_int(name).filter(|ms| *ms > 0)
    }

    fn text(&self, name: &str) -> String {
        cut(self.field(name).as_str().unwrap_or_default())
    }

    fn optional_text(&self, name: &str) -> Option<String> {
        self.field(name).as_str().filter(|text| !text.is_empty()).map(cut)
    }

    fn flag(&self, name: &str) -> bool {
        self.field(name).as_bool().unwrap_or_default()
    }

    fn list(&self, name: &str) -> &[Value] {
        self.field(name).as_array().map_or(&[], Vec::as_slice)
    }

    fn ints(&self, name: &str) -> Vec<i64> {
        self.list(name).iter().filter_map(Value::as_i64).collect()
    }

    /// The members of an object.
    fn members(&self, name: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.field(name).as_object().into_iter().flatten()
    }
}

impl Fields for Value {
    fn field(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

/// The text, cut to what is kept.
pub(crate) fn cut(text: &str) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text.to_string();
    }
    format!("{} ({} bytes in all)", shorten(text, TEXT_BYTES_MAX), text.len())
}

/// The text's beginning, of at most so many bytes.
pub(crate) fn shorten(text: &str, bytes_max: usize) -> String {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if end < text.len() { format!("{}…", &text[..end]) } else { text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_missing_is_empty() {
        let event = json!({"n": "12", "t": -1, "f": 2.9});
        assert_eq!((event.int("n"), event.int("f"), event.int("none")), (12, 2, 0));
        assert_eq!((event.time("t"), event.text("t"), event.list("t").len()), (None, String::new(), 0));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = cut(&"ä".repeat(TEXT_BYTES_MAX));
        assert!(text.len() < TEXT_BYTES_MAX + 40, "{}", text.len());
        assert!(text.ends_with("bytes in all)"));
    }
}
