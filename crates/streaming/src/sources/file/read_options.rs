//! The options that say which files a batch takes.

use firesteel_error::{Exception, Result, SparkError};

use crate::Options;
use crate::session::parse_time_ms;

const WEEK_MS: i64 = 7 * 86_400_000;

/// How much one batch takes; always at least one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    None,
    Files(usize),
    Bytes(u64),
}

impl Limit {
    /// How many of the next files a batch takes, given their sizes.
    pub fn of(self, sizes: impl Iterator<Item = u64>) -> usize {
        match self {
            Self::None => sizes.count(),
            Self::Files(most) => sizes.take(most).count(),
            Self::Bytes(most) => {
                let mut total: u64 = 0;
                let fits = |(at, size): &(usize, u64)| {
                    total = total.saturating_add(*size);
                    *at == 0 || total <= most
                };
                sizes.enumerate().take_while(fits).count()
            }
        }
    }
}

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadOptions {
    pub limit: Limit,
    pub latest_first: bool,
    pub file_name_only: bool,
    pub max_age_ms: i64,
    /// Whether the run may take only what was there at its start.
    pub is_frozen: bool,
    max_cached_files: usize,
    discard_cached_ratio: f64,
}

impl ReadOptions {
    pub fn new(options: &Options) -> Result<Self> {
        let files = positive(options, "maxFilesPerTrigger")?;
        let bytes = positive(options, "maxBytesPerTrigger")?;
        let limit = match (files, bytes) {
            (Some(_), Some(_)) => {
                let text = "Options maxFilesPerTrigger and maxBytesPerTrigger can't be both set at the same time";
                return Err(SparkError::plain(Exception::IllegalArgument, text));
            }
            (Some(files), None) => Limit::Files(usize::try_from(files).unwrap_or(usize::MAX)),
            (None, Some(bytes)) => Limit::Bytes(bytes),
            (None, None) => Limit::None,
        };
        let latest_first = flag(options, "latestFirst")?;
        let max_age_ms = match options.get("maxFileAge") {
            None => WEEK_MS,
            Some(text) => parse_time_ms(text).ok_or_else(|| bad_time(text))?,
        };
        // The newest files would push out the older ones that a limit has put off.
        let max_age_ms = if latest_first && limit != Limit::None { i64::MAX } else { max_age_ms };
        Ok(Self {
            limit,
            latest_first,
            file_name_only: flag(options, "fileNameOnly")?,
            max_age_ms,
            is_frozen: false,
            max_cached_files: usize::try_from(options.integer("maxCachedFiles")?.unwrap_or(10_000)).unwrap_or(0),
            discard_cached_ratio: options.number("discardCachedInputRatio")?.unwrap_or(0.2),
        })
    }

    /// Whether so many files left over from a listing are kept for the next batch, instead of listing again.
    pub fn keeps(&self, left: usize) -> bool {
        let enough = match self.limit {
            Limit::Files(most) => left as f64 / most as f64 >= self.discard_cached_ratio,
            Limit::Bytes(_) | Limit::None => left > 0,
        };
        enough && !self.latest_first && left <= self.max_cached_files
    }
}

fn positive(options: &Options, name: &str) -> Result<Option<u64>> {
    let Some(text) = options.get(name) else { return Ok(None) };
    let number = text.trim().parse::<u64>().ok().filter(|number| *number > 0);
    number.map(Some).ok_or_else(|| {
        let text = format!("Invalid value '{text}' for option '{name}', must be a positive integer");
        SparkError::plain(Exception::IllegalArgument, text)
    })
}

fn flag(options: &Options, name: &str) -> Result<bool> {
    match options.get(name).map(|text| (text, text.to_lowercase())) {
        None => Ok(false),
        Some((_, lower)) if lower == "true" => Ok(true),
        Some((_, lower)) if lower == "false" => Ok(false),
        Some((text, _)) => Err(SparkError::plain(
            Exception::IllegalArgument,
            format!("Invalid value '{text}' for option '{name}', must be 'true' or 'false'"),
        )),
    }
}

fn bad_time(text: &str) -> SparkError {
    let text = format!(
        "Time must be specified as seconds (s), milliseconds (ms), microseconds (us), minutes (m or min), hour (h), or day \
         (d). E.g. 50s, 100ms, or 250us.\nFailed to parse time string: {text}"
    );
    SparkError::plain(Exception::NumberFormat, text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_limit_in_bytes_takes_at_least_one_file() {
        let sizes = || [3_u64, 4, 5].into_iter();
        assert_eq!(Limit::Bytes(1).of(sizes()), 1);
        assert_eq!(Limit::Bytes(7).of(sizes()), 2);
        assert_eq!(Limit::Files(2).of(sizes()), 2);
        assert_eq!(Limit::None.of(sizes()), 3);
    }

    #[test]
    fn a_wrong_limit_is_refused_in_sparks_words() {
        let error = ReadOptions::new(&Options::new().with("maxFilesPerTrigger", "0")).unwrap_err();
        assert_eq!(error.message(), "Invalid value '0' for option 'maxFilesPerTrigger', must be a positive integer");
        let both = Options::new().with("maxFilesPerTrigger", "1").with("maxBytesPerTrigger", "1");
        assert!(ReadOptions::new(&both).is_err());
    }
}
