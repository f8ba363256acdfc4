//! The shape of an answer in one line of text, from which the OpenAPI document is made and which tests hold answers to.
//!
//! `jobId:int name:str description?:str stageIds:[int] metrics:{id:int} counts:<int>` is an object with those fields: `?` marks one
//! that may be missing, `[x]` is a list of x, `{...}` an object, `<x>` an object with any names and values x. The kinds are
//! `int`, `num`, `str`, `bool`, `date` (Spark's text of a time), `any`.

use serde_json::{Map, Value, json};

/// The JSON Schema of an object whose fields `shape` lists.
pub(crate) fn object(shape: &str) -> Value {
    let mut rest = shape;
    fields(&mut rest)
}

/// The JSON Schema of a list of such objects.
pub(crate) fn list(shape: &str) -> Value {
    json!({"type": "array", "items": object(shape)})
}

fn fields(rest: &mut &str) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    loop {
        *rest = rest.trim_start();
        let Some((name, after)) = rest.split_once(':').filter(|_| !rest.starts_with('}')) else { break };
        *rest = after;
        let optional = name.strip_suffix('?');
        if optional.is_none() {
            required.push(Value::from(name));
        }
        properties.insert(optional.unwrap_or(name).to_string(), kind(rest));
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn kind(rest: &mut &str) -> Value {
    let first = rest.chars().next().unwrap_or(' ');
    if matches!(first, '[' | '{' | '<') {
        *rest = &rest[1..];
        let inner = if first == '{' { fields(rest) } else { kind(rest) };
        *rest = rest.trim_start().get(1..).unwrap_or_default();
        return match first {
            '[' => json!({"type": "array", "items": inner}),
            '<' => json!({"type": "object", "additionalProperties": inner}),
            _ => inner,
        };
    }
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    *rest = after;
    match word {
        "int" => json!({"type": "integer"}),
        "num" => json!({"type": "number"}),
        "str" => json!({"type": "string"}),
        "bool" => json!({"type": "boolean"}),
        "date" => json!({"type": "string", "example": "2026-11-23T14:19:43.956GMT"}),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_becomes_a_schema() {
        let schema = object("a:int b?:[str] c:{d:bool e:<num>} f:[{g:date}]");
        assert_eq!(schema["required"], json!(["a", "c", "f"]));
        assert_eq!(schema["properties"]["b"], json!({"type": "array", "items": {"type": "string"}}));
        assert_eq!(schema["properties"]["c"]["properties"]["e"]["additionalProperties"]["type"], "number");
        assert_eq!(schema["properties"]["f"]["items"]["properties"]["g"]["type"], "string");
    }
}
