//! Parquet as Spark reads and writes it.
//!
//! Reading is DataFusion's, with Spark's types: what Spark wrote about its schema in the footer counts before what the
//! columns look like. Writing adds that note, so that Spark gets its types back.

mod columns;
mod files;
mod footer;
mod reader;
mod schema_json;
mod write;

pub use files::ParquetFormat;
pub use schema_json::{schema_from_json, schema_to_json};
