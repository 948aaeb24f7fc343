//! Money: integer pico-dollars, the owner's currency, and the one way both are written for people.

use std::{fmt, iter::Sum, ops::Add};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Pico-dollars in a dollar.
const PICO: i128 = 1_000_000_000_000;
/// Digits after the point that a pico-dollar has.
const PICO_DIGITS: u32 = 12;
/// Digits after the point that a rate has.
const RATE_DIGITS: u32 = 8;
const RATE_ONE: i128 = 10_i128.pow(RATE_DIGITS);

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

    /// The amount in dollars, rounded to so many digits after the point: at most twelve.
    #[must_use]
    pub fn with_digits(self, digits: u32) -> String {
        with_digits(i128::from(self.0), digits, "$")
    }

    /// How many digits after the point write the amount exactly: none for whole dollars, otherwise cents at least.
    #[must_use]
    pub fn exact_digits(self) -> u32 {
        exact_digits(i128::from(self.0))
    }
}

/// In dollars, as people read them: `$1,234.50`, `$0.0012`. What the owner is to see in the owner's currency is written by
/// [`Shown::money`].
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&Shown::default().money(*self))
    }
}

/// A currency: its three letters, and how many digits after the point its smallest unit has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Currency {
    /// As `EUR`.
    pub code: String,
    /// Two for most.
    pub digits: u32,
}

impl Default for Currency {
    fn default() -> Self {
        Self { code: "USD".to_owned(), digits: 2 }
    }
}

/// Signs that stand for one currency only, here. The others are written with their letters.
const SIGNS: &[(&str, &str)] =
    &[("USD", "$"), ("EUR", "€"), ("GBP", "£"), ("CNY", "¥"), ("INR", "₹"), ("KRW", "₩"), ("VND", "₫")];

impl Currency {
    /// What stands before an amount: a sign, or the letters and a space that does not break.
    #[must_use]
    pub fn sign(&self) -> String {
        let sign = SIGNS.iter().find(|(code, _)| *code == self.code).map(|(_, sign)| *sign);
        sign.map_or_else(|| format!("{}\u{a0}", self.code), str::to_owned)
    }

    /// An amount in its smallest unit, as people read it: `€1,234.50`.
    #[must_use]
    pub fn amount(&self, smallest_units: i64) -> String {
        let pico = i128::from(smallest_units) * 10_i128.pow(PICO_DIGITS - self.digits.min(PICO_DIGITS));
        with_digits(pico, self.digits, &self.sign())
    }

    /// The same as a plain number, as it is typed: `1234.50`.
    #[must_use]
    pub fn number(&self, smallest_units: i64) -> String {
        let one = 10_u64.pow(self.digits.min(PICO_DIGITS));
        let (sign, amount) = (if smallest_units < 0 { "-" } else { "" }, smallest_units.unsigned_abs());
        match self.digits {
            0 => format!("{sign}{amount}"),
            digits => format!("{sign}{}.{:0width$}", amount / one, amount % one, width = digits as usize),
        }
    }
}

/// How much of a currency one dollar is, in hundred-millionths. It crosses as a decimal string, as [`Money`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(pub u64);

impl Rate {
    /// One for one.
    pub const ONE: Self = Self(RATE_ONE as u64);
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(D::Error::custom)
    }
}

/// As it is typed: `7.1`.
impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = Self::ONE.0;
        let text = format!("{}.{:0width$}", self.0 / one, self.0 % one, width = RATE_DIGITS as usize);
        formatter.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// The currency that all money is shown in, at the owner's fixed rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The currency.
    pub currency: Currency,
    /// What a dollar is in it.
    pub rate: Rate,
}

impl Default for Shown {
    fn default() -> Self {
        Self { currency: Currency::default(), rate: Rate::ONE }
    }
}

impl Shown {
    /// Whether money is shown in dollars, as it is counted.
    #[must_use]
    pub fn is_dollars(&self) -> bool {
        self.currency.code == "USD"
    }

    /// The rate, as people read it: `1 USD = 7.1 CNY`.
    #[must_use]
    pub fn rate_text(&self) -> String {
        format!("1 USD = {} {}", self.rate, self.currency.code)
    }

    /// An amount as people read it: cents from a dime on (`$1,234.50`), two digits more below that, `<$0.0001` for a trace.
    #[must_use]
    pub fn money(&self, money: Money) -> String {
        let pico = self.pico(money);
        let (sign, cents) = (self.currency.sign(), self.currency.digits);
        let ten = 10 * PICO / 10_i128.pow(cents);
        let digits = if pico == 0 || pico.abs() >= ten { cents } else { cents + 2 };
        if money.0 != 0 && rounded(pico.abs(), digits) == 0 {
            let trace = with_digits(PICO / 10_i128.pow(digits), digits, &sign);
            return format!("<{}{trace}", if pico < 0 { "-" } else { "" });
        }
        with_digits(pico, digits, &sign)
    }

    /// The pico-units of the currency that an amount is.
    fn pico(&self, money: Money) -> i128 {
        let exact = i128::from(money.0) * i128::from(self.rate.0);
        (exact.abs() + RATE_ONE / 2) / RATE_ONE * exact.signum()
    }

    /// The millionths of the currency that an amount is: what a chart of it is drawn in.
    #[must_use]
    pub fn millionths(&self, money: Money) -> i64 {
        i64::try_from(self.pico(money) / MICRO).unwrap_or(i64::MAX)
    }

