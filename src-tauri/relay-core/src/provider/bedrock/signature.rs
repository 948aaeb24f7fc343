//! Signing requests with an access key (Signature Version 4).
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html> (read November
//! 2026). Signed are the method, the address, the headers that Amazon asks for, and the whole body. The vendor's own crate
//! for this brings a runtime with it.

use std::fmt::Write as _;

use hmac::{Hmac, Mac as _};
use http::{HeaderMap, HeaderName, Uri, header};
use percent_encoding::{AsciiSet, percent_decode_str, percent_encode};
use sha2::{Digest as _, Sha256};

use crate::provider::{ToSend, UnsendableSecret, WITHIN_A_PART, sensitive};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// What every scope, and every key, ends with.
const TERMINATOR: &str = "aws4_request";
const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const X_AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
/// How the headers begin that have to be signed.
const AMAZONS_OWN: &str = "x-amz";

/// The same with what stands between the parts of a path.
const WITHIN_A_PATH: &AsciiSet = &WITHIN_A_PART.remove(b'/');

/// An access key.
pub(super) struct Keys<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: Option<&'a str>,
}

impl<'a> Keys<'a> {
    /// Reads `ACCESS_KEY_ID:SECRET_ACCESS_KEY` and `ACCESS_KEY_ID:SECRET_ACCESS_KEY:SESSION_TOKEN`: in none of the three
    /// is there a colon.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(':');
        let (access_key_id, secret_access_key, session_token) = (parts.next()?, parts.next()?, parts.next());
        let is_whole =
            [Some(access_key_id), Some(secret_access_key), session_token].iter().flatten().all(|part| !part.is_empty());
        (is_whole && parts.next().is_none()).then_some(Self { access_key_id, secret_access_key, session_token })
    }
}

/// Signs a request for a region and a product of Amazon's, and puts what proves it into its headers.
///
/// # Errors
/// When no header can carry the key's id or its session token.
pub(super) fn sign(request: ToSend<'_>, keys: &Keys<'_>, region: &str, product: &str) -> Result<(), UnsendableSecret> {
    let ToSend { method, address, headers, body, now, .. } = request;
    let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let (day, _) = time.split_at("YYYYMMDD".len());

    headers.remove(X_AMZ_CONTENT_SHA256);
    headers.remove(X_AMZ_SECURITY_TOKEN);
    headers.insert(X_AMZ_DATE, time.parse().expect("digits and letters"));
    if let Some(token) = keys.session_token {
        headers.insert(X_AMZ_SECURITY_TOKEN, sensitive(token)?);
    }
    let signed = signed_headers(address, headers);
    let names = signed.iter().map(|(name, _)| &**name).collect::<Vec<_>>().join(";");
    let mut canonical = format!("{method}\n{}\n{}\n", canonical_path(address), canonical_query(address));
    for (name, value) in &signed {
        let _ = writeln!(canonical, "{name}:{value}");
    }
    let _ = write!(canonical, "\n{names}\n{}", hash(body));

    let scope = format!("{day}/{region}/{product}/{TERMINATOR}");
    let text = format!("{ALGORITHM}\n{time}\n{scope}\n{}", hash(&[canonical]));
    let secret = format!("AWS4{}", keys.secret_access_key).into_bytes();
    let key = [day, region, product, TERMINATOR].iter().fold(secret, |key, part| hmac(&key, part));
    let signature = hex::encode(hmac(&key, &text));
    let proof =
        format!("{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", keys.access_key_id);
    headers.insert(header::AUTHORIZATION, sensitive(&proof)?);
    Ok(())
}

/// The headers that are signed, in the order of their names. The others may be changed on the way, and so are left out.
fn signed_headers(address: &Uri, headers: &HeaderMap) -> Vec<(String, String)> {
    let wanted = headers.keys().filter(|name| **name == header::CONTENT_TYPE || name.as_str().starts_with(AMAZONS_OWN));
    let mut signed: Vec<(String, String)> = wanted
        .map(|name| {
            let values =
                headers.get_all(name).into_iter().map(|value| folded(&String::from_utf8_lossy(value.as_bytes())));
            (name.as_str().to_owned(), values.collect::<Vec<_>>().join(","))
        })
        .collect();
    // The client that sends the request writes this one from the address.
    signed.push((header::HOST.as_str().to_owned(), address.authority().map(ToString::to_string).unwrap_or_default()));
    signed.sort();
    signed
}

/// A value with one space wherever there are several, and none around it.
fn folded(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The path, encoded once more than it is: Amazon wants that of every product but its storage.
fn canonical_path(address: &Uri) -> String {
    percent_encode(address.path().as_bytes(), WITHIN_A_PATH).to_string()
}

/// The query's pairs in order, each encoded in one way.
fn canonical_query(address: &Uri) -> String {
    let encode = |text: &str| {
        let decoded: Vec<u8> = percent_decode_str(text).collect();
        percent_encode(&decoded, WITHIN_A_PART).to_string()
    };
    let pairs = address.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn hash(pieces: &[impl AsRef<[u8]>]) -> String {
    hex::encode(pieces.iter().fold(Sha256::new(), |hash, piece| hash.chain_update(piece)).finalize())
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do (RFC 2104, section 3)");
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests;
