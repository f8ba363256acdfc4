//! From the user's paths to data files: globs, directories, hidden files, filters by name and time, partition
//! directories, and the logs of streaming sinks.

use std::collections::HashSet;

use arrow::datatypes::{FieldRef, Schema};
use firesteel_error::{Exception, Result, SparkError};
use regex::Regex;

use crate::context::FormatContext;
use crate::file_status::{FileStatus, FileUrl};
use crate::glob;
use crate::options::Options;
use crate::partitioning::{self, Placed};
use crate::sink_log;
use crate::storage::{self, Entry};
use crate::time_zone::ZoneId;

/// The files of a read, and the columns that their directories add.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The files, by path.
    pub files: Vec<FileStatus>,
    /// The partition columns; each file has a value for each.
    pub partition_columns: Vec<FieldRef>,
    /// Whether the log of a streaming sink named the files, and not their directory.
    pub from_sink_log: bool,
}

/// Lists what `paths` name. A path that names nothing is `PATH_NOT_FOUND`. A partition column that `user_schema` has
/// takes its type from there.
pub async fn list_files(
    paths: &[String],
    options: &Options,
    context: &FormatContext,
    user_schema: Option<&Schema>,
) -> Result<Listing> {
    let filters = Filters::new(options, context)?;
    if let [path] = paths
        && !glob::is_pattern(path)
    {
        let root = FileUrl::parse(path)?;
        if let Some(entries) = sink_log::committed_files(&root, context).await? {
            let placed = entries.into_iter().filter(|entry| filters.keep(entry)).map(|entry| (entry, root.clone()));
            let listing = partitioned(placed.collect(), vec![], options, context, user_schema)?;
            return Ok(Listing { from_sink_log: true, ..listing });
        }
    }
    let mut roots = Vec::new();
    for path in paths {
        roots.extend(expand(path, context).await?);
    }
    let recursive = options.flag("recursiveFileLookup", false)?;
    let base_path = base_path(options, &roots, context).await?;
    let mut found: Vec<(Entry, FileUrl)> = Vec::new();
    let mut seen = HashSet::new();
    let mut direct = HashSet::new();
    for root in roots {
        let base = match (&base_path, root.is_dir) {
            (Some(base), _) => base.clone(),
            (None, true) => root.url.clone(),
            (None, false) => root.url.parent().unwrap_or_else(|| root.url.clone()),
        };
        for file in leaf_files(&root, context).await? {
            if file.url == root.url || file.url.parent().as_ref() == Some(&root.url) {
                direct.insert(file.url.clone());
            }
            if filters.keep(&file) && seen.insert(file.url.clone()) {
                found.push((file, base.clone()));
            }
        }
    }
    if recursive {
        return Ok(Listing {
            files: found.into_iter().map(|(entry, _)| unplaced(entry)).collect(),
            ..Default::default()
        });
    }
    partitioned(found, direct.into_iter().collect(), options, context, user_schema)
}

fn unplaced(entry: Entry) -> FileStatus {
    FileStatus { path: entry.url, size: entry.size, modification_ms: entry.modification_ms, partition_values: vec![] }
}

/// Finds partition columns; without any, only files directly in a root count.
fn partitioned(
    found: Vec<(Entry, FileUrl)>,
    direct: Vec<FileUrl>,
    options: &Options,
    context: &FormatContext,
    user_schema: Option<&Schema>,
) -> Result<Listing> {
    let zone = options.get("timeZone").map_or(Ok(context.time_zone), str::parse::<ZoneId>)?;
    let placed: Vec<Placed> = found.iter().map(|(entry, base)| Placed { file: &entry.url, base }).collect();
    let partitioning = partitioning::discover(&placed, context, zone, user_schema)?;
    if partitioning.columns.is_empty() {
        let direct: HashSet<FileUrl> = direct.into_iter().collect();
        let files = found.into_iter().map(|(entry, _)| entry);
        let files = files.filter(|entry| direct.is_empty() || direct.contains(&entry.url)).map(unplaced).collect();
        return Ok(Listing { files, ..Listing::default() });
    }
    let files = found
        .into_iter()
        .zip(partitioning.values)
        .filter_map(|((entry, _), values)| Some(FileStatus { partition_values: values?, ..unplaced(entry) }));
    Ok(Listing { files: files.collect(), partition_columns: partitioning.columns, from_sink_log: false })
}

