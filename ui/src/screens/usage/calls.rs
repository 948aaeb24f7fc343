//! Call by call: what the ledger knows of each. There is no prompt and no answer to show.

use carpool_ipc::{
    friends::{Friend, ListFriends},
    usage::{Call, ExportCalls, Tokens},
};
use leptos::prelude::*;

use super::{
    Shown,
    pages::{Filter, Pages},
    state,
};
use crate::{
    browser::{self, TimeStyle},
    components::{
        badge::{Badge, Tone},
        button::Button,
        card::Card,
        format,
        icon::Icon,
        table::Table,
    },
    fetch::{Fetched, On, fetch, fetch_as},
    sending::Sending,
    state::{shared, texts},
};

/// How a call can end, as the ledger has it.
const ENDINGS: &[&str] = &["complete", "aborted", "upstream_error", "refused", "interrupted"];

/// The calls of the range that is shown.
#[component]
pub(super) fn CallList(shown: Signal<Shown>) -> impl IntoView {
    let (words, every_place) = (texts().usage, texts().words);
    let friend = RwSignal::new(None::<String>);
    let filter = Memo::new(move |_| Filter { range: shown.with(|shown| shown.range.clone()), friend: friend.get() });
    let pages = RwSignal::new(Pages::default());
    let newest = fetch_as(
        On::ConfigAndLedger,
        move || filter.get().page(None),
        |ask, page| (Filter { range: ask.range.clone(), friend: ask.friend.clone() }, page),
    );
    Effect::new(move |_| {
        if let Some((of, page)) = newest.value.get() {
            pages.update(|pages| pages.renew(of, page));
        }
    });
    let is_empty = move || newest.value.with(Option::is_some) && pages.with(|pages| pages.rows.is_empty());

    view! {
        <Card title=words.calls_title test="calls" aside=move || view! { <Aside shown friend filter /> }>
            <p class="quiet calls-private">{words.calls_private}</p>
            <Table label=words.calls_title test="calls-table">
                <thead>
                    <tr>
                        <th scope="col">{words.time}</th>
                        <th scope="col">{words.friend}</th>
                        <th scope="col">{words.model}</th>
                        <th scope="col">{words.status}</th>
                        <th scope="col" class="number">{every_place.tokens}</th>
                        <th scope="col" class="number">{every_place.cost}</th>
                        <th scope="col" class="number">{words.duration}</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || pages.get().rows key=look children=|call| row(&call) />
                </tbody>
            </Table>
            {move || is_empty().then(|| view! { <p class="quiet" data-test="no-calls">{words.no_calls}</p> })}
            <Older pages filter newest />
            <Endings />
        </Card>
    }
}

/// Whose calls, and their export.
#[component]
fn Aside(shown: Signal<Shown>, friend: RwSignal<Option<String>>, filter: Memo<Filter>) -> impl IntoView {
    let (shared, words) = (shared(), texts().usage);
    let known = fetch(On::Config, || ListFriends {});
    let names = Memo::new(move |_| {
        known.value.with(|known| {
            let known: &[Friend] = known.as_deref().unwrap_or_default();
            shown.with(|shown| state::friends(known, &shown.report, shown.by, friend.read().as_deref()))
        })
    });
    let options = move || {
        let option = |name: String| {
            let is_chosen = friend.read_untracked().as_ref() == Some(&name);
            let value = name.clone();
            view! { <option value=value selected=is_chosen>{name}</option> }
        };
        names.get().into_iter().map(option).collect_view()
    };
    let choose = move |event| friend.set(Some(event_target_value(&event)).filter(|name| !name.is_empty()));
    let export = Callback::new(move |()| {
        let filter = filter.get_untracked();
        shared.send_then(ExportCalls { range: filter.range, friend: filter.friend }, move |path| {
            if let Some(path) = path {
                shared.toasts.tell((words.exported)(&path));
            }
        });
    });

    view! {
        <div class="select">
            <select class="input" id="field-friend" name="friend" aria-label=words.friend on:change=choose>
                <option value="">{words.everyone}</option>
                {options}
            </select>
        </div>
        <Button label=words.export icon=Icon::Download press=export id="export-calls" />
    }
}

