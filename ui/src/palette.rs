//! Tests of the design's colours: both dark palettes are the same, every text can be read, every series told apart.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../style/tokens.css");

/// What WCAG 2.2 asks of text (success criterion 1.4.3).
const TEXT: f64 = 4.5;
/// What it asks of the parts of a chart (success criterion 1.4.11), on the ground they are drawn on.
const PART: f64 = 3.0;

/// Which texts stand on which grounds.
const PAIRS: &[(&str, &[&str])] = &[
    ("text", &["ground", "side", "surface", "raised", "field", "well", "code", "surface-on-well"]),
    ("text-quiet", &["ground", "side", "surface", "raised", "field", "well", "code"]),
    ("accent", &["ground", "surface", "raised", "accent-soft", "warn-soft"]),
    ("on-accent", &["accent", "accent-strong"]),
    ("good", &["surface", "good-soft"]),
    ("warn", &["surface", "warn-soft"]),
    ("danger", &["surface", "raised", "danger-soft"]),
    ("on-danger", &["danger-fill"]),
];

type Palette = BTreeMap<&'static str, &'static str>;

/// The colours between the first `{` after a selector and its `}`.
fn palette(selector: &str) -> Palette {
    let after = TOKENS.split_once(selector).expect("the selector is in the tokens").1;
    let block = after.split_once('}').expect("a block ends").0;
    block
        .split(';')
        .filter_map(|line| line.trim().trim_start_matches('{').trim().strip_prefix("--")?.split_once(':'))
        .map(|(name, value)| (name, value.trim()))
        .collect()
}

fn themes() -> [(&'static str, Palette); 2] {
    [("light", palette(":root {")), ("dark", palette(":root[data-theme=\"dark\"] {"))]
}

/// Relative luminance, as WCAG defines it.
fn luminance(hex: &str) -> f64 {
    let channel = |at: usize| {
        let value = u8::from_str_radix(&hex[at..at + 2], 16).expect("a colour is #rrggbb");
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn the_dark_of_the_system_is_the_dark_of_the_owner() {
    assert_eq!(palette(":root[data-theme=\"dark\"] {"), palette(":root:not([data-theme=\"light\"]) {"));
}

#[test]
fn every_text_can_be_read() {
    for (theme, colours) in themes() {
        for (text, grounds) in PAIRS {
            for ground in *grounds {
                let measured = contrast(colours[text], colours[ground]);
                assert!(measured >= TEXT, "{theme}: {text} on {ground} is {measured:.2}");
            }
        }
    }
}

#[test]
fn every_series_of_a_chart_can_be_seen() {
    for (theme, colours) in themes() {
        for series in 1..=8 {
            let colour = colours[format!("series-{series}").as_str()];
            let measured = contrast(colour, colours["surface"]);
            assert!(measured >= PART, "{theme}: series {series} on the surface is {measured:.2}");
        }
    }
}
