//! A path that is given twice: as an option and as an argument.
//!
//! Which of them is meant cannot be told, so Spark refuses it, unless a setting brings back the old rule that the argument
//! counts.

use firesteel_error::{Result, SparkError};

use crate::conf::Conf;

const OLD_RULE: &str = "spark.sql.legacy.pathOptionBehavior.enabled";

/// The method whose argument is a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// `spark.read...load(path)`
    Load,
    /// `spark.readStream...load(path)`
    LoadStream,
    /// `df.write...save(path)`
    Save,
    /// `df.writeStream...start(path)`
    Start,
}

impl Argument {
    fn method(self) -> &'static str {
        match self {
            Self::Load | Self::LoadStream => "load",
            Self::Save => "save",
            Self::Start => "start",
        }
    }

    fn condition(self) -> &'static str {
        match self {
            Self::Load => "_LEGACY_ERROR_TEMP_1306",
            Self::Save => "_LEGACY_ERROR_TEMP_1307",
            Self::LoadStream | Self::Start => "_LEGACY_ERROR_TEMP_1188",
        }
    }
}

/// The argument was given; refuses a path among the options.
///
/// # Errors
/// Spark's condition for the method, if there is one.
pub fn refuse<'a>(conf: &Conf, mut options: impl Iterator<Item = &'a String>, argument: Argument) -> Result<()> {
    let is_path = |name: &String| {
        name.eq_ignore_ascii_case("path") || (argument == Argument::Load && name.eq_ignore_ascii_case("paths"))
    };
    let old_rule = || conf.get(OLD_RULE).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
    let Some(option) = options.find(|name| is_path(name)).filter(|_| !old_rule()) else { return Ok(()) };
    let method = argument.method();
    let error = SparkError::new(argument.condition()).param("config", OLD_RULE).text(format!(
        "The path is given as the option '{option}' and as an argument of {method}(): remove one of them. {OLD_RULE} = true \
         lets the argument count."
    ));
    let has_method = matches!(argument, Argument::LoadStream | Argument::Start);
    Err(if has_method { error.param("method", method) } else { error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(argument: Argument, option: &str, old_rule: bool) -> Option<String> {
        let conf = Conf::new(old_rule.then(|| (OLD_RULE.to_string(), "true".to_string())));
        let refused = refuse(&conf, [option.to_string()].iter(), argument).err()?;
        refused.condition().map(str::to_string)
    }

    #[test]
    fn a_path_given_twice_is_refused_under_the_condition_of_its_method() {
        assert_eq!(outcome(Argument::Load, "paths", false).as_deref(), Some("_LEGACY_ERROR_TEMP_1306"));
        assert_eq!(outcome(Argument::Save, "Path", false).as_deref(), Some("_LEGACY_ERROR_TEMP_1307"));
        assert_eq!(outcome(Argument::Start, "path", false).as_deref(), Some("_LEGACY_ERROR_TEMP_1188"));
        assert_eq!(outcome(Argument::Save, "paths", false), None);
        assert_eq!(outcome(Argument::Load, "path", true), None);
    }
}
