//! Input files: patterns to files, and files to ranges of bytes, by the rules of Hadoop's `FileInputFormat`.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use firesteel_error::{Exception, Result, SparkError};

/// The block size that Hadoop gives local files: no range is larger.
const BLOCK_BYTES: u64 = 32 << 20;

/// A last range may be so much larger than the others.
const SLOP: f64 = 1.1;

/// An input file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InputFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

/// A range of an input file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) path: PathBuf,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// What to do with directories inside a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nested {
    /// Spark's text files refuse them.
    Refused,
    /// Its whole and binary files pass over them.
    Skipped,
}

/// The files of a path as users write it: with commas between several, patterns, and directories for what is in them.
pub(crate) fn list(paths: &str, nested: Nested) -> Result<Vec<InputFile>> {
    let mut files = Vec::new();
    for path in split_commas(paths) {
        let local = local_path(path)?;
        let pattern = local.to_string_lossy();
        let found = if is_pattern(&pattern) { matches(&pattern)? } else { vec![unescaped(&pattern).into()] };
        if found.is_empty() {
            return Err(missing(format!("Input Pattern file:{pattern} matches 0 files")));
        }
        for path in found {
            add(&path, nested, &mut files)?;
        }
    }
    Ok(files)
}

fn add(path: &Path, nested: Nested, files: &mut Vec<InputFile>) -> Result<()> {
    let unreadable = |e| SparkError::io(format!("Cannot read {}", path.display()), e);
    let Ok(metadata) = path.metadata() else {
        return Err(missing(format!("Input path does not exist: file:{}", path.display())));
    };
    if !metadata.is_dir() {
        files.push(InputFile { path: path.to_path_buf(), bytes: metadata.len() });
        return Ok(());
    }
    let entries = path.read_dir().and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
    let mut entries: Vec<_> = entries.into_iter().map(|entry| entry.path()).filter(|path| !is_hidden(path)).collect();
    entries.sort();
    for entry in entries {
        let metadata = entry.metadata().map_err(unreadable)?;
        match (metadata.is_dir(), nested) {
            (false, _) => files.push(InputFile { path: entry, bytes: metadata.len() }),
            (true, Nested::Skipped) => {}
            (true, Nested::Refused) => {
                let text = format!(
                    "Path: {} is a directory, which is not supported by the record reader; name the directories that \
                     have the files.",
                    entry.display()
                );
                return Err(SparkError::plain(Exception::Spark, text));
            }
        }
    }
    Ok(())
}

/// Cuts files into at least `least` ranges (or as many as that comes to), none larger than a block.
pub(crate) fn splits(files: &[InputFile], least: usize, can_cut: impl Fn(&Path) -> bool) -> Vec<Split> {
    let total: u64 = files.iter().map(|file| file.bytes).sum();
    let size = (total / least.max(1) as u64).clamp(1, BLOCK_BYTES);
    let mut splits = Vec::new();
    // Spark's `spark.hadoopRDD.ignoreEmptySplits` is on: an empty file has no partition.
    for file in files.iter().filter(|file| file.bytes > 0) {
        let mut start = 0;
        if can_cut(&file.path) {
            while (file.bytes - start) as f64 / size as f64 > SLOP {
                splits.push(Split { path: file.path.clone(), start, end: start + size });
                start += size;
            }
        }
        if start < file.bytes {
            splits.push(Split { path: file.path.clone(), start, end: file.bytes });
        }
    }
    splits
}

impl Split {
    /// The file, from the start of the range on.
    pub(crate) fn open(&self) -> io::Result<BufReader<File>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        Ok(BufReader::new(file))
    }
}

/// Whether a file is compressed, going by its name: such a file cannot be cut.
pub(crate) fn is_compressed(path: &Path) -> bool {
    codec(path).is_some()
}

/// A file's content, decompressed if its name says so.
pub(crate) fn open_whole(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let file = File::open(path)?;
    Ok(match codec(path) {
        Some(Codec::Gzip) => Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file))),
        Some(Codec::Deflate) => Box::new(flate2::read::ZlibDecoder::new(BufReader::new(file))),
        Some(Codec::Bzip2) => Box::new(bzip2::read::MultiBzDecoder::new(BufReader::new(file))),
        Some(Codec::Zstd) => Box::new(zstd::stream::read::Decoder::new(file)?),
        None => Box::new(file),
    })
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Gzip,
    Deflate,
    Bzip2,
    Zstd,
}

impl Codec {
    /// The codec of one of Hadoop's classes, and the ending of its files.
    pub(crate) fn of_class(class: &str) -> Result<(Self, &'static str)> {
        match class {
            "org.apache.hadoop.io.compress.GzipCodec" => Ok((Self::Gzip, ".gz")),
            "org.apache.hadoop.io.compress.DefaultCodec" | "org.apache.hadoop.io.compress.DeflateCodec" => {
                Ok((Self::Deflate, ".deflate"))
            }
            "org.apache.hadoop.io.compress.BZip2Codec" => Ok((Self::Bzip2, ".bz2")),
            "org.apache.hadoop.io.compress.ZStandardCodec" => Ok((Self::Zstd, ".zst")),
            _ => Err(SparkError::plain(
                Exception::ClassNotFound,
                format!(
                    "There is no codec {class}: the codecs of org.apache.hadoop.io.compress are GzipCodec, DefaultCodec, DeflateCodec, BZip2Codec, ZStandardCodec."
                ),
            )),
        }
    }
}

fn codec(path: &Path) -> Option<Codec> {
    match path.extension()?.to_str()? {
        "gz" => Some(Codec::Gzip),
        "deflate" => Some(Codec::Deflate),
        "bz2" => Some(Codec::Bzip2),
        "zst" => Some(Codec::Zstd),
        _ => None,
    }
}

