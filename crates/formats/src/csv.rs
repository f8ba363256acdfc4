//! CSV as Spark reads and writes it.
//!
//! [`fields`] cuts a record into fields, [`value`] stores one field, [`read`] reads files, [`infer`] finds schemas,
//! [`write`] writes; [`from_csv`] and its kind are the same machinery for columns of text.

mod fields;
mod files;
mod functions;
mod infer;
mod options;
mod read;
mod value;
mod write;

pub use files::CsvFormat;
pub use functions::{from_csv, schema_of_csv, to_csv};
