//! Whether an address leads to a relay.

use serde::Deserialize;

/// What an address answered instead of what a relay does.
pub type NoAnswer = String;

/// What `GET /health` tells of a relay.
#[derive(Deserialize)]
struct Health {
    #[expect(dead_code, reason = "that it is there is what counts")]
    status: String,
    #[expect(dead_code, reason = "likewise")]
    version: String,
}

/// Says whether this is how a relay answers when it is asked for its health, be it well or not.
///
/// # Errors
/// What was heard instead, in words.
pub fn is_a_relay(status: u16, body: &[u8]) -> Result<(), NoAnswer> {
    match (status, serde_json::from_slice::<Health>(body)) {
        (200 | 503, Ok(_)) => Ok(()),
        // Cloudflare's own pages: the tunnel is not connected.
        (530, _) => Err("Cloudflare knows the address, but no tunnel is connected to it (HTTP 530)".to_owned()),
        (200, Err(_)) => Err("something else is there (HTTP 200)".to_owned()),
        (status, _) => Err(format!("HTTP {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_relay_says_counts_as_an_answer() {
        assert!(is_a_relay(200, br#"{"status":"ok","version":"0.1.0","sharing":"on"}"#).is_ok());
        assert!(is_a_relay(503, br#"{"status":"failing","version":"0.1.0","reason":"disk"}"#).is_ok());
        assert!(is_a_relay(200, b"<html>parked</html>").is_err());
        assert!(is_a_relay(503, b"upstream is away").is_err());
        assert!(is_a_relay(530, b"error code: 1033").is_err_and(|why| why.contains("530")));
    }
}
