//! The tab of advice: what to change, and the numbers that say so.

use maud::{Markup, html};

use super::View;
use super::component::facts;
use crate::advice::{self, Advice};

pub(super) fn page(view: &View<'_>) -> Markup {
    let all = advice::of(view.store);
    let content = html! {
        @if all.is_empty() {
            p { "Too little was measured for advice: a stream needs 20 batches with data, a stage needs tasks that take time." }
        }
        @for advice in &all { (piece(advice)) }
    };
    super::shell::page(view, "Advice", "/advice/", &content)
}

fn piece(advice: &Advice) -> Markup {
    let numbers: Vec<(&str, Markup)> = advice
        .numbers
        .iter()
        .map(|(name, value)| (*name, html! { (value.as_str().map_or(value.to_string(), str::to_string)) }))
        .collect();
    html! {
        section {
            h2 { (advice.topic) ": " (advice.about) }
            p { (advice.finding) }
            @if let Some(change) = &advice.change { p { strong { (change) } } }
            (facts(&numbers))
        }
    }
}
