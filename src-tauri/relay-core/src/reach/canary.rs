//! The canary: what a probe from outside shows to the relay, and what the relay shows back. It proves to both that they are
//! of the same run. It is no client key and opens nothing.

use core::fmt;

use subtle::ConstantTimeEq;

/// How many random bytes each half has.
const HALF: usize = 32;

/// What one run of the relay is known by.
#[derive(Clone)]
pub struct Canary {
    asks: String,
    answers: String,
}

impl Canary {
    /// Of as many random bytes.
    #[must_use]
    pub fn new(random: &[u8; 2 * HALF]) -> Self {
        Self { asks: hex::encode(&random[..HALF]), answers: hex::encode(&random[HALF..]) }
    }

    /// What a probe shows.
    #[must_use]
    pub fn asks(&self) -> &str {
        &self.asks
    }

    /// What the relay answers it with: who only echoes what it is shown does not know this.
    #[must_use]
    pub fn answers(&self) -> &str {
        &self.answers
    }

    /// Says, in constant time, whether this is what a probe of this run shows.
    #[must_use]
    pub fn is_asked_by(&self, shown: &[u8]) -> bool {
        self.asks.as_bytes().ct_eq(shown).into()
    }
}

/// Does not show it.
impl fmt::Debug for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canary")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_half_that_asks_is_asked_by() {
        let mut random = [7; 2 * HALF];
        random[HALF..].fill(9);
        let canary = Canary::new(&random);

        assert!(canary.is_asked_by(canary.asks().as_bytes()));
        for other in [canary.answers(), "", &canary.asks()[1..], &canary.asks().replace('7', "8")] {
            assert!(!canary.is_asked_by(other.as_bytes()), "{other}");
        }
        assert_eq!(format!("{canary:?}"), "Canary");
    }
}
