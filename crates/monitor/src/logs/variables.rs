//! `${…}` in log4j files: properties of the file, `-D` options, environment variables, with defaults after `:-`.

use std::collections::BTreeMap;

/// What variables stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    /// Properties that the file defines.
    pub(super) own: BTreeMap<String, String>,
    /// `-Dname=value` of `spark.driver.extraJavaOptions`, and Spark's settings.
    pub(super) system: BTreeMap<String, String>,
}

/// How often a value may contain a further variable.
const DEPTH_MAX: usize = 8;

impl Variables {
    /// The text with what its variables stand for; an unknown one stays as it is.
    pub(super) fn expand(&self, text: &str) -> String {
        self.expand_at(text, 0)
    }

    fn expand_at(&self, text: &str, depth: usize) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            expanded.push_str(before);
            match self.value(name.trim_start_matches('$')) {
                Some(value) if depth < DEPTH_MAX => expanded.push_str(&self.expand_at(&value, depth + 1)),
                _ => expanded.push_str(&format!("${{{name}}}")),
            }
            rest = behind;
        }
        expanded + rest
    }

    fn value(&self, name: &str) -> Option<String> {
        let (name, default) = name.split_once(":-").map_or((name, None), |(name, default)| (name, Some(default)));
        let found = match name.split_once(':') {
            Some(("env", name)) => std::env::var(name).ok(),
            Some(("sys" | "spark", name)) => self.system(name),
            Some(_) => None,
            None => self.own.get(name).cloned().or_else(|| self.system(name)),
        };
        found.or_else(|| default.map(str::to_string))
    }

    fn system(&self, name: &str) -> Option<String> {
        let home = || std::env::var("HOME").ok();
        let directory = || std::env::current_dir().ok().map(|path| path.to_string_lossy().into_owned());
        self.system.get(name).cloned().or_else(|| match name {
            "user.home" => home(),
            "user.dir" => directory(),
            "java.io.tmpdir" => Some(std::env::temp_dir().to_string_lossy().into_owned()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_from_the_file_the_system_and_defaults() {
        let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let variables =
            Variables { own: own(&[("dir", "${sys:base}/logs"), ("loop", "${loop}")]), system: own(&[("base", "/b")]) };
        assert_eq!(variables.expand("${dir}/x-${no:-1}${no}"), "/b/logs/x-1${no}");
        assert!(variables.expand("${loop}").contains("${loop}"));
    }
}