    /// An amount in millionths of the currency as a tick of an axis: none or as many digits after the point as `step` needs.
    #[must_use]
    pub fn tick(&self, millionths: i64, step: i64) -> String {
        let digits = exact_digits(i128::from(step) * MICRO);
        with_digits(i128::from(millionths) * MICRO, digits, &self.currency.sign())
    }

    /// An amount in millionths of the currency, as people read it.
    #[must_use]
    pub fn of_millionths(&self, millionths: i64) -> String {
        let cents = self.currency.digits;
        let pico = i128::from(millionths) * MICRO;
        let digits = if pico == 0 || pico.abs() >= 10 * PICO / 10_i128.pow(cents) { cents } else { cents + 2 };
        with_digits(pico, digits, &self.currency.sign())
    }
}

/// Pico-units in a millionth.
const MICRO: i128 = PICO / 1_000_000;

/// How many digits after the point write an amount in pico-units exactly: none, or two and more.
fn exact_digits(pico: i128) -> u32 {
    let is_exact = |digits: &u32| pico % (PICO / 10_i128.pow(*digits)) == 0;
    if is_exact(&0) { 0 } else { (2..PICO_DIGITS).find(is_exact).unwrap_or(PICO_DIGITS) }
}

/// An amount in pico-units, rounded to so many digits after the point, behind a sign.
fn with_digits(pico: i128, digits: u32, sign: &str) -> String {
    let digits = digits.min(PICO_DIGITS);
    let minus = if pico < 0 { "-" } else { "" };
    let (one, amount) = (10_i128.pow(digits), rounded(pico.abs(), digits));
    let whole = grouped((amount / one).unsigned_abs());
    match digits {
        0 => format!("{minus}{sign}{whole}"),
        _ => format!("{minus}{sign}{whole}.{:0width$}", amount % one, width = digits as usize),
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

    fn shown(code: &str, digits: u32, rate: u64) -> Shown {
        Shown { currency: Currency { code: code.to_owned(), digits }, rate: Rate(rate) }
    }

    #[test]
    fn an_amount_is_written_as_people_read_it() {
        for (pico, expected) in [
            (0, "$0.00"),
            (1, "<$0.0001"),
            (-1, "<-$0.0001"),
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
    fn an_amount_is_shown_in_the_owners_currency_at_the_owners_rate() {
        let (yuan, yen, dong) =
            (shown("CNY", 2, 710_000_000), shown("JPY", 0, 15_050_000_000), shown("VND", 0, 2_500_000_000_000));

        for (shown, pico, expected) in [
            (&yuan, 1_000_000_000_000, "¥7.10"),
            (&yuan, 1_000_000_000, "¥0.0071"),
            (&yuan, 1, "<¥0.0001"),
            (&yuan, 0, "¥0.00"),
            (&yen, 1_000_000_000_000, "JPY\u{a0}151"),
            (&yen, 10_000_000_000, "JPY\u{a0}1.51"),
            (&dong, i64::MAX, "₫230,584,300,921"),
            (&dong, -1_000_000_000_000, "-₫25,000"),
        ] {
            assert_eq!(shown.money(Money(pico)), expected, "{pico}");
        }
        assert_eq!(yuan.rate_text(), "1 USD = 7.1 CNY");
        assert!(Shown::default().is_dollars() && !yuan.is_dollars());
    }

    #[test]
    fn a_statements_amount_is_written_with_its_sign_and_as_it_is_typed() {
        let euro = Currency { code: "EUR".to_owned(), digits: 2 };
        let (yen, dinar) = (shown("JPY", 0, 1).currency, shown("KWD", 3, 1).currency);

        assert_eq!([euro.amount(123_450), euro.amount(-5)], ["€1,234.50", "-€0.05"]);
        assert_eq!([euro.number(123_450), euro.number(-5)], ["1234.50", "-0.05"]);
        assert_eq!([yen.amount(1_200), yen.number(1_200)], ["JPY\u{a0}1,200", "1200"]);
        assert_eq!([dinar.amount(1_234), dinar.number(1_234)], ["KWD\u{a0}1.234", "1.234"]);
    }

    #[test]
    fn the_ticks_of_an_axis_have_the_digits_of_its_step() {
        let dollars = Shown::default();
        for (step, expected) in [
            (5_000_000, "$5"),
            (500_000, "$0.50"),
            (20_000, "$0.02"),
            (5_000, "$0.005"),
            (1, "$0.000001"),
            (1_000_000_000, "$1,000"),
        ] {
            assert_eq!(dollars.tick(step, step), expected);
        }
        let yuan = shown("CNY", 2, 710_000_000);
        assert_eq!(yuan.millionths(Money(1_000_000_000_000)), 7_100_000);
        assert_eq!(yuan.of_millionths(7_100_000), "¥7.10");
        assert_eq!(yuan.of_millionths(71_000), "¥0.0710");
    }

    #[test]
    fn an_amount_that_javascript_cannot_hold_crosses_unchanged() {
        let much = Money(i64::MAX);

        let json = serde_json::to_string(&much).expect("a string serializes");

        assert_eq!(json, "\"9223372036854775807\"");
        assert_eq!(serde_json::from_str::<Money>(&json).expect("its own JSON parses"), much);
        let rate = Rate(u64::MAX);
        let json = serde_json::to_string(&rate).expect("a string serializes");
        assert_eq!(serde_json::from_str::<Rate>(&json).expect("its own JSON parses"), rate);
        assert_eq!([Rate::ONE, Rate(710_000_000), Rate(1)].map(|rate| rate.to_string()), ["1", "7.1", "0.00000001"]);
    }
}
