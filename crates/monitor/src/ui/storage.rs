//! The tab of what is kept in memory or on disk.

use maud::{Markup, html};

use super::View;
use super::component::{bytes_cell, count_cell, facts, paged, table};
use crate::store::StoredRdd;
use crate::units;

pub(super) fn page(view: &View<'_>) -> Markup {
    let kept: Vec<&StoredRdd> = view.store.rdds.values().filter(|rdd| !rdd.blocks.is_empty()).collect();
    let columns = ["RDD", "Name", "Storage level", "Cached partitions", "Fraction cached", "In memory", "On disk"];
    let content = html! {
        @if kept.is_empty() { p { "Nothing is persisted. " code { "rdd.persist()" } " or " code { "df.cache()" } " would be shown here." } }
        @else { (paged(view, ("rdds", "Persisted RDDs"), &columns, &kept, |rdd| row(view, rdd))) }
    };
    super::shell::page(view, "Storage", "/storage/", &content)
}

fn row(view: &View<'_>, rdd: &StoredRdd) -> Markup {
    let fraction = rdd.blocks.len() as i64 * 100 / rdd.partitions.max(1);
    html! {
        tr {
            th scope="row" data-sort=(rdd.id) { (rdd.id) }
            td { a href=(view.link(format!("/storage/rdd/?id={}", rdd.id))) { (rdd.name) } }
            td { (rdd.level) }
            (count_cell(rdd.blocks.len() as i64))
            td.number data-sort=(fraction) { (fraction) " %" }
            (bytes_cell(rdd.memory_bytes()))
            (bytes_cell(rdd.disk_bytes()))
        }
    }
}

/// The page of an RDD that is kept.
pub(super) fn rdd(view: &View<'_>) -> Option<Markup> {
    let rdd = view.store.rdds.get(&view.number("id")?)?;
    let rows = rdd.blocks.iter().map(|(name, block)| {
        html! {
            tr {
                th scope="row" { (name) } td { (block.level) }
                (bytes_cell(block.memory_bytes)) (bytes_cell(block.disk_bytes)) td { (block.executor) }
            }
        }
    });
    let content = html! {
        (facts(&[
            ("Storage level", html! { (rdd.level) }),
            ("Cached partitions", html! { (rdd.blocks.len()) " of " (rdd.partitions) }),
            ("In memory", html! { (units::bytes(rdd.memory_bytes())) }),
            ("On disk", html! { (units::bytes(rdd.disk_bytes())) }),
        ]))
        (table("Partitions", &["Block", "Storage level", "In memory", "On disk", "Executor"], rows))
    };
    Some(super::shell::page(view, &format!("RDD {}: {}", rdd.id, rdd.name), "/storage/", &content))
}