async fn base_path(options: &Options, roots: &[Entry], context: &FormatContext) -> Result<Option<FileUrl>> {
    let Some(text) = options.get("basePath") else { return Ok(None) };
    let base = FileUrl::parse(text)?;
    let bad = |why: String| Err(SparkError::plain(Exception::IllegalArgument, why));
    if !storage::stat(&base, context).await?.is_some_and(|entry| entry.is_dir) {
        return bad("Option 'basePath' must be a directory".into());
    }
    match roots.iter().find(|root| root.url.below(&base).is_none()) {
        Some(outside) => bad(format!("Wrong basePath {text} for the root path: {}", outside.url.hadoop())),
        None => Ok(Some(base)),
    }
}

/// What one path of the user's stands for: itself, or what its pattern matches.
async fn expand(path: &str, context: &FormatContext) -> Result<Vec<Entry>> {
    let missing = |url: &FileUrl| SparkError::new("PATH_NOT_FOUND").param("path", url.hadoop());
    let url = FileUrl::parse(path)?;
    // A name with a star in it may exist as such.
    if let Some(entry) = storage::stat(&url, context).await? {
        return Ok(vec![entry]);
    }
    if !glob::is_pattern(path) {
        return Err(missing(&url));
    }
    let mut matched = Vec::new();
    for pattern in glob::expand_slashed_braces(url.path()) {
        matched.extend(matches(&url, &pattern, context).await?);
    }
    matched.sort_by(|a, b| a.url.cmp(&b.url));
    matched.dedup_by(|a, b| a.url == b.url);
    if matched.is_empty() { Err(missing(&url)) } else { Ok(matched) }
}

async fn matches(url: &FileUrl, pattern: &str, context: &FormatContext) -> Result<Vec<Entry>> {
    let root = Entry { url: url.with_path("/"), is_dir: true, size: 0, modification_ms: 0 };
    let mut level = vec![root];
    for part in glob::components(pattern) {
        let mut next = Vec::new();
        for entry in level.iter().filter(|entry| entry.is_dir) {
            if !glob::is_pattern(&part) {
                next.extend(storage::stat(&entry.url.join(&part), context).await?);
                continue;
            }
            let regex = glob::compile(&part)?;
            let below = storage::list(&entry.url, context).await?;
            next.extend(
                below.into_iter().filter(|entry| regex.is_match(entry.url.name()) && !is_hidden(entry.url.name())),
            );
        }
        level = next;
    }
    Ok(level)
}

/// All files at and below `root` that are not hidden.
async fn leaf_files(root: &Entry, context: &FormatContext) -> Result<Vec<Entry>> {
    if !root.is_dir {
        return Ok(if is_hidden(root.url.name()) { vec![] } else { vec![root.clone()] });
    }
    let mut files = Vec::new();
    let mut open = vec![root.url.clone()];
    while let Some(directory) = open.pop() {
        for entry in storage::list(&directory, context).await? {
            if is_hidden(entry.url.name()) {
                continue;
            }
            if entry.is_dir { open.push(entry.url) } else { files.push(entry) }
        }
    }
    files.sort_by(|a, b| a.url.cmp(&b.url));
    Ok(files)
}

/// Whether Spark overlooks a file or directory of this name.
pub fn is_hidden(name: &str) -> bool {
    (name.starts_with('_') && !name.contains('=')) || name.starts_with('.') || name.ends_with("._COPYING_")
}

/// `pathGlobFilter`, `modifiedBefore`, `modifiedAfter`.
#[derive(Debug)]
struct Filters {
    name: Option<Regex>,
    before_ms: Option<i64>,
    after_ms: Option<i64>,
}

impl Filters {
    fn new(options: &Options, context: &FormatContext) -> Result<Self> {
        let zone = options.get("timeZone").map_or(Ok(context.time_zone), str::parse::<ZoneId>)?;
        let time = |name: &str| -> Result<Option<i64>> {
            let Some(text) = options.get(name) else { return Ok(None) };
            match crate::values::datetimes::parse_timestamp(text, zone) {
                Some(micros) => Ok(Some(micros.div_euclid(1000))),
                None => Err(SparkError::plain(
                    Exception::IllegalArgument,
                    format!("The timestamp provided for the '{name}' option is invalid. The expected format is 'YYYY-MM-DDTHH:mm:ss', but the provided timestamp: {text}"),
                )
                .with_exception(Exception::Analysis)),
            }
        };
        Ok(Self {
            name: options.get("pathGlobFilter").map(glob::compile).transpose()?,
            before_ms: time("modifiedBefore")?,
            after_ms: time("modifiedAfter")?,
        })
    }

    fn keep(&self, entry: &Entry) -> bool {
        self.name.as_ref().is_none_or(|name| name.is_match(entry.url.name()))
            && self.before_ms.is_none_or(|before| entry.modification_ms < before)
            && self.after_ms.is_none_or(|after| entry.modification_ms > after)
    }
}
