//! The logical nodes that the analyzer makes for watermarks and the dropping of duplicates.

pub use firesteel_sql::nodes::{Deduplicate, EventTimeWatermark, WATERMARK_DELAY_KEY, watermark_delay_ms};
pub(crate) use firesteel_sql::nodes::{columns_of, event_time_columns, marked_schema, needed};
