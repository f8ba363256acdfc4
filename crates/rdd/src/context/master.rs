//! `spark.master`: where, and on how many cores.

use firesteel_error::{Exception, Result, SparkError};

/// A parsed `spark.master`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Master {
    pub(super) cores: usize,
    /// How often a task may fail, if the master says so.
    pub(super) failures_max: Option<usize>,
}

impl Master {
    /// `local`, `local[N]`, `local[N,F]`, with `*` for all cores. `local-cluster[WORKERS,CORES,MEMORY]`, where Spark starts
    /// workers for tests, has as many cores as they would have; a cluster (`yarn`, `spark://..`, `k8s://..`) is this machine.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let error = || {
            SparkError::plain(
                Exception::Spark,
                format!("Could not parse Master URL: '{text}'. Use local, local[N], local[N,FAILURES] or local[*]."),
            )
        };
        let text = text.trim();
        if text == "local" {
            return Ok(Self { cores: 1, failures_max: None });
        }
        if let Some(inside) = text.strip_prefix("local-cluster[").and_then(|rest| rest.strip_suffix(']')) {
            let numbers: Option<Vec<usize>> = inside.split(',').map(|number| number.trim().parse().ok()).collect();
            return match numbers.as_deref() {
                Some([workers, cores, _]) if workers * cores > 0 => {
                    Ok(Self { cores: workers * cores, failures_max: None })
                }
                _ => Err(error()),
            };
        }
        if Self::is_cluster(text) {
            return Ok(Self { cores: all_cores(), failures_max: None });
        }
        let inside = text.strip_prefix("local[").and_then(|rest| rest.strip_suffix(']')).ok_or_else(error)?;
        let (cores, failures) = match inside.split_once(',') {
            Some((cores, failures)) => (cores.trim(), Some(failures.trim())),
            None => (inside.trim(), None),
        };
        let cores = match cores {
            "*" => all_cores(),
            number => number.parse().ok().filter(|cores| *cores > 0).ok_or_else(error)?,
        };
        let failures_max = failures.map(|text| text.parse().map_err(|_| error())).transpose()?;
        Ok(Self { cores, failures_max })
    }

    /// Whether the master is a cluster, or stands for one, where Spark tries a failed task again.
    pub(super) fn is_cluster(text: &str) -> bool {
        let text = text.trim();
        text == "yarn" || text.contains("://") || text.starts_with("local-cluster[")
    }
}

fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn masters_are_parsed_as_spark_does() {
        assert_eq!(Master::parse("local").unwrap(), Master { cores: 1, failures_max: None });
        assert_eq!(Master::parse("local[4]").unwrap(), Master { cores: 4, failures_max: None });
        assert_eq!(Master::parse("local[2, 3]").unwrap(), Master { cores: 2, failures_max: Some(3) });
        assert_eq!(Master::parse("local-cluster[2, 3, 1024]").unwrap(), Master { cores: 6, failures_max: None });
        for cluster in ["local[*]", "yarn", "spark://master:7077", "k8s://https://host:443"] {
            assert_eq!(Master::parse(cluster).unwrap(), Master { cores: all_cores(), failures_max: None });
        }
        for wrong in ["local[0]", "local[x]", "yarns", "local[", "local-cluster[1,2]", "local-cluster[0,1,1]"] {
            assert!(Master::parse(wrong).is_err(), "{wrong}");
        }
    }
}
