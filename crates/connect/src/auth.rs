//! Who may connect: those who show the token (`authorization: Bearer …`).

use tonic::service::Interceptor;
use tonic::{Request, Status};

/// Lets requests with the right token pass; all of them, if there is no token.
#[derive(Debug, Clone)]
pub struct TokenCheck {
    expected: Option<String>,
}

impl TokenCheck {
    /// Asks for `token`.
    pub fn new(token: Option<&str>) -> Self {
        Self { expected: token.map(|token| format!("Bearer {token}")) }
    }
}

impl Interceptor for TokenCheck {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let Some(expected) = &self.expected else { return Ok(request) };
        let shown = request.metadata().get("authorization").map(|value| value.as_bytes());
        if shown.is_some_and(|shown| equal(shown, expected.as_bytes())) {
            return Ok(request);
        }
        let text = if shown.is_none() {
            "This server asks for a token: sc://HOST:PORT/;token=…"
        } else {
            "The token is wrong."
        };
        Err(Status::unauthenticated(text))
    }
}

/// Takes the same time wherever the two differ, so that a token cannot be guessed letter by letter.
fn equal(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |all, (a, b)| std::hint::black_box(all | (a ^ b)));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tonic::Code;

    fn ask(token: Option<&str>, shown: Option<&'static str>) -> Result<Request<()>, Status> {
        let mut request = Request::new(());
        if let Some(shown) = shown {
            request.metadata_mut().insert("authorization", shown.parse().unwrap());
        }
        TokenCheck::new(token).call(request)
    }

    #[test]
    fn only_the_right_token_passes() {
        assert!(ask(Some("abc"), Some("Bearer abc")).is_ok());
        assert!(ask(None, None).is_ok());
        for shown in [None, Some("Bearer abd"), Some("Bearer ab"), Some("Bearer abcd"), Some("abc"), Some("")] {
            assert_eq!(ask(Some("abc"), shown).unwrap_err().code(), Code::Unauthenticated, "{shown:?}");
        }
    }
}