/// A path of this machine, absolute; `file:` URIs are paths too.
pub(crate) fn local_path(path: &str) -> Result<PathBuf> {
    let local = match path.strip_prefix("file:") {
        Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
        None => path,
    };
    match local.split_once("://") {
        Some((scheme, _)) => {
            Err(SparkError::unsupported(format!("RDDs of files at {scheme}://; spark.read may read them")))
        }
        None => std::path::absolute(local).map_err(|e| SparkError::io(format!("{path:?} is no path"), e)),
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['_', '.']))
}

/// Splits at commas that are neither inside braces nor behind a backslash.
fn split_commas(paths: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, letter) in unescaped_letters(paths) {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&paths[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&paths[start..]);
    parts
}

/// The letters that stand for more than themselves: all but those behind a backslash.
fn unescaped_letters(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut escaped = false;
    text.char_indices().filter(move |(_, letter)| {
        let counts = !escaped && *letter != '\\';
        escaped = !escaped && *letter == '\\';
        counts
    })
}

fn is_pattern(path: &str) -> bool {
    unescaped_letters(path).any(|(_, letter)| matches!(letter, '*' | '?' | '[' | '{'))
}

/// The path without the backslashes before letters that would otherwise make it a pattern.
fn unescaped(path: &str) -> String {
    let mut letters = path.chars();
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        text.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    text
}

/// A pattern without braces as the `glob` crate writes it, which escapes by brackets.
fn bracketed(pattern: &str) -> String {
    let mut letters = pattern.chars();
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text
                .push_str(&letters.next().map(|letter| glob::Pattern::escape(&letter.to_string())).unwrap_or_default()),
            letter => text.push(letter),
        }
    }
    text
}

/// The files of a pattern, in order; what is hidden only if the pattern names it.
fn matches(pattern: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for pattern in expand_braces(pattern) {
        let paths = glob::glob(&bracketed(&pattern)).map_err(|error| {
            SparkError::plain(Exception::IllegalArgument, format!("{pattern} is no pattern: {error}"))
        })?;
        let names_hidden = Path::new(&pattern).file_name().is_some_and(|name| is_hidden(Path::new(name)));
        found.extend(paths.filter_map(std::result::Result::ok).filter(|path| names_hidden || !is_hidden(path)));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// `a{b,c}d` is `abd` and `acd`.
fn expand_braces(pattern: &str) -> Vec<String> {
    let open = unescaped_letters(pattern).find(|(_, letter)| *letter == '{').map(|(at, _)| at);
    let Some(open) = open else { return vec![pattern.to_string()] };
    let mut depth = 0;
    for (at, letter) in unescaped_letters(&pattern[open..]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (before, after) = (&pattern[..open], &pattern[open + at + 1..]);
            let choices = split_commas(&pattern[open + 1..open + at]);
            return choices.iter().flat_map(|choice| expand_braces(&format!("{before}{choice}{after}"))).collect();
        }
    }
    vec![pattern.to_string()]
}

fn missing(text: String) -> SparkError {
    SparkError::plain(Exception::InvalidInput, text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn paths(files: &[InputFile]) -> Vec<String> {
        files.iter().map(|file| file.path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn directories_patterns_and_lists_name_files() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().display().to_string();
        for name in ["a.txt", "b.txt", "_SUCCESS", ".a.crc", "c.csv"] {
            std::fs::write(directory.path().join(name), name).unwrap();
        }
        assert_eq!(paths(&list(&root, Nested::Refused).unwrap()), ["a.txt", "b.txt", "c.csv"]);
        assert_eq!(paths(&list(&format!("file://{root}/*.txt"), Nested::Refused).unwrap()), ["a.txt", "b.txt"]);
        assert_eq!(
            paths(&list(&format!("{root}/{{a,c}}.*,{root}/b.txt"), Nested::Refused).unwrap()),
            ["a.txt", "c.csv", "b.txt"]
        );
        let error = list(&format!("{root}/none"), Nested::Refused).unwrap_err();
        assert!(error.message().starts_with("Input path does not exist: file:/"), "{error}");
        assert!(list(&format!("{root}/x*"), Nested::Refused).unwrap_err().message().contains("matches 0 files"));
        std::fs::write(directory.path().join("a{b},*.txt"), "").unwrap();
        assert_eq!(paths(&list(&format!("{root}/a\\{{b\\}}\\,\\*.txt"), Nested::Refused).unwrap()), ["a{b},*.txt"]);
        assert_eq!(paths(&list(&format!("{root}/a\\{{b\\}}\\,\\*.t*"), Nested::Refused).unwrap()), ["a{b},*.txt"]);
        std::fs::remove_file(directory.path().join("a{b},*.txt")).unwrap();
        std::fs::create_dir(directory.path().join("sub")).unwrap();
        assert!(list(&root, Nested::Refused).is_err());
        assert_eq!(list(&root, Nested::Skipped).unwrap().len(), 3);
    }

    #[test]
    fn files_are_cut_as_hadoop_cuts_them() {
        // The numbers of partitions of `sc.textFile(…, n)` in Spark, for a file of 19 bytes.
        let file = |bytes| InputFile { path: "x".into(), bytes };
        let counts = [1, 2, 3, 5, 10].map(|n| splits(&[file(19)], n, |_| true).len());
        assert_eq!(counts, [1, 3, 4, 7, 19]);
        assert_eq!(splits(&[file(0)], 2, |_| true), []);
        assert_eq!(splits(&[file(100 << 20)], 1, |_| true).len(), 4);
        assert_eq!(splits(&[file(100 << 20)], 4, |_| false).len(), 1);
    }
}
