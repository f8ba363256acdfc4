//! URLs: `url_encode`, `url_decode`, `parse_url`.

use firesteel_error::{Exception, Result, SparkError};

use super::Family;
use super::rows::{Text, one, three, two};
use crate::analyzer::Call;
use crate::expression::Typed;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("url_encode", |c| one::<Text, _>(c, |text| Some(encode(text)))),
    ("url_decode", |c| {
        one::<Text, _>(c, |text| {
            decode(text).map(Some).ok_or_else(|| {
                SparkError::new("CANNOT_DECODE_URL").param("url", text).with_exception(Exception::IllegalArgument)
            })
        })
    }),
    ("try_url_decode", |c| one::<Text, _>(c, decode)),
    ("parse_url", |c| parse_url(c, false)),
    ("try_parse_url", |c| parse_url(c, true)),
];

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = text.get(at + 1..at + 3)?;
                out.push(u8::from_str_radix(digits, 16).ok()?);
                at += 2;
            }
            other => out.push(*other),
        }
        at += 1;
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// A URL's parts, each without its mark.
struct Parts<'a> {
    protocol: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

fn parts(url: &str) -> Option<Parts<'_>> {
    if url
        .chars()
        .any(|c| c == ' ' || c.is_control() || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`'))
    {
        return None;
    }
    let (rest, fragment) = url.split_once('#').map_or((url, None), |(rest, fragment)| (rest, Some(fragment)));
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let is_scheme = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let (protocol, rest) = match rest.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        _ => (None, rest),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            (Some(&rest[..end]).filter(|a| !a.is_empty()), &rest[end..])
        }
        None => (None, rest),
    };
    Some(Parts { protocol, authority, path, query, fragment })
}

fn part(url: &str, wanted: &str, key: Option<&str>, forgiving: bool) -> Result<Option<String>> {
    let Some(parts) = parts(url) else {
        if forgiving {
            return Ok(None);
        }
        return Err(SparkError::new("INVALID_URL").param("url", url).with_exception(Exception::IllegalArgument));
    };
    let text = match (wanted, key) {
        ("QUERY", Some(key)) => parts.query.and_then(|query| {
            query
                .split('&')
                .find_map(|pair| pair.split_once('=').filter(|(k, _)| *k == key).map(|(_, v)| v.to_string()))
        }),
        (_, Some(_)) => None,
        ("HOST", _) => parts.authority.map(|a| {
            let host = a.rsplit_once('@').map_or(a, |(_, host)| host);
            let port = host.rfind(':').filter(|at| host[at + 1..].bytes().all(|b| b.is_ascii_digit()));
            port.map_or(host, |at| &host[..at]).to_string()
        }),
        ("PATH", _) => Some(parts.path.to_string()),
        ("QUERY", _) => parts.query.map(str::to_string),
        ("REF", _) => parts.fragment.map(str::to_string),
        ("PROTOCOL", _) => parts.protocol.map(str::to_string),
        ("FILE", _) => Some(match parts.query {
            Some(query) => format!("{}?{query}", parts.path),
            None => parts.path.to_string(),
        }),
        ("AUTHORITY", _) => parts.authority.map(str::to_string),
        ("USERINFO", _) => parts.authority.and_then(|a| a.rsplit_once('@')).map(|(user, _)| user.to_string()),
        _ => None,
    };
    Ok(text)
}

fn parse_url(call: Call<'_>, forgiving: bool) -> Result<Typed> {
    call.expect(2..=3)?;
    let forgiving = forgiving || !call.conf().ansi();
    if call.len() == 2 {
        return two::<Text, Text, _>(call, move |url, wanted| part(url, wanted, None, forgiving));
    }
    three::<Text, Text, Text, _>(call, move |url, wanted, key| part(url, wanted, Some(key), forgiving))
}
