//! SQL statements, expressions, types, schemas and intervals: any text gives a message or an error.
#![no_main]

use firesteel_parser::{
    parse_data_type, parse_expression, parse_interval, parse_multipart_identifier, parse_schema, parse_schema_json,
    parse_statement,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = parse_statement(text);
    let _ = parse_expression(text);
    let _ = parse_data_type(text);
    let _ = parse_schema(text);
    let _ = parse_schema_json(text);
    let _ = parse_interval(text);
    let _ = parse_multipart_identifier(text);
});
