//! Charts of stacked bars. What they show stands beside them as a table, too; this is its picture.
//!
//! Places and widths are percentages, so that a chart fits every window without being measured.

mod legend;
mod scale;
mod stack;
mod table;

use carpool_ipc::texts::Usage;
use leptos::{ev::KeyboardEvent, prelude::*};
use scale::Scale;

use self::table::AsTable;
pub(crate) use self::{
    legend::{Legend, Swatch},
    stack::{COLOURS, Measure, Others, Slot, Stack},
};
use crate::state::texts;

/// The height of the bars' ground, in pixels.
const HEIGHT: f64 = 176.0;
/// Room above it for half of the highest tick's word.
const HEAD: f64 = 8.0;
/// Room below it for the words at the foot.
const FOOT: f64 = 26.0;
/// Most parts of a bar that are told one by one where it is pointed at.
const TOLD: usize = 10;

/// A chart of stacked bars. The pointer, or the arrow keys once it has the focus, show a bar's amounts.
#[component]
pub fn Chart(
    /// What it is about.
    #[prop(into)]
    title: Signal<String>,
    /// What the height of a bar means.
    measure: Measure,
    /// What is shown.
    #[prop(into)]
    stack: Signal<Stack>,
    /// Its id; others are made of it.
    id: &'static str,
) -> impl IntoView {
    let words = texts().usage;
    let shown = RwSignal::new(None::<usize>);
    let bars = move || stack.with(|stack| stack.slots.len());
    let keyed = move |event: KeyboardEvent| {
        let Some(moved) = step(&event.key(), shown.get_untracked(), bars()) else { return };
        event.prevent_default();
        shown.set(moved);
    };
    let focused = move |_| {
        if shown.get_untracked().is_none() {
            shown.set(stack.with_untracked(|stack| stack.highest(measure)).map(|(slot, _)| slot));
        }
    };
    let scale = Memo::new(move |_| stack.with(|stack| scale_of(stack, measure)));
    let summary = move || stack.with(|stack| summary(stack, measure, words));

    view! {
        <figure class="chart" data-test=id>
            <figcaption id=format!("{id}-title")>{title}</figcaption>
            <div
                class="chart-ground"
                id=id
                role="group"
                tabindex="0"
                aria-labelledby=format!("{id}-title")
                aria-describedby=format!("{id}-keys")
                on:keydown=keyed
                on:focus=focused
                on:blur=move |_| shown.set(None)
                on:pointerleave=move |_| shown.set(None)
            >
                <span class="unseen" id=format!("{id}-keys")>{words.chart_keys}</span>
                <svg
                    role="img"
                    width="100%"
                    height=HEAD + HEIGHT + FOOT
                    aria-labelledby=format!("{id}-title")
                    aria-describedby=format!("{id}-summary")
                >
                    <desc id=format!("{id}-summary")>{summary}</desc>
                    {move || ticks(scale.get(), measure)}
                    {move || stack.with(foot)}
                    {move || band(shown.get(), bars())}
                    {move || stack.with(|stack| all_bars(stack, measure, scale.get()))}
                    {move || touch(bars(), shown)}
                </svg>
                <Amounts stack measure shown id />
            </div>
            <AsTable stack measure title id />
        </figure>
    }
}

/// The amounts of the bar that is pointed at.
#[component]
fn Amounts(stack: Signal<Stack>, measure: Measure, shown: RwSignal<Option<usize>>, id: &'static str) -> impl IntoView {
    let words = texts().usage;
    let row = move |stack: &Stack, (series, amount): (usize, i64)| {
        stack.series.get(series).map(|series| {
            let (colour, name) = (series.colour, series.name.clone());
            view! { <li><Swatch colour /><span>{name}</span><b>{measure.text(amount)}</b></li> }
        })
    };
    let amounts = move || {
        let slot = shown.get()?;
        stack.with(|stack| {
            let title = stack.slots.get(slot)?.title.clone();
            let (largest, rest) = stack.largest(slot, measure, TOLD);
            let rows = largest.into_iter().map(|part| row(stack, part)).collect_view();
            let rest = (rest.0 > 0).then(|| {
                view! { <li><span>{(words.and_more)(rest.0)}</span><b>{measure.text(rest.1)}</b></li> }
            });
            let sum = measure.text(stack.height(slot, measure));
            let (side, left) = side(slot, stack.slots.len());
            Some(view! {
                <div class=format!("amounts {side}") style:left=left data-test=format!("{id}-amounts")>
                    <p>{title}</p>
                    <ul>
                        {rows}
                        {rest}
                        <li class="amounts-total"><span>{words.total}</span><b>{sum}</b></li>
                    </ul>
                </div>
            })
        })
    };

    view! { <div role="status">{amounts}</div> }
}

/// What a key does to the bar that is shown; `None`: it is not the chart's.
fn step(key: &str, shown: Option<usize>, bars: usize) -> Option<Option<usize>> {
    let last = bars.checked_sub(1)?;
    Some(match key {
        "ArrowRight" => Some(shown.map_or(0, |slot| (slot + 1).min(last))),
        "ArrowLeft" => Some(shown.map_or(last, |slot| slot.saturating_sub(1))),
        "Home" => Some(0),
        "End" => Some(last),
        "Escape" if shown.is_some() => None,
        _ => return None,
    })
}

fn scale_of(stack: &Stack, measure: Measure) -> Scale {
    Scale::up_to(stack.highest(measure).map_or(0, |(_, amount)| amount))
}

