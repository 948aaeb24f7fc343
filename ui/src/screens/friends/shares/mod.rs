//! How the friends share the windows of subscriptions: the parts in one bar, and sliders that are always a hundred percent
//! together.

mod state;

use carpool_ipc::{
    friends::Friend,
    shares::{FairShare, GetFairShare, SetFairShare, SetShares, Share, ShareMode},
};
use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    browser,
    components::{
        button::{Button, Look},
        card::Card,
        chart::Swatch,
        field::{FailureNote, TextField, Typed},
        format,
        friend_colour::colours,
        select::Segmented,
    },
    fetch::{Fetched, On, fetch},
    sending::Sending,
    state::{shared, texts},
};

/// A friend's part, as it is shown.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    id: i64,
    name: String,
    colour: usize,
}

/// The card of shares.
#[component]
pub(super) fn SharesCard(friends: Signal<Vec<Friend>>) -> impl IntoView {
    let words = texts().shares;
    let fair_share = fetch(On::Config, || GetFairShare {});
    let editing = RwSignal::new(false);
    let parts = Memo::new(move |_| friends.with(|friends| parts(friends)));
    let held = Memo::new(move |_| {
        friends.with(|friends| state::percents(&friends.iter().map(|friend| friend.share).collect::<Vec<_>>()))
    });
    // What the sliders say while they are open.
    let draft = RwSignal::new(None::<Vec<u32>>);
    let shown = Memo::new(move |_| draft.get().unwrap_or_else(|| held.get()));
    let edit = Callback::new(move |()| {
        draft.set(Some(held.get_untracked()));
        editing.set(true);
    });
    let close = Callback::new(move |()| {
        editing.set(false);
        draft.set(None);
    });
    let is_idle = Memo::new(move |_| !editing.get() && fair_share.value.with(Option::is_some));
    let change =
        move || move || is_idle.get().then(|| view! { <Button label=words.change press=edit id="change-shares" /> });
    let form = move || {
        let known = editing.get().then(|| fair_share.value.get_untracked()).flatten()?;
        Some(view! { <Form parts=parts.get_untracked() held=held.get_untracked() draft known fair_share close /> })
    };

    view! {
        <Card title=words.title aside=change test="shares">
            <p class="quiet">{words.lead}" "{move || fair_share.value.get().map(summary)}</p>
            <ShareBar parts shown />
            {form}
        </Card>
    }
}

fn parts(friends: &[Friend]) -> Vec<Part> {
    let colours = colours(friends.iter().map(|friend| friend.id));
    let part = |friend: &Friend| Part { id: friend.id, name: friend.name.clone(), colour: colours[&friend.id] };
    friends.iter().map(part).collect()
}

/// How strictly the shares are kept, in a sentence or two.
fn summary(known: FairShare) -> String {
    let words = texts().shares;
    let said = (words.summary)(known.mode, format::percent(known.soft_line));
    let reserve = format::percent(known.owner_reserve);
    if known.mode == ShareMode::Off || reserve == 0 { said } else { format!("{said} {}", (words.reserved)(reserve)) }
}

/// All friends' parts of one bar, with their names.
#[component]
fn ShareBar(parts: Memo<Vec<Part>>, shown: Memo<Vec<u32>>) -> impl IntoView {
    let words = texts().shares;
    let pairs = move || parts.get().into_iter().zip(shown.get()).collect::<Vec<_>>();
    let segment = |(part, percent): (Part, u32)| {
        view! { <div class=format!("shares-part series-{}", part.colour) style:width=format!("{percent}%")></div> }
    };
    let name = move |(part, percent): (Part, u32)| {
        let Part { name, colour, .. } = part;
        let data_name = name.clone();
        view! {
            <li data-test="share" data-name=data_name>
                <Swatch colour />
                <span>{name}</span>
                <b>{(words.percent)(percent)}</b>
            </li>
        }
    };

    view! {
        <div class="shares-bar" aria-hidden="true">{move || pairs().into_iter().map(segment).collect_view()}</div>
        <ul class="legend" aria-label=words.title>{move || pairs().into_iter().map(name).collect_view()}</ul>
    }
}

