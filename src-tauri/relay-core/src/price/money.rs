//! Money as integers: pico-dollars for what is summed, exact decimals for what is read and shown.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Decimal places of a price inside the book: atto-dollars, so that no listed price is rounded.
pub(super) const ATTO_DIGITS: u32 = 18;

/// Atto-dollars in a pico-dollar.
pub(super) const ATTO_PER_PICO: u128 = 1_000_000;

/// Decimal places of a multiplier; the book's own have one (`1.1`).
pub(super) const MULTIPLIER_DIGITS: u32 = 4;

/// The multiplier that changes nothing.
pub(super) const MULTIPLIER_ONE: u64 = 10_u64.pow(MULTIPLIER_DIGITS);

const PICO_DIGITS: u32 = 12;

/// An amount of money in pico-dollars (1e-12 USD), so that a month of calls adds up exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PicoUsd(pub i64);

impl PicoUsd {
    /// Adds two amounts, or returns `None` when the sum does not fit.
    #[must_use]
    pub fn checked_add(self, other: PicoUsd) -> Option<PicoUsd> {
        self.0.checked_add(other.0).map(PicoUsd)
    }

    /// The amount rounded to what a reader wants to know of it: to cents, and where it is less than ten of them to a
    /// hundredth of a cent; less than that is left as it is.
    #[must_use]
    pub fn rounded(self) -> PicoUsd {
        let unit = match self.0.unsigned_abs() {
            100_000_000_000.. => 10_000_000_000,
            100_000_000.. => 100_000_000,
            _ => 1,
        };
        PicoUsd(self.0.saturating_add(self.0.signum() * unit / 2) / unit * unit)
    }

    /// Adds two amounts and stops at the largest (or smallest) amount that fits.
    #[must_use]
    pub fn saturating_add(self, other: PicoUsd) -> PicoUsd {
        PicoUsd(self.0.saturating_add(other.0))
    }
}

/// Text that is no amount of money.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no amount of dollars: expected a number such as 5 or 0.50")]
pub struct NotMoney(String);

impl FromStr for PicoUsd {
    type Err = NotMoney;

    /// Reads dollars, with or without the sign: `5`, `0.50`, `$12.5`. Not a negative amount.
    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let number = text.trim();
        let number = number.strip_prefix('$').unwrap_or(number);
        let pico = parse_decimal(number, PICO_DIGITS).and_then(|pico| i64::try_from(pico).ok());
        pico.map(Self).ok_or_else(|| NotMoney(text.to_owned()))
    }
}

impl fmt::Display for PicoUsd {
    /// Writes exact dollars: cents always, further digits only where they are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (dollars, fraction) = split_decimal(self.0.unsigned_abs(), PICO_DIGITS);
        write!(f, "{sign}${dollars}.{fraction:0<2}")
    }
}

/// Reads a non-negative JSON number as a count of units of `10^-digits`.
///
/// Digits below a unit are rounded half up; in a price they are the residue of somebody's floating point
/// (`1.0000000000000002e-06`). Returns `None` for anything that is no number, is negative or does not fit.
pub(crate) fn parse_decimal(text: &str, digits: u32) -> Option<u64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() {
        return None;
    }

    let number = whole.bytes().chain(fraction.bytes()).try_fold(0_u128, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u128::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })?;

    let shift = i64::from(exponent) + i64::from(digits) - i64::try_from(fraction.len()).ok()?;
    shifted(number, shift).and_then(|units| u64::try_from(units).ok())
}

/// Multiplies `number` by `10^shift`, rounding half up when the shift is negative.
fn shifted(number: u128, shift: i64) -> Option<u128> {
    if number == 0 {
        return Some(0);
    }
    let power = 10_u128.checked_pow(u32::try_from(shift.unsigned_abs()).ok()?);
    match (shift >= 0, power) {
        (true, Some(power)) => number.checked_mul(power),
        (true, None) => None,
        (false, Some(power)) => Some(number.saturating_add(power / 2) / power),
        (false, None) => Some(0),
    }
}

