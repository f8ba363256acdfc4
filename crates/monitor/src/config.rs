//! The settings of the web UI.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use firesteel_error::{Exception, Result, SparkError};

/// How the web UI is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UiConfig {
    /// `spark.ui.enabled`.
    pub enabled: bool,
    /// `spark.ui.port`: the first port that is tried.
    pub port: u16,
    /// `spark.port.maxRetries`: how many more are tried.
    pub retries: u16,
    /// `spark.ui.bindAddress`, `spark.driver.bindAddress` or the environment's `SPARK_LOCAL_IP`; else this machine only.
    pub address: IpAddr,
    /// Whether `spark.ui.killEnabled` was set to true. Spark's default is true; here it has to be asked for.
    pub kill_enabled: bool,
    /// What a person or a program has to show.
    pub access: Access,
    /// `spark.firesteel.ui.allowedHosts`: names by which the server may be called, beside this machine's own addresses.
    pub allowed_hosts: Vec<String>,
}

/// What has to be shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Open,
    /// `spark.firesteel.ui.token`.
    Token(String),
    /// `spark.firesteel.ui.user` and `spark.firesteel.ui.password`.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Token(_) => "Token(..)",
            Self::Basic { .. } => "Basic(..)",
        })
    }
}

impl UiConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// When one cannot be read, or the pages would be open to other machines although `spark.ui.filters` was to guard them.
    pub fn of(settings: &BTreeMap<String, String>) -> Result<Self> {
        let get = |name: &str| settings.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        let access = access(&get)?;
        let address = address(&get)?;
        if get("spark.ui.filters").is_some() && access == Access::Open && !address.is_loopback() {
            return Err(refused(format!(
                "spark.ui.filters names Java classes, which cannot run here, so nothing would guard the web UI at {address}: \
                 set spark.firesteel.ui.token, or spark.firesteel.ui.user and spark.firesteel.ui.password, instead."
            )));
        }
        Ok(Self {
            enabled: parsed(&get, "spark.ui.enabled", true)?,
            port: parsed(&get, "spark.ui.port", 4040)?,
            retries: parsed(&get, "spark.port.maxRetries", 16)?,
            address,
            kill_enabled: parsed(&get, "spark.ui.killEnabled", false)?,
            access,
            allowed_hosts: get("spark.firesteel.ui.allowedHosts")
                .map(|hosts| hosts.split(',').map(|host| host.trim().to_ascii_lowercase()).collect())
                .unwrap_or_default(),
        })
    }
}

fn access<'a>(get: &impl Fn(&str) -> Option<&'a str>) -> Result<Access> {
    let (user, password) = (get("spark.firesteel.ui.user"), get("spark.firesteel.ui.password"));
    match (get("spark.firesteel.ui.token"), user, password) {
        (Some(token), None, None) => Ok(Access::Token(token.into())),
        (None, Some(user), Some(password)) => Ok(Access::Basic { user: user.into(), password: password.into() }),
        (None, None, None) => Ok(Access::Open),
        _ => Err(refused(
            "Set either spark.firesteel.ui.token, or both spark.firesteel.ui.user and spark.firesteel.ui.password."
                .into(),
        )),
    }
}

fn address<'a>(get: &impl Fn(&str) -> Option<&'a str>) -> Result<IpAddr> {
    let environment = std::env::var("SPARK_LOCAL_IP").ok().filter(|text| !text.is_empty());
    let set = get("spark.ui.bindAddress").or_else(|| get("spark.driver.bindAddress")).map(str::to_string);
    match set.or(environment).as_deref() {
        None | Some("localhost") => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Some(text) => text.parse().map_err(|_| {
            refused(format!("spark.ui.bindAddress must be an address such as 127.0.0.1 or 0.0.0.0: {text}"))
        }),
    }
}

fn parsed<'a, T: std::str::FromStr>(get: &impl Fn(&str) -> Option<&'a str>, name: &str, otherwise: T) -> Result<T> {
    match get(name) {
        None => Ok(otherwise),
        Some(text) => text.to_ascii_lowercase().parse().map_err(|_| refused(format!("{name} cannot be read: {text}"))),
    }
}

fn refused(message: String) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn config(settings: &[(&str, &str)]) -> Result<UiConfig> {
        UiConfig::of(&settings.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    #[test]
    fn killing_has_to_be_asked_for() {
        assert!(!config(&[]).unwrap().kill_enabled);
        assert!(config(&[("spark.ui.killEnabled", "TRUE")]).unwrap().kill_enabled);
    }

    #[test]
    fn a_guard_that_cannot_run_does_not_leave_the_door_open() {
        let filters = ("spark.ui.filters", "com.example.Filter");
        assert!(config(&[filters]).is_ok());
        let open = ("spark.ui.bindAddress", "0.0.0.0");
        assert!(config(&[filters, open]).unwrap_err().to_string().contains("spark.firesteel.ui.token"));
        assert!(config(&[filters, open, ("spark.firesteel.ui.token", "t")]).is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert!(config(&[("spark.ui.port", "http")]).unwrap_err().to_string().contains("spark.ui.port"));
        assert!(config(&[("spark.firesteel.ui.user", "me")]).is_err());
    }
}
