//! The canary: a text that is nowhere else in the world, and the forms it may have been written down in.

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE};

/// What no one writes by accident.
#[derive(Clone, Debug)]
pub(super) struct Canary(String);

/// A form of the canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Canary {
    /// Draws one. It is letters, digits and hyphens, so that it can stand in a path, a header, a host's name and a JSON text
    /// as it is, and escaping does not change it.
    pub(super) fn draw() -> Result<Self, getrandom::Error> {
        let mut random = [0; 12];
        getrandom::fill(&mut random)?;
        Ok(Self(format!("canary-{}", hex::encode(random))))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    pub(super) fn forms(&self) -> Vec<Form> {
        forms(&self.0)
    }
}

/// Every form that a text may be found in.
pub(super) fn forms(text: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut add = |name, bytes: Vec<u8>| {
        if !forms.iter().any(|known| known.bytes == bytes) {
            forms.push(Form { name, bytes });
        }
    };
    add("as it is", text.into());
    add("in capitals", text.to_ascii_uppercase().into());
    let in_json = serde_json::Value::from(text).to_string();
    add("as JSON", in_json[1..in_json.len() - 1].into());
    add(
        "percent-encoded",
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string().into(),
    );
    add("in UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    add("in hex", hex::encode(text).into());
    add("in hex", hex::encode_upper(text).into());
    for offset in 0..3 {
        add("in base64", in_base64(&BASE64_STANDARD, text, offset));
        add("in base64", in_base64(&BASE64_URL_SAFE, text, offset));
    }
    forms
}

/// A text in base64 where so many bytes stand before it, without the characters that depend on what stands around it.
fn in_base64(engine: &impl Engine, text: &str, offset: usize) -> Vec<u8> {
    let padded = [vec![0; offset], text.into()].concat();
    let encoded = engine.encode(&padded);
    let (first, end) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
    encoded.as_bytes()[first..end].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(haystack: &str, text: &str) -> bool {
        forms(text).iter().any(|form| memchr::memmem::find(haystack.as_bytes(), &form.bytes).is_some())
    }

    #[test]
    fn a_text_is_known_again_in_base64_wherever_it_stands() {
        let canary = Canary::draw().expect("random numbers");

        for before in ["", "a", "ab", "abc", "{\"content\":\"", "längst"] {
            for after in ["", "z", "zy", "\"}"] {
                let text = format!("{before}{}{after}", canary.text());
                assert!(is_in(&BASE64_STANDARD.encode(&text), canary.text()), "{text}");
                assert!(is_in(&BASE64_URL_SAFE.encode(&text), canary.text()), "{text}");
            }
        }
    }

    #[test]
    fn a_text_is_known_again_when_it_is_escaped_and_another_is_not() {
        let text = "say \"hé\" / 漢";

        for written in [
            text.to_owned(),
            serde_json::json!({ "text": text }).to_string(),
            hex::encode(format!("x{text}")),
            "say%20%22h%C3%A9%22%20%2F%20%E6%BC%A2".to_owned(),
        ] {
            assert!(is_in(&written, text), "{written}");
        }
        assert!(!is_in("say \"he\" / 漢", text));
        assert_ne!(Canary::draw().expect("random").text(), Canary::draw().expect("random").text());
    }
}
