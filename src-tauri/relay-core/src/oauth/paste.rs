//! A sign-in that waits for the code its owner pastes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use url::Url;

/// Random bytes one sign-in needs: 32 for the code verifier, 32 for the state.
pub const LOGIN_RANDOM_BYTES: usize = 64;

/// A sign-in that waits for its authorization code.
#[derive(Debug)]
pub struct PendingLogin {
    /// Where the owner signs in.
    pub authorize_url: Url,
    /// Proves at the exchange that we began this sign-in.
    pub code_verifier: SecretString,
    /// Ties the answer to this sign-in.
    pub state: String,
}

impl PendingLogin {
    /// Begins a sign-in. `extra` parameters are what one vendor wants beyond the standard.
    #[must_use]
    pub fn begin(
        authorize_url: &Url,
        client_id: &str,
        redirect_uri: &Url,
        scopes: &[String],
        extra: &[(&str, &str)],
        random: &[u8; LOGIN_RANDOM_BYTES],
    ) -> Self {
        let code_verifier = URL_SAFE_NO_PAD.encode(&random[..32]);
        let code_challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier.as_bytes()));
        let state = URL_SAFE_NO_PAD.encode(&random[32..]);

        let mut authorize_url = authorize_url.clone();
        authorize_url
            .query_pairs_mut()
            .extend_pairs(extra)
            .append_pair("client_id", client_id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("scope", &scopes.join(" "))
            .append_pair("code_challenge", &code_challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", &state);
        Self { authorize_url, code_verifier: code_verifier.into(), state }
    }

    /// Reads what the owner pasted: `code#state`, a callback URL, or a lone code; white space does not matter.
    ///
    /// # Errors
    /// [`PasteError`] when there is no code in it, or it belongs to another sign-in.
    pub fn read_paste(&self, pasted: &str) -> Result<SecretString, PasteError> {
        let text: String = pasted.chars().filter(|character| !character.is_whitespace()).collect();
        let (code, state) = match Url::parse(&text) {
            Ok(url) if url.has_host() => read_callback(&url)?,
            _ => match text.split_once('#') {
                Some((code, state)) => (code.to_owned(), Some(state.to_owned())),
                None => (text, None),
            },
        };
        if code.is_empty() {
            return Err(PasteError::NoCode);
        }
        // A lone code is let pass: the code verifier ties it to this sign-in just as well.
        if state.is_some_and(|state| state != self.state) {
            return Err(PasteError::WrongState);
        }
        Ok(code.into())
    }
}

/// Code and state of a callback URL.
fn read_callback(url: &Url) -> Result<(String, Option<String>), PasteError> {
    let parameter =
        |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    if let Some(error) = parameter("error") {
        return Err(PasteError::Denied(parameter("error_description").unwrap_or(error)));
    }
    let code = parameter("code").ok_or(PasteError::NoCode)?;
    // A page may show `code#state` inside the URL it sends the browser to.
    Ok((code, parameter("state").or_else(|| url.fragment().map(str::to_owned))))
}

/// Why a pasted text is of no use.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// There is no code in it.
    #[error(
        "there is no authorization code in what was pasted: paste the code the page shows, or the whole address of the page it ends on"
    )]
    NoCode,
    /// The code belongs to another sign-in.
    #[error("this code belongs to another sign-in (its state differs): start again and paste the code of this sign-in")]
    WrongState,
    /// The authorization server said no.
    #[error("the provider refused the sign-in: {0}")]
    Denied(String),
}

impl PasteError {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoCode => "no_code",
            Self::WrongState => "state_mismatch",
            Self::Denied(_) => "sign_in_denied",
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn pending() -> PendingLogin {
        let url = |text| Url::parse(text).expect("a URL");
        PendingLogin::begin(
            &url("https://claude.ai/oauth/authorize"),
            "client",
            &url("https://platform.claude.com/oauth/code/callback"),
            &["a:b".to_owned(), "c".to_owned()],
            &[("code", "true")],
            &std::array::from_fn(|index| index as u8),
        )
    }

    #[test]
    fn the_authorize_url_carries_the_challenge_and_not_the_verifier() {
        let pending = pending();
        let pairs: Vec<_> = pending.authorize_url.query_pairs().into_owned().collect();
        let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(pending.code_verifier.expose_secret()));

        assert_eq!(value("code_challenge"), Some(challenge.as_str()));
        assert_eq!(value("code_challenge_method"), Some("S256"));
        assert_eq!(value("scope"), Some("a:b c"));
        assert_eq!(value("code"), Some("true"));
        assert!(!pending.authorize_url.as_str().contains(pending.code_verifier.expose_secret()));
    }

    #[test]
    fn a_paste_is_read_in_every_form_a_person_may_paste_it() {
        let pending = pending();
        let state = &pending.state;

        for pasted in [
            format!("abc#{state}"),
            format!("  ab\n c#{state}\r\n"),
            format!("https://platform.claude.com/oauth/code/callback?code=abc&state={state}"),
            format!(" https://platform.claude.com/oauth/code/callback?code=abc#{state} \n"),
            "abc".to_owned(),
        ] {
            assert_eq!(
                pending.read_paste(&pasted).map(|code| code.expose_secret().to_owned()),
                Ok("abc".to_owned()),
                "{pasted}"
            );
        }
    }

    #[test]
    fn a_paste_of_another_sign_in_is_refused() {
        let pending = pending();
        let read = |pasted: &str| pending.read_paste(pasted).map(|_| ()).expect_err(pasted);

        assert_eq!(read("abc#other"), PasteError::WrongState);
        assert_eq!(read("https://x.example/callback?code=abc&state=other"), PasteError::WrongState);
        assert_eq!(read(" \n"), PasteError::NoCode);
        assert_eq!(read("https://x.example/callback?state=other"), PasteError::NoCode);
        assert_eq!(
            read("https://x.example/callback?error=access_denied&error_description=no"),
            PasteError::Denied("no".to_owned())
        );
    }
}
