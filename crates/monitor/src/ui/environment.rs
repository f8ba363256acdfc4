//! The tab of settings and software, with secrets hidden.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::View;
use super::component::table;

pub(super) fn page(view: &View<'_>) -> Markup {
    let environment = &view.store.application.environment;
    let settings = |caption: &str, all: &BTreeMap<String, String>| {
        let rows = all.iter().map(|(name, value)| {
            html! { tr { th scope="row" { (name) } td { (value) } } }
        });
        html! { @if !all.is_empty() { (table(caption, &["Name", "Value"], rows)) } }
    };
    let content = html! {
        (settings("Spark properties", &environment.spark))
        (settings("Process", &environment.system))
        (settings("Metrics properties", &environment.metrics))
        (settings("Hadoop properties", &environment.hadoop))
        (settings("Runtime", &environment.runtime))
        (settings("Class path", &environment.classpath))
    };
    super::shell::page(view, "Environment", "/environment/", &content)
}
