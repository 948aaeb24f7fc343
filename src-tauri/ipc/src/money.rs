//! Money: integer pico-dollars, and the one way they are written for people.

use std::{fmt, iter::Sum, ops::Add};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Pico-dollars in a dollar.
const PICO: i128 = 1_000_000_000_000;
/// Digits after the point that a pico-dollar has.
const PICO_DIGITS: u32 = 12;

/// An amount in pico-dollars (1e-12 USD). It crosses as a decimal string, because JavaScript's numbers are exact only up
/// to about 9,000 dollars of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub i64);

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(D::Error::custom)
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl Money {
    /// The amount in dollars, for the height of a bar; never for adding up.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a bar's height needs no more than a float holds")]
    pub fn as_dollars(self) -> f64 {
        self.0 as f64 / PICO as f64
    }

    /// The amount, rounded to so many digits after the point: at most twelve.
    #[must_use]
    pub fn with_digits(self, digits: u32) -> String {
        let digits = digits.min(PICO_DIGITS);
        let sign = if self.0 < 0 { "-" } else { "" };
        let (one, amount) = (10_i128.pow(digits), rounded(i128::from(self.0).abs(), digits));
        let whole = grouped((amount / one).unsigned_abs());
        if digits == 0 {
            return format!("{sign}${whole}");
        }
        format!("{sign}${whole}.{:0width$}", amount % one, width = digits as usize)
    }

    /// How many digits after the point write the amount exactly: none for whole dollars, otherwise cents at least. The
    /// ticks of an axis have those of its step.
    #[must_use]
    pub fn exact_digits(self) -> u32 {
        let is_exact = |digits: &u32| i128::from(self.0) % (PICO / 10_i128.pow(*digits)) == 0;
        if is_exact(&0) { 0 } else { (2..PICO_DIGITS).find(is_exact).unwrap_or(PICO_DIGITS) }
    }
}

/// As people read it: cents from a dime on (`$1,234.50`), four digits below that, `<$0.0001` for a trace.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = i128::from(self.0).abs();
        let digits = if amount == 0 || amount >= PICO / 10 { 2 } else { 4 };
        if amount > 0 && rounded(amount, digits) == 0 {
            let sign = if self.0 < 0 { "-" } else { "" };
            return write!(formatter, "<{sign}$0.0001");
        }
        formatter.write_str(&self.with_digits(digits))
    }
}

/// An amount that is not negative, in units of the last of so many digits after the point.
fn rounded(amount: i128, digits: u32) -> i128 {
    let unit = PICO / 10_i128.pow(digits);
    (amount + unit / 2) / unit
}

/// A number with a comma before each group of three digits.
#[must_use]
pub fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_as_people_read_it() {
        for (pico, expected) in [
            (0, "$0.00"),
            (1, "<$0.0001"),
            (50_000_000, "$0.0001"),
            (1_234_000_000, "$0.0012"),
            (99_960_000_000, "$0.1000"),
            (100_000_000_000, "$0.10"),
            (12_345_000_000_000, "$12.35"),
            (1_234_567_000_000_000, "$1,234.57"),
            (-1_500_000_000_000, "-$1.50"),
        ] {
            assert_eq!(Money(pico).to_string(), expected, "{pico}");
        }
    }

    #[test]
    fn the_ticks_of_an_axis_have_the_digits_of_its_step() {
        for (step, expected) in [
            (5_000_000_000_000, "$5"),
            (500_000_000_000, "$0.50"),
            (20_000_000_000, "$0.02"),
            (5_000_000_000, "$0.005"),
            (1, "$0.000000000001"),
            (1_000_000_000_000_000, "$1,000"),
        ] {
            let step = Money(step);

            assert_eq!(step.with_digits(step.exact_digits()), expected);
        }
    }

    #[test]
    fn an_amount_that_javascript_cannot_hold_crosses_unchanged() {
        let much = Money(i64::MAX);

        let json = serde_json::to_string(&much).expect("a string serializes");

        assert_eq!(json, "\"9223372036854775807\"");
        assert_eq!(serde_json::from_str::<Money>(&json).expect("its own JSON parses"), much);
    }
}
