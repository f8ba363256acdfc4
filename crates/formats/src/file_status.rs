//! A data file: its URL, size, time of change, and the values its directories give to partition columns.

use std::path::{Path, PathBuf};

use datafusion::common::ScalarValue;
use datafusion::datasource::object_store::ObjectStoreUrl;
use firesteel_error::{Exception, Result, SparkError};
use object_store::path::Path as StorePath;

/// A place in a file system or object store: `file:///data/a.csv`, `s3://bucket/a.csv`.
///
/// The path inside is the plain one; percent escapes come and go at the border.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileUrl {
    /// `file://` or `s3://bucket`.
    root: String,
    /// Starts with a slash, has none at the end, is not percent-encoded.
    path: String,
}

impl FileUrl {
    /// Reads a user's path: a plain path (made absolute against the working directory), `file:` in its three
    /// spellings, or a URL of another scheme.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(SparkError::plain(Exception::IllegalArgument, "Can not create a Path from an empty string"));
        }
        if let Some(rest) = text.strip_prefix("file:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            return Ok(Self::local(path));
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            let scheme = match scheme {
                "s3a" | "s3n" => "s3",
                other => other,
            };
            return Ok(Self { root: format!("{scheme}://{authority}"), path: clean(path) });
        }
        Ok(Self::local(text))
    }

    /// A path of this machine.
    pub fn local(path: impl AsRef<Path>) -> Self {
        let absolute = std::path::absolute(path.as_ref()).unwrap_or_else(|_| path.as_ref().to_path_buf());
        Self { root: "file://".into(), path: clean(&absolute.to_string_lossy()) }
    }

    /// Where on this machine, if it is here.
    pub fn local_path(&self) -> Option<PathBuf> {
        self.is_local().then(|| PathBuf::from(if self.path.is_empty() { "/" } else { &self.path }))
    }

    /// Whether the place is on this machine.
    pub fn is_local(&self) -> bool {
        self.root == "file://"
    }

    /// The store that holds the place.
    pub fn store_url(&self) -> Result<ObjectStoreUrl> {
        ObjectStoreUrl::parse(&self.root)
            .map_err(|error| SparkError::plain(Exception::IllegalArgument, format!("{self}: {error}")))
    }

    /// The key in that store.
    pub fn store_path(&self) -> Result<StorePath> {
        StorePath::parse(self.path.trim_start_matches('/'))
            .map_err(|error| SparkError::plain(Exception::IllegalArgument, format!("{self}: {error}")))
    }

    /// The path without scheme and authority.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or("")
    }

    /// A place below this one.
    #[must_use]
    pub fn join(&self, below: &str) -> Self {
        Self { root: self.root.clone(), path: clean(&format!("{}/{below}", self.path)) }
    }

    /// The directory that holds this place.
    pub fn parent(&self) -> Option<Self> {
        let at = self.path.rfind('/')?;
        Some(Self { root: self.root.clone(), path: self.path[..at].to_string() })
    }

    /// The parts below `base`, if this place is below it.
    pub fn below<'a>(&'a self, base: &Self) -> Option<&'a str> {
        let rest = (self.root == base.root).then(|| self.path.strip_prefix(base.path.as_str()))??;
        if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
    }

    /// The same store, another absolute path.
    #[must_use]
    pub fn with_path(&self, path: &str) -> Self {
        Self { root: self.root.clone(), path: clean(path) }
    }

    /// As Hadoop prints a path: `file:/data/a b.csv`, `s3://bucket/a`.
    pub fn hadoop(&self) -> String {
        if self.is_local() { format!("file:{}", self.path()) } else { format!("{}{}", self.root, self.path) }
    }
}

/// As a URL with percent escapes: `file:///data/a%20b.csv`.
impl std::fmt::Display for FileUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.root)?;
        for byte in self.path().bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => write!(f, "{}", byte as char)?,
                b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';'
                | b'=' | b':' | b'@' | b'/' => write!(f, "{}", byte as char)?,
                other => write!(f, "%{other:02X}")?,
            }
        }
        Ok(())
    }
}

/// One slash between parts, none at the end, `.` and `..` resolved.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.iter().flat_map(|part| ["/", part]).collect()
}

/// A data file and what is known of it without opening it.
#[derive(Debug, Clone, PartialEq)]
pub struct FileStatus {
    /// Where it is.
    pub path: FileUrl,
    /// Bytes.
    pub size: u64,
    /// Milliseconds since the epoch.
    pub modification_ms: i64,
    /// One value for each partition column of the listing, in their order and types.
    pub partition_values: Vec<ScalarValue>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_three_spellings_of_a_local_path_are_one() {
        for text in ["/a/b c/d.csv", "file:/a/b c/d.csv", "file:///a/b c//d.csv/"] {
            let url = FileUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), "file:///a/b%20c/d.csv");
            assert_eq!(url.local_path().unwrap(), PathBuf::from("/a/b c/d.csv"));
            assert_eq!(url.hadoop(), "file:/a/b c/d.csv");
        }
        let s3 = FileUrl::parse("s3a://bucket/a/b=1/c").unwrap();
        assert_eq!(s3.to_string(), "s3://bucket/a/b=1/c");
        assert_eq!(s3.below(&FileUrl::parse("s3://bucket/a").unwrap()), Some("b=1/c"));
    }
}