/// What the picture shows, in a sentence.
fn summary(stack: &Stack, measure: Measure, words: &Usage) -> String {
    let Some((slot, amount)) = stack.highest(measure) else { return words.empty_title.to_owned() };
    let when = stack.slots.get(slot).map_or("", |slot| &slot.title);
    (words.chart_summary)(stack.slots.len(), stack.series.len(), &measure.text(amount), when)
}

/// The axis: a line and a word for each tick. They say nothing to those who hear the table.
fn ticks(scale: Scale, measure: Measure) -> impl IntoView {
    scale
        .ticks()
        .map(|amount| {
            let y = (HEAD + HEIGHT * (1.0 - scale.part(amount))).round();
            let class = if amount == 0 { "chart-line chart-base" } else { "chart-line" };
            view! {
                <g>
                    <line class=class x1="0" x2="100%" y1=y + 0.5 y2=y + 0.5 />
                    <text class="chart-word" x="-10" y=y dy="0.35em" text-anchor="end">{measure.tick(amount, scale)}</text>
                </g>
            }
        })
        .collect_view()
}

/// The words along the foot.
fn foot(stack: &Stack) -> impl IntoView + use<> {
    let bars = stack.slots.len();
    let words = stack.words().map(|(slot, word)| (slot, word.to_owned())).collect::<Vec<_>>();
    words
        .into_iter()
        .map(|(slot, word)| {
            let x = percent(slot, 0.5, bars);
            view! { <text class="chart-word" x=x y=HEAD + HEIGHT + 18.0 text-anchor="middle">{word}</text> }
        })
        .collect_view()
}

/// The ground behind the bar that is pointed at.
fn band(shown: Option<usize>, bars: usize) -> impl IntoView {
    shown.map(|slot| {
        view! { <rect class="chart-band" x=percent(slot, 0.0, bars) width=percent(1, 0.0, bars) y=HEAD height=HEIGHT /> }
    })
}

fn all_bars(stack: &Stack, measure: Measure, scale: Scale) -> impl IntoView + use<> {
    let bars = stack.slots.len();
    let thick = thickness(bars);
    let x = move |slot| percent(slot, (1.0 - thick) / 2.0, bars);
    let mut pieces = Vec::new();
    for slot in 0..bars {
        let mut below = 0_i64;
        for (series, amount) in stack.parts(slot, measure) {
            // Both edges are rounded, and not the height: so the parts meet without a gap.
            let bottom = (HEIGHT * scale.part(below)).round();
            below = below.saturating_add(amount);
            let top = (HEIGHT * scale.part(below)).round();
            pieces.push((slot, series, HEAD + HEIGHT - top, top - bottom));
        }
    }
    pieces
        .into_iter()
        .map(|(slot, series, y, height)| {
            let class = format!("chart-bar series-{}", stack.series.get(series).map_or(1, |series| series.colour));
            view! { <rect class=class x=x(slot) width=format!("{:.4}%", 100.0 * thick / count(bars)) y=y height=height /> }
        })
        .collect_view()
}

/// What the pointer touches: each bar's whole column.
fn touch(bars: usize, shown: RwSignal<Option<usize>>) -> impl IntoView {
    (0..bars)
        .map(|slot| {
            view! {
                <rect
                    class="chart-touch"
                    x=percent(slot, 0.0, bars)
                    width=percent(1, 0.0, bars)
                    y="0"
                    height=HEAD + HEIGHT + FOOT
                    on:pointerenter=move |_| shown.set(Some(slot))
                />
            }
        })
        .collect_view()
}

/// How much of its column a bar fills: a few bars are thin, or they would be blocks.
fn thickness(bars: usize) -> f64 {
    match bars {
        0..=2 => 0.12,
        3..=9 => 0.4,
        10..=31 => 0.64,
        _ => 0.76,
    }
}

/// The side of its bar on which the amounts have room, and where that is.
fn side(slot: usize, bars: usize) -> (&'static str, String) {
    if slot * 2 < bars {
        ("amounts-right", percent(slot + 1, 0.0, bars))
    } else {
        ("amounts-left", percent(slot, 0.0, bars))
    }
}

/// A place along the foot: so many columns and a part of one, of so many.
fn percent(columns: usize, part: f64, bars: usize) -> String {
    format!("{:.4}%", 100.0 * (count(columns) + part) / count(bars.max(1)))
}

#[expect(clippy::cast_precision_loss, reason = "a chart has a few hundred bars at most")]
fn count(columns: usize) -> f64 {
    columns as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_keys_walk_from_bar_to_bar_and_stop_at_the_ends() {
        assert_eq!(step("ArrowRight", Some(2), 4), Some(Some(3)));
        assert_eq!(step("ArrowRight", Some(3), 4), Some(Some(3)));
        assert_eq!(step("ArrowLeft", Some(0), 4), Some(Some(0)));
        assert_eq!(step("End", Some(0), 4), Some(Some(3)));
        assert_eq!(step("Escape", Some(0), 4), Some(None));
        assert_eq!(step("Tab", Some(0), 4), None);
        assert_eq!(step("ArrowRight", None, 0), None);
    }

    #[test]
    fn the_amounts_stand_on_the_side_that_has_room() {
        assert_eq!(side(0, 4), ("amounts-right", "25.0000%".to_owned()));
        assert_eq!(side(3, 4), ("amounts-left", "75.0000%".to_owned()));
    }
}
