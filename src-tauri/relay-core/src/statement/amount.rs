//! Money as a statement counts it: whole cents of one currency, and the owner's fixed rate from dollars.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::price::{PicoUsd, decimal_text, parse_decimal};

/// An amount in the smallest unit of the statement's currency: cents, or whole yen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(pub i64);

/// The largest amount that is taken from anybody: with it, a thousand costs of a thousand people still add up.
pub const LARGEST: Cents = Cents(1_000_000_000_000);

/// A currency by the three letters of ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Text that is no currency, amount or rate.
#[derive(Debug, thiserror::Error)]
pub enum NotAnAmount {
    /// Not three letters.
    #[error("'{0}' is no currency: expected its three letters, such as USD, EUR or CNY")]
    Currency(String),
    /// Not a number with at most as many decimals as the currency has.
    #[error("'{text}' is no amount of {currency}: expected a number such as {example}")]
    Amount {
        /// What was read.
        text: String,
        /// In which currency.
        currency: Currency,
        /// A right one.
        example: &'static str,
    },
    /// Not a rate.
    #[error("'{0}' is no rate: expected how much one US dollar is in your currency, such as 0.92")]
    Rate(String),
}

/// Currencies whose smallest unit is not a hundredth (ISO 4217, list one).
const DIGITS: &[(&str, u32)] = &[
    ("BHD", 3),
    ("CLP", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("TND", 3),
    ("UGX", 0),
    ("VND", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

impl Currency {
    /// The dollar that prices are in.
    pub const USD: Self = Self(*b"USD");

    /// Its three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        str::from_utf8(&self.0).expect("three ASCII letters")
    }

    /// How many decimals its smallest unit has.
    #[must_use]
    pub fn digits(self) -> u32 {
        DIGITS.iter().find(|(code, _)| *code == self.code()).map_or(2, |(_, digits)| *digits)
    }

    /// Reads an amount such as `12.50`, from zero to [`LARGEST`].
    ///
    /// # Errors
    /// [`NotAnAmount::Amount`] for anything else, also for a fraction of a cent.
    pub fn parse(self, text: &str) -> Result<Cents, NotAnAmount> {
        let number = text.trim();
        let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let cents = parse_decimal(number, self.digits()).and_then(|cents| i64::try_from(cents).ok()).map(Cents);
        match cents {
            Some(cents) if plain && decimals <= self.digits() as usize && cents <= LARGEST => Ok(cents),
            _ => {
                let example = ["1200", "12.5", "12.50", "12.500"][self.digits().min(3) as usize];
                Err(NotAnAmount::Amount { text: text.to_owned(), currency: self, example })
            }
        }
    }

    /// Writes an amount as a plain number, for programs: `-12.50`.
    #[must_use]
    pub fn number(self, amount: Cents) -> String {
        let (digits, sign) = (self.digits(), if amount.0 < 0 { "-" } else { "" });
        let one = 10_u64.pow(digits);
        let (whole, rest) = (amount.0.unsigned_abs() / one, amount.0.unsigned_abs() % one);
        match digits {
            0 => format!("{sign}{whole}"),
            _ => format!("{sign}{whole}.{rest:0width$}", width = digits as usize),
        }
    }

    /// Writes an amount for people: `12.50 EUR`.
    #[must_use]
    pub fn show(self, amount: Cents) -> String {
        format!("{} {self}", self.number(amount))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        let letters = text.trim().to_ascii_uppercase();
        let code: Option<[u8; 3]> = letters.as_bytes().try_into().ok();
        code.filter(|code| code.iter().all(u8::is_ascii_uppercase))
            .map(Self)
            .ok_or_else(|| NotAnAmount::Currency(text.to_owned()))
    }
}

impl TryFrom<String> for Currency {
    type Error = NotAnAmount;

    fn try_from(text: String) -> Result<Self, NotAnAmount> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

/// Decimals of a rate.
const RATE_DIGITS: u32 = 8;
const RATE_ONE: u64 = 10_u64.pow(RATE_DIGITS);
/// The highest rate: no currency has so many units to a dollar.
const HIGHEST_RATE: u64 = 100_000_000 * RATE_ONE;
const PICO: i128 = 1_000_000_000_000;

/// How much of the statement's currency one US dollar is: the owner's own figure, as an exact decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(u64);

impl Rate {
    /// One for one.
    pub const ONE: Self = Self(RATE_ONE);

    /// The rate in hundred-millionths.
    #[must_use]
    pub fn hundred_millionths(self) -> u64 {
        self.0
    }

    /// Turns dollars into cents of the currency, rounded half up.
    #[must_use]
    pub fn convert(self, dollars: PicoUsd, currency: Currency) -> Cents {
        let scale = 10_i128.pow(currency.digits());
        let (scaled, one) = (i128::from(dollars.0) * i128::from(self.0) * scale, PICO * i128::from(RATE_ONE));
        let rounded = (scaled.abs() + one / 2) / one * scaled.signum();
        Cents(i64::try_from(rounded).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal_text(self.0, RATE_DIGITS))
    }
}

impl FromStr for Rate {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        let rate = parse_decimal(text.trim(), RATE_DIGITS).filter(|rate| (1..=HIGHEST_RATE).contains(rate));
        rate.map(Self).ok_or_else(|| NotAnAmount::Rate(text.to_owned()))
    }
}

impl TryFrom<String> for Rate {
    type Error = NotAnAmount;

    fn try_from(text: String) -> Result<Self, NotAnAmount> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().expect("a currency")
    }

    #[test]
    fn an_amount_is_read_to_the_cent_of_its_currency() {
        let cases = [
            ("EUR", "12.50", Some(1250)),
            ("EUR", "12.5", Some(1250)),
            ("EUR", "12", Some(1200)),
            ("EUR", "0", Some(0)),
            ("eur", "12.505", None),
            ("JPY", "1200", Some(1200)),
            ("JPY", "1200.5", None),
            ("KWD", "1.234", Some(1234)),
            ("EUR", "-1", None),
            ("EUR", "1e3", None),
            ("EUR", "1,50", None),
            ("EUR", "10000000000.01", None),
            ("EUR", "", None),
        ];

        for (code, text, expected) in cases {
            assert_eq!(currency(code).parse(text).ok(), expected.map(Cents), "{code} {text}");
        }
        assert!(["EURO", "E1R", "", "€"].iter().all(|text| text.parse::<Currency>().is_err()));
    }

    #[test]
    fn an_amount_is_shown_with_its_currency() {
        assert_eq!(currency("EUR").show(Cents(-5)), "-0.05 EUR");
        assert_eq!(currency("JPY").show(Cents(1200)), "1200 JPY");
        assert_eq!(currency("KWD").show(Cents(1234)), "1.234 KWD");
    }

    #[test]
    fn dollars_become_cents_at_the_owners_rate_and_half_a_cent_is_rounded_up() {
        let cases = [
            ("1", "USD", 12_345_000_000_000, 1235),
            ("1", "USD", 12_344_999_999_999, 1234),
            ("0.92", "EUR", 100_000_000_000_000, 9200),
            ("7.1234", "CNY", 1_000_000_000_000, 712),
            ("150.5", "JPY", 1_000_000_000_000, 151),
            ("1", "USD", -5_000_000_000, -1),
            ("1", "USD", 0, 0),
        ];

        for (rate, code, pico, cents) in cases {
            let rate: Rate = rate.parse().expect("a rate");
            assert_eq!(rate.convert(PicoUsd(pico), currency(code)), Cents(cents), "{rate} {code} {pico}");
        }
        assert!(["0", "-1", "abc", "1000000000", ""].iter().all(|text| text.parse::<Rate>().is_err()));
    }
}
