//! `spark-defaults.conf`: lines of `key value`, `key=value` or `key: value`, as Java reads property files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The default file, if there is one.
pub fn default_file() -> Option<PathBuf> {
    Some(firesteel_monitor::conf_dir()?.join("spark-defaults.conf")).filter(|path| path.is_file())
}

/// The settings of a file, in its order. Keys that are not Spark's are given too: the caller reports them.
///
/// # Errors
/// If the file cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<(String, String)>> {
    let text = fs::read_to_string(path)
        .map_err(|error| io::Error::new(error.kind(), format!("The properties file {}: {error}", path.display())))?;
    Ok(parse(&text))
}

fn parse(text: &str) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    let mut joined = String::new();
    for line in text.lines() {
        // A line that ends with a backslash goes on in the next one.
        let part = if joined.is_empty() { line } else { line.trim_start() };
        if let Some(part) = part.strip_suffix('\\') {
            joined.push_str(part);
            continue;
        }
        joined.push_str(part);
        settings.extend(setting(joined.trim()));
        joined.clear();
    }
    settings.extend(setting(joined.trim()));
    settings
}

fn setting(line: &str) -> Option<(String, String)> {
    if line.is_empty() || line.starts_with(['#', '!']) {
        return None;
    }
    let end = line.find(|c: char| c.is_whitespace() || c == '=' || c == ':').unwrap_or(line.len());
    let (key, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim();
    Some((key.to_string(), value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_line_is_read() {
        let text =
            "# comment\n\nspark.a 1\nspark.b=2\n  spark.c : 3 4\nspark.d\nspark.e a=b\nspark.f x,\\\n   y\n! no\n";
        let expected = [("a", "1"), ("b", "2"), ("c", "3 4"), ("d", ""), ("e", "a=b"), ("f", "x,y")];
        let expected: Vec<_> = expected.map(|(key, value)| (format!("spark.{key}"), value.to_string())).into();
        assert_eq!(parse(text), expected);
    }
}
