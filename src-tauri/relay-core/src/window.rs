//! Windows: a provider's allowance for a span of time, as its answers tell.

use jiff::Timestamp;

/// An allowance, and how much of it is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Its length, in hours: 5, or 168 for a week.
    pub hours: u32,
    /// The used part: 0 to 1, more when the provider let it be exceeded.
    pub used: f64,
    /// When it begins anew.
    pub resets_at: Option<Timestamp>,
}

/// Reads when a window begins anew: Unix seconds or RFC 3339, both are seen.
#[must_use]
pub fn read_reset(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_is_read_in_either_form() {
        let noon = Timestamp::from_second(1_795_176_000).ok();

        assert_eq!(read_reset("1795176000"), noon);
        assert_eq!(read_reset("2026-11-20T12:00:00Z"), noon);
        assert_eq!(read_reset("soon"), None);
    }
}
