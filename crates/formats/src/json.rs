//! JSON as Spark reads and writes it: a value a line, or one per file.
//!
//! [`scan`] walks over text, [`value`] stores one value, [`read`] reads files, [`infer`] finds schemas, [`generate`]
//! writes; [`from_json`] and its kind are the same machinery for columns of text.

mod files;
mod functions;
mod generate;
mod infer;
mod options;
mod read;
mod scan;
mod value;
mod write;

pub use files::JsonFormat;
pub use functions::{from_json, schema_of_json, to_json};