/// Asks for the page after the last one.
#[component]
fn Older(
    pages: RwSignal<Pages>,
    filter: Memo<Filter>,
    newest: Fetched<(Filter, carpool_ipc::usage::Calls)>,
) -> impl IntoView {
    let (shared, words) = (shared(), texts().usage);
    let sending = Sending::new();
    let press = Callback::new(move |()| {
        let Some(before) = pages.with_untracked(Pages::last) else { return newest.ask_again() };
        let of = filter.get_untracked();
        sending.send(of.page(Some(before.clone())), move |page| {
            pages.try_update(|pages| pages.append(&of, &before, page));
        });
    });
    Effect::new(move |_| {
        if let Some(failure) = sending.failure.get() {
            shared.complain(&failure);
        }
    });

    move || {
        pages.with(|pages| pages.has_more).then(|| {
            view! {
                <div class="calls-more">
                    <Button label=words.more_calls press busy=sending.busy id="more-calls" />
                </div>
            }
        })
    }
}

/// What the statuses mean.
#[component]
fn Endings() -> impl IntoView {
    let words = texts().usage;
    let ending = |status: &&'static str| {
        view! {
            <div>
                <dt><Ending status=*status /></dt>
                <dd>{(words.ending_hint)(status)}</dd>
            </div>
        }
    };

    view! {
        <details class="endings" data-test="endings">
            <summary>{words.endings}</summary>
            <dl>{ENDINGS.iter().map(ending).collect_view()}</dl>
        </details>
    }
}

#[component]
fn Ending(#[prop(into)] status: String) -> impl IntoView {
    let label = (texts().usage.ending)(&status).to_owned();
    let tone = match status.as_str() {
        "complete" => Tone::Good,
        "upstream_error" | "interrupted" => Tone::Bad,
        "refused" => Tone::Warn,
        _ => Tone::Neutral,
    };
    view! { <Badge tone label /> }
}

fn row(call: &Call) -> impl IntoView + use<> {
    let (shared, t) = (shared(), texts());
    let words = t.usage;
    let language = shared.language.get_untracked();
    let at = browser::local_time(language, call.at_ms, TimeStyle::DayAndClock);
    let cost = call.cost.map_or_else(|| t.words.unpriced.to_owned(), format::money);
    let account = call.account.clone().unwrap_or_else(|| (words.nameless)(carpool_ipc::usage::By::Account).to_owned());
    let model = call.model.clone().unwrap_or_else(|| (words.nameless)(carpool_ipc::usage::By::Model).to_owned());
    let whole_model = model.clone();
    let status = call.status.clone();
    let ending_hint = (words.ending_hint)(&status);
    let first_byte = call.ttfb_ms.map(|after| (words.first_byte)(&format::duration(after)));

    view! {
        <tr data-test="call" data-id=call.id.clone() data-status=call.status.clone()>
            <td class="call-time">{at}</td>
            <td>{call.friend.clone()}<span class="minor">{call.key.clone()}</span></td>
            <td class="call-model" title=whole_model>{model}<span class="minor">{account}</span></td>
            <td title=ending_hint><Ending status /><span class="minor">{minor(call)}</span></td>
            <td class="number" title=parts(&call.tokens)>{format::tokens(call.tokens.total())}</td>
            <td class="number" class:quiet=call.cost.is_none()>{cost}</td>
            <td class="number" title=first_byte>{call.duration_ms.map(format::duration)}</td>
        </tr>
    }
}

/// What a row shows that can change: names are given anew, prices come later. A changed row is built again.
fn look(call: &Call) -> (String, String, String, Option<String>, Option<i64>) {
    (call.id.clone(), call.friend.clone(), call.status.clone(), call.account.clone(), call.cost.map(|cost| cost.0))
}

/// Below a status: the answer's own, if it says more than the word, and how often the call was sent.
fn minor(call: &Call) -> String {
    let words = texts().usage;
    let http = call.http_status.filter(|status| *status != 200).map(words.http_status);
    let attempts = (call.attempts > 1).then(|| (words.attempts)(call.attempts));
    http.into_iter().chain(attempts).collect::<Vec<_>>().join(" · ")
}

fn parts(tokens: &Tokens) -> String {
    let parts = [tokens.input, tokens.cache_read, tokens.cache_write, tokens.output].map(format::count);
    (texts().usage.token_parts)(parts.each_ref().map(String::as_str))
}
