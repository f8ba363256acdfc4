//! Spark's date and time patterns: compiled from letters ([`letters`]), parsed ([`parse`]), printed ([`print`]).

mod letters;
mod parse;
pub mod pattern;
mod print;