/// The sliders, and how strictly the shares are kept.
#[component]
fn Form(
    parts: Vec<Part>,
    held: Vec<u32>,
    draft: RwSignal<Option<Vec<u32>>>,
    known: FairShare,
    fair_share: Fetched<FairShare>,
    close: Callback<()>,
) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.shares;
    let mode = RwSignal::new(known.mode);
    let line = RwSignal::new(format::percent(known.soft_line).to_string());
    let reserve = RwSignal::new(format::percent(known.owner_reserve).to_string());
    let sending = Sending::new();
    let count = parts.len();
    let ids: Vec<i64> = parts.iter().map(|part| part.id).collect();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let mode = mode.get_untracked();
        // Switched off, what else was typed does not matter and is not to be seen.
        let read = |typed: RwSignal<String>, most: u32, known: f64| {
            state::typed_percent(&typed.get_untracked(), most).or((mode == ShareMode::Off).then_some(known))
        };
        let Some(soft_line) = read(line, state::WHOLE, known.soft_line) else {
            return browser::focus("field-soft-line");
        };
        let Some(owner_reserve) = read(reserve, state::MOST_RESERVED, known.owner_reserve) else {
            return browser::focus("field-owner-reserve");
        };
        let wanted = FairShare { mode, soft_line, owner_reserve };
        let done = move |()| {
            fair_share.ask_again();
            close.try_run(());
            shared.toasts.tell(t.words.saved);
        };
        let percents = draft.get_untracked().unwrap_or_default();
        if percents == held {
            return sending.send(SetFairShare { fair_share: wanted }, done);
        }
        let weights = ids.iter().zip(state::weights(&percents));
        let shares = weights.map(|(&friend_id, share)| Share { friend_id, share }).collect();
        sending.send(SetShares { shares }, move |()| sending.send(SetFairShare { fair_share: wanted }, done));
    };
    let equal = Callback::new(move |()| draft.set(Some(state::equal(count))));
    let total = move || draft.with(|draft| draft.as_ref().map_or(0, |percents| percents.iter().sum()));

    view! {
        <form class="form shares-form" novalidate data-test="shares-form" on:submit=submit>
            <ul class="sliders">
                {parts.into_iter().enumerate().map(|(at, part)| view! { <Slider part at draft /> }).collect_view()}
                <li class="slider slider-total">
                    <span></span>
                    <span>{words.total}</span>
                    <Button look=Look::Quiet label=words.equal press=equal test="equal-shares" />
                    <output data-test="shares-total">{move || (words.percent)(total())}</output>
                </li>
            </ul>
            <Mode mode line reserve />
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=t.words.cancel press=close test="cancel-shares" />
                <Button look=Look::Primary label=t.words.save busy=sending.busy submits=true test="save-shares" />
            </div>
        </form>
    }
}

/// A friend's slider. While it is held the others follow from where they were, so that going back undoes it.
#[component]
fn Slider(part: Part, at: usize, draft: RwSignal<Option<Vec<u32>>>) -> impl IntoView {
    let words = texts().shares;
    let label = (words.share_of)(&part.name);
    let base = StoredValue::new(None::<Vec<u32>>);
    let percent =
        Memo::new(move |_| draft.with(|draft| draft.as_ref().and_then(|it| it.get(at).copied()).unwrap_or(0)));
    let slid = move |event| {
        let Ok(to) = event_target_value(&event).parse::<u32>() else { return };
        let Some(from) = base.get_value().or_else(|| draft.get_untracked()) else { return };
        draft.set(Some(state::moved(&from, at, to)));
        base.set_value(Some(from));
    };

    view! {
        <li class="slider">
            <Swatch colour=part.colour />
            <span class="slider-name">{part.name.clone()}</span>
            <input
                type="range"
                class=format!("series-{}", part.colour)
                id=format!("share-{}", part.id)
                min="0"
                max="100"
                step="1"
                aria-label=label
                aria-valuetext=move || (words.percent)(percent.get())
                data-test="share-slider"
                data-name=part.name
                prop:value=move || percent.get().to_string()
                on:input=slid
                on:change=move |_| base.set_value(None)
            />
            <output>{move || (words.percent)(percent.get())}</output>
        </li>
    }
}

/// Whether the shares are kept, and how strictly.
#[component]
fn Mode(mode: RwSignal<ShareMode>, line: RwSignal<String>, reserve: RwSignal<String>) -> impl IntoView {
    let words = texts().shares;
    let choices = ShareMode::ALL.map(|mode| (mode, mode.slug().to_owned(), (words.mode_name)(mode).to_owned()));
    let choose = Callback::new(move |wanted| mode.set(wanted));
    let wrong = move |typed: RwSignal<String>, most: u32| {
        Signal::derive(move || {
            let is_wrong = state::typed_percent(&typed.read(), most).is_none();
            if is_wrong { (words.bad_percent)(most) } else { String::new() }
        })
    };
    let numbers = move || {
        (mode.get() != ShareMode::Off).then(|| {
            view! {
                <div class="share-numbers">
                    <TextField label=words.soft_line name="soft-line" value=line typed=Typed::Number hint=words.soft_line_hint error=wrong(line, state::WHOLE) />
                    <TextField label=words.reserve name="owner-reserve" value=reserve typed=Typed::Number hint=words.reserve_hint error=wrong(reserve, state::MOST_RESERVED) />
                </div>
            }
        })
    };

    view! {
        <div class="field">
            <span class="field-label">{words.mode}</span>
            <Segmented label=words.mode name="fair-share" choices=choices.to_vec() chosen=mode choose />
            <p class="field-note" data-test="fair-share-hint">{move || (words.mode_hint)(mode.get())}</p>
        </div>
        {numbers}
    }
}