/// Writes `units` of `10^-digits` as a plain decimal without trailing zeros.
pub(crate) fn decimal_text(units: u64, digits: u32) -> String {
    match split_decimal(units, digits) {
        (whole, fraction) if fraction.is_empty() => whole.to_string(),
        (whole, fraction) => format!("{whole}.{fraction}"),
    }
}

/// Splits `units` of `10^-digits` into the whole part and the fraction's digits without trailing zeros.
fn split_decimal(units: u64, digits: u32) -> (u64, String) {
    let one = 10_u64.pow(digits);
    let mut fraction = format!("{:0width$}", units % one, width = digits as usize);
    fraction.truncate(fraction.trim_end_matches('0').len());
    (units / one, fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_read_without_floating_point() {
        let cases = [
            ("3e-06", 18, Some(3_000_000_000_000)),
            ("1.25e-05", 18, Some(12_500_000_000_000)),
            ("0.0001125", 18, Some(112_500_000_000_000)),
            ("1.38E-07", 18, Some(138_000_000_000)),
            ("1.0000000000000002e-06", 18, Some(1_000_000_000_000)),
            ("5e-19", 18, Some(1)),
            ("4.9e-19", 18, Some(0)),
            ("1e-400", 18, Some(0)),
            ("0e999", 18, Some(0)),
            ("0.0", 18, Some(0)),
            ("2.0", 4, Some(20_000)),
            ("1.1", 4, Some(11_000)),
            ("256000.0", 0, Some(256_000)),
            ("18.446744073709551615", 18, Some(u64::MAX)),
            ("18.446744073709551616", 18, None),
            ("1e2147483647", 18, None),
            ("-1e-06", 18, None),
            ("", 18, None),
            ("\"3e-06\"", 18, None),
            ("null", 18, None),
        ];

        for (text, digits, expected) in cases {
            assert_eq!(parse_decimal(text, digits), expected, "{text}");
        }
    }

    #[test]
    fn an_amount_is_shown_as_exact_dollars() {
        let cases = [
            (0, "$0.00"),
            (1_234_000_000, "$0.001234"),
            (1, "$0.000000000001"),
            (3_000_000_000_000, "$3.00"),
            (12_500_000_000_000, "$12.50"),
            (-1_500_000_000_000, "-$1.50"),
            (i64::MIN, "-$9223372.036854775808"),
        ];

        for (pico, expected) in cases {
            assert_eq!(PicoUsd(pico).to_string(), expected);
        }
    }

    #[test]
    fn an_amount_is_rounded_to_what_a_reader_wants_to_know() {
        let cases = [
            (4_999_999_999_999, "$5.00"),
            (4_994_999_999_999, "$4.99"),
            (123_456_789_012, "$0.12"),
            (12_345_678_901, "$0.0123"),
            (99_999_999, "$0.000099999999"),
            (-4_999_999_999_999, "-$5.00"),
        ];

        for (pico, expected) in cases {
            assert_eq!(PicoUsd(pico).rounded().to_string(), expected);
        }
    }

    #[test]
    fn an_amount_is_read_as_dollars() {
        assert_eq!("0.50".parse::<PicoUsd>().ok(), Some(PicoUsd(500_000_000_000)));
        assert_eq!(" $12 ".parse::<PicoUsd>().ok(), Some(PicoUsd(12_000_000_000_000)));
        for text in ["", "-1", "five", "1,50", "9300000000"] {
            assert!(text.parse::<PicoUsd>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_is_refused_or_saturates() {
        let most = PicoUsd(i64::MAX);

        assert_eq!(PicoUsd(2).checked_add(PicoUsd(3)), Some(PicoUsd(5)));
        assert_eq!(most.checked_add(PicoUsd(1)), None);
        assert_eq!(most.saturating_add(PicoUsd(1)), most);
    }
}
