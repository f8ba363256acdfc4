//! The pages: HTML made from a [`Store`], without JavaScript needed to read it.
//!
//! Every text goes into a page through maud's templates, which escape it. Nothing is loaded from elsewhere, and the address
//! of a page is Spark's.

mod advice;
mod batch;
mod brief;
mod chart;
mod component;
mod environment;
mod executors;
mod graph;
mod job;
mod jobs;
mod logs;
mod queries;
mod query;
mod shell;
mod sql;
mod stage;
mod stages;
mod storage;
mod streaming;
mod timeline;

use std::collections::HashMap;

use maud::Markup;

use crate::log_files::LogFiles;
use crate::store::Store;
pub(crate) use shell::{history, message};

/// What a page is made from.
pub(crate) struct View<'a> {
    pub store: &'a Store,
    /// What stands before each page's path: nothing, or `/history/<id>`.
    pub base: &'a str,
    pub query: &'a HashMap<String, String>,
    pub now_ms: i64,
    /// Whether the page changes while it is looked at.
    pub is_live: bool,
    pub can_kill: bool,
    pub logs: Option<&'a LogFiles>,
}

/// What a path leads to.
pub(crate) enum Shown {
    Page(Markup),
    Text(String),
    Elsewhere(&'static str),
    Nothing(String),
}

/// A file that pages need.
pub(crate) struct Asset {
    pub kind: &'static str,
    pub text: &'static str,
}

impl View<'_> {
    /// The address of a page.
    pub fn link(&self, path: impl std::fmt::Display) -> String {
        format!("{}{path}", self.base)
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// A number in the query.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.parameter(name).parse().ok()
    }
}

/// The page at a path.
pub(crate) fn page(view: &View<'_>, path: &str) -> Shown {
    let found = |page: Option<Markup>, what: &str| {
        page.map_or_else(|| Shown::Nothing(format!("There is no such {what}, or it is no longer kept.")), Shown::Page)
    };
    match path.trim_end_matches('/') {
        "" => Shown::Elsewhere("/jobs/"),
        "/jobs" => Shown::Page(jobs::page(view)),
        "/jobs/job" => found(job::page(view), "job"),
        "/stages" => Shown::Page(stages::page(view)),
        "/stages/stage" => found(stage::page(view), "stage"),
        "/storage" => Shown::Page(storage::page(view)),
        "/storage/rdd" => found(storage::rdd(view), "RDD"),
        "/environment" => Shown::Page(environment::page(view)),
        "/executors" => Shown::Page(executors::page(view)),
        "/SQL" => Shown::Page(sql::page(view)),
        "/SQL/execution" => found(sql::execution(view), "execution"),
        "/StreamingQuery" => Shown::Page(queries::page(view)),
        "/StreamingQuery/statistics" => found(query::page(view), "streaming query"),
        "/streaming" => Shown::Page(streaming::page(view)),
        "/streaming/batch" => found(batch::page(view), "batch"),
        "/advice" => Shown::Page(advice::page(view)),
        "/timeline" => Shown::Page(timeline::page(view)),
        "/logs" => logs::page(view),
        other => Shown::Nothing(format!("There is no page {other}.")),
    }
}

/// The file at a path.
pub(crate) fn asset(path: &str) -> Option<Asset> {
    match path {
        "/static/style.css" => Some(Asset { kind: "text/css; charset=utf-8", text: include_str!("style.css") }),
        "/static/script.js" => Some(Asset { kind: "text/javascript; charset=utf-8", text: include_str!("script.js") }),
        "/favicon.ico" | "/static/icon.svg" => Some(Asset { kind: "image/svg+xml", text: include_str!("icon.svg") }),
        _ => None,
    }
}
