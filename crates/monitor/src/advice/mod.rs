//! Advice: what to change, from what was measured.
