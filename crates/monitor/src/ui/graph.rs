//! A directed graph as a picture: nodes in layers, edges from a layer to one below.

use std::collections::HashMap;

use maud::{Markup, html};

use crate::store::shorten;

/// The most nodes that are drawn; a larger graph is only listed.
const NODES_MAX: usize = 300;

/// Measures of the picture, in its own units.
const NODE_WIDTH: f64 = 250.0;
const LINE: f64 = 15.0;
const GAP_X: f64 = 24.0;
const GAP_Y: f64 = 32.0;
const LETTERS_MAX: usize = 38;
const LINES_MAX: usize = 12;

/// A node.
pub(super) struct Node {
    pub id: i64,
    pub title: String,
    pub lines: Vec<String>,
    pub class: &'static str,
    pub link: Option<String>,
}

/// A node's place.
struct Place<'a> {
    node: &'a Node,
    x: f64,
    y: f64,
    height: f64,
}

/// The picture, to be folded away; edges lead from the first node to the second.
pub(super) fn figure(title: &str, nodes: &[Node], edges: &[(i64, i64)]) -> Markup {
    if nodes.is_empty() {
        return html! {};
    }
    if nodes.len() > NODES_MAX {
        return html! { p { (title) ": " (nodes.len()) " nodes are too many for a picture." } };
    }
    let places = place(nodes, edges);
    let by_id: HashMap<i64, &Place<'_>> = places.iter().map(|place| (place.node.id, place)).collect();
    let width = places.iter().map(|place| place.x + NODE_WIDTH).fold(0.0, f64::max) + 2.0;
    let height = places.iter().map(|place| place.y + place.height).fold(0.0, f64::max) + 2.0;
    let drawn = edges.iter().filter_map(|(from, to)| Some((*by_id.get(from)?, *by_id.get(to)?)));
    let label = format!("{title}: {} nodes, {} edges", nodes.len(), edges.len());
    html! {
        details.graph open {
            summary { (title) }
            div.wide tabindex="0" role="region" aria-label=(title) {
                svg viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) role="img" aria-label=(label) {
                    defs {
                        marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto" {
                            path d="M0 0 10 5 0 10z" {}
                        }
                    }
                    @for (from, to) in drawn { (edge(from, to)) }
                    @for place in &places { (box_of(place)) }
                }
            }
        }
    }
}

/// Each node one layer below the lowest of those that lead to it.
fn place<'a>(nodes: &'a [Node], edges: &[(i64, i64)]) -> Vec<Place<'a>> {
    let mut layer: HashMap<i64, usize> = nodes.iter().map(|node| (node.id, 0)).collect();
    // A graph without cycles settles after as many rounds as it has layers; one with a cycle is cut off there.
    for _ in 0..nodes.len() {
        let mut moved = false;
        for (from, to) in edges {
            let (Some(above), Some(below)) = (layer.get(from).copied(), layer.get(to).copied()) else { continue };
            if below <= above && above + 1 < nodes.len() {
                layer.insert(*to, above + 1);
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let depth = layer.values().copied().max().unwrap_or_default();
    let mut places: Vec<Place<'a>> = Vec::with_capacity(nodes.len());
    let mut y = 1.0;
    for current in 0..=depth {
        let row = nodes.iter().filter(|node| layer.get(&node.id) == Some(&current));
        let mut tallest: f64 = 0.0;
        for (column, node) in row.enumerate() {
            let height = (node.lines.len().min(LINES_MAX) + 1) as f64 * LINE + 12.0;
            tallest = tallest.max(height);
            places.push(Place { node, x: 1.0 + column as f64 * (NODE_WIDTH + GAP_X), y, height });
        }
        y += tallest + GAP_Y;
    }
    places
}

fn edge(from: &Place<'_>, to: &Place<'_>) -> Markup {
    let (x1, y1) = (from.x + NODE_WIDTH / 2.0, from.y + from.height);
    let (x2, y2) = (to.x + NODE_WIDTH / 2.0, to.y);
    let middle = (y1 + y2) / 2.0;
    html! { path.edge d=(format!("M{x1} {y1}C{x1} {middle} {x2} {middle} {x2} {y2}")) marker-end="url(#arrow)" {} }
}

fn box_of(place: &Place<'_>) -> Markup {
    let node = place.node;
    let content = html! {
        rect class=(format!("node {}", node.class.to_ascii_lowercase())) x=(place.x) y=(place.y) width=(NODE_WIDTH) height=(place.height) rx="4" {
            title { (node.title) @for line in &node.lines { "\n" (line) } }
        }
        text.title x=(place.x + 8.0) y=(place.y + LINE + 2.0) { (shorten(&node.title, LETTERS_MAX)) }
        @for (at, line) in node.lines.iter().take(LINES_MAX).enumerate() {
            text x=(place.x + 8.0) y=(place.y + (at + 2) as f64 * LINE + 2.0) { (shorten(line, LETTERS_MAX)) }
        }
    };
    html! { @match &node.link { Some(link) => a href=(link) { (content) }, None => (content) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(count: i64) -> Vec<Node> {
        let node = |id| Node { id, title: format!("n{id}"), lines: Vec::new(), class: "plain", link: None };
        (0..count).map(node).collect()
    }

    #[test]
    fn a_node_stands_below_all_that_lead_to_it() {
        let nodes = nodes(4);
        let places = place(&nodes, &[(0, 1), (1, 2), (0, 2), (3, 2)]);
        let y = |id: i64| places.iter().find(|place| place.node.id == id).map_or(0.0, |place| place.y);
        assert!(y(0) < y(1) && y(1) < y(2) && y(3) < y(2));
    }

    #[test]
    fn a_cycle_is_drawn_and_not_followed_for_ever() {
        let html = figure("Cycle", &nodes(3), &[(0, 1), (1, 2), (2, 0), (7, 8)]).into_string();
        assert_eq!(html.matches("class=\"edge\"").count(), 3);
    }
}
