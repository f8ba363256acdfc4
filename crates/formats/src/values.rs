//! Single values from text and to text: one set of parsers for files, partition directories, functions and casts.
//!
//! [`numbers`] has integers, doubles and decimals; [`datetimes`] has dates and times in the forms that a cast accepts
//! (patterns are [`crate::DateTimePattern`]); [`intervals`] has the two ANSI intervals; [`base64`] has binary;
//! [`text`] prints any of them as a cast to string does.

pub mod base64;
pub mod datetimes;
pub mod intervals;
pub mod numbers;
pub mod text;

/// `true` or `false` in any case.
pub fn parse_boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Says once that `locale` changes nothing here.
pub(crate) fn report_locale() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| tracing::warn!("option \"locale\" has no effect: names of months and days are English"));
}
