//! What to change, from what was measured.

use serde_json::Value;

use super::request::{Answer, Request};
use crate::advice::{self, Advice};

pub(super) use crate::advice::SHAPE;

pub(super) fn all(request: &Request<'_>) -> Answer {
    Ok(Value::Array(advice::of(request.store).iter().map(Advice::json).collect()))
}
