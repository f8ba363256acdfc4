//! Who may ask: the token or password, and the names that the server may be called by.
//!
//! A page of another site that is open in the same browser can send requests to this machine, and by a name of its own that
//! resolves to 127.0.0.1 even read the answers. So a server that listens on this machine only answers to names of this machine
//! only, and what changes something has to come from its own pages.

use std::net::IpAddr;

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::{Access, UiConfig};
use crate::percent;

/// The cookie in which a browser keeps the token.
const COOKIE: &str = "firesteel_ui";

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub status: StatusCode,
    pub message: &'static str,
    /// What a browser is told to ask for.
    pub challenge: Option<&'static str>,
}

/// Checks a request.
pub(crate) fn check(config: &UiConfig, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refused> {
    let forbidden = |message| Refused { status: StatusCode::FORBIDDEN, message, challenge: None };
    if config.address.is_loopback() && !is_known_host(config, headers) {
        return Err(forbidden(
            "This server answers to names of this machine only; spark.firesteel.ui.allowedHosts allows others.\n",
        ));
    }
    if *method != Method::GET && *method != Method::HEAD && !is_from_own_page(headers) {
        return Err(forbidden("This has to come from the server's own page.\n"));
    }
    let unauthorized = |challenge| Refused {
        status: StatusCode::UNAUTHORIZED,
        message: "A token or a password is asked for.\n",
        challenge: Some(challenge),
    };
    match &config.access {
        Access::Open => Ok(()),
        Access::Token(token) if tokens(uri, headers).iter().any(|given| same(given, token)) => Ok(()),
        Access::Token(_) => Err(unauthorized("Bearer")),
        Access::Basic { user, password } => {
            let expected = format!("{user}:{password}");
            let given = authorization(headers, "Basic ").and_then(|text| STANDARD.decode(text).ok());
            let given = given.and_then(|bytes| String::from_utf8(bytes).ok());
            match given {
                Some(given) if same(&given, &expected) => Ok(()),
                _ => Err(unauthorized("Basic realm=\"Firesteel\", charset=\"UTF-8\"")),
            }
        }
    }
}

/// What a browser is told to keep after a first page was opened with the token in its address.
pub(crate) fn cookie(config: &UiConfig, uri: &Uri) -> Option<String> {
    let Access::Token(token) = &config.access else { return None };
    // Another token, in a link of someone else's, must not take the place of the one that the browser has.
    token_in_query(uri).filter(|given| same(given, token))?;
    Some(format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", percent::encode(token)))
}

/// The token in the query, with which a person opens the first page.
fn token_in_query(uri: &Uri) -> Option<String> {
    let encoded = uri.query()?.split('&').find_map(|pair| pair.strip_prefix("token="))?;
    Some(percent::decode(encoded))
}

fn tokens(uri: &Uri, headers: &HeaderMap) -> Vec<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let in_cookies = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then(|| percent::decode(value))
    });
    in_cookies.chain(authorization(headers, "Bearer ")).chain(token_in_query(uri)).collect()
}

fn authorization(headers: &HeaderMap, scheme: &str) -> Option<String> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme))?;
    Some(text[scheme.len()..].trim().to_string())
}

fn is_known_host(config: &UiConfig, headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return true };
    let name = without_port(host).to_ascii_lowercase();
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    is_address || name == "localhost" || name.ends_with(".localhost") || config.allowed_hosts.contains(&name)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Browsers say where a request comes from; what says nothing is no browser.
fn is_from_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let same_site = text(header::HeaderName::from_static("sec-fetch-site")).is_none_or(|site| site == "same-origin");
    let origin = text(header::ORIGIN).map(|origin| origin.split("://").nth(1).unwrap_or(origin));
    same_site && origin.is_none_or(|origin| Some(origin) == text(header::HOST))
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(given: &str, expected: &str) -> bool {
    let differences = given.bytes().zip(expected.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    differences == 0 && given.len() == expected.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn config(settings: &[(&str, &str)]) -> UiConfig {
        UiConfig::of(&settings.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()).unwrap()
    }

    fn status(config: &UiConfig, method: &Method, uri: &str, headers: &[(&'static str, &str)]) -> u16 {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        check(config, method, &uri.parse().unwrap(), &headers).map_or_else(|refused| refused.status.as_u16(), |()| 200)
    }

    #[test]
    fn another_name_of_this_machine_is_refused() {
        let open = config(&[]);
        let with_host = |host| status(&open, &Method::GET, "/", &[("host", host)]);
        assert_eq!(
            ["localhost:4040", "127.0.0.1:4040", "[::1]:4040", "evil.example:4040"].map(with_host),
            [200, 200, 200, 403]
        );
        let allowed = config(&[("spark.firesteel.ui.allowedHosts", "ui.example")]);
        assert_eq!(status(&allowed, &Method::GET, "/", &[("host", "UI.example")]), 200);
    }

    #[test]
    fn what_changes_something_comes_from_the_own_pages() {
        let open = config(&[]);
        let post = |headers: &[(&'static str, &str)]| status(&open, &Method::POST, "/jobs/job/kill/?id=1", headers);
        let host = ("host", "localhost:4040");
        assert_eq!(post(&[host, ("origin", "http://localhost:4040")]), 200);
        assert_eq!(post(&[host, ("origin", "http://evil.example")]), 403);
        assert_eq!(post(&[host, ("sec-fetch-site", "cross-site")]), 403);
    }

    #[test]
    fn only_the_token_itself_becomes_a_cookie() {
        let token = config(&[("spark.firesteel.ui.token", "a b;c")]);
        let kept = |uri: &str| cookie(&token, &uri.parse().unwrap());
        assert_eq!(kept("/?token=a%20b%3Bc"), Some(format!("{COOKIE}=a%20b%3Bc; Path=/; HttpOnly; SameSite=Strict")));
        assert_eq!(status(&token, &Method::GET, "/", &[("cookie", "firesteel_ui=a%20b%3Bc")]), 200);
        assert_eq!(kept("/?token=other;%20Domain=example"), None);
        assert_eq!(cookie(&config(&[]), &"/?token=x".parse().unwrap()), None);
    }

    #[test]
    fn a_token_or_a_password_opens() {
        let token = config(&[("spark.firesteel.ui.token", "abc")]);
        let get =
            |config: &UiConfig, uri: &str, header: (&'static str, &str)| status(config, &Method::GET, uri, &[header]);
        assert_eq!(get(&token, "/", ("accept", "x")), 401);
        assert_eq!(get(&token, "/?token=abd", ("accept", "x")), 401);
        assert_eq!(get(&token, "/?token=abc", ("accept", "x")), 200);
        assert_eq!(get(&token, "/", ("authorization", "Bearer abc")), 200);
        assert_eq!(get(&token, "/", ("cookie", "a=b; firesteel_ui=abc")), 200);
        let basic = config(&[("spark.firesteel.ui.user", "me"), ("spark.firesteel.ui.password", "pw")]);
        assert_eq!(get(&basic, "/", ("authorization", "Basic bWU6cHc=")), 200);
        assert_eq!(get(&basic, "/", ("authorization", "Basic bWU6cHg=")), 401);
    }
}
