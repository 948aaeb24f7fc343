//! Call by call: what the ledger knows of each. There is no prompt and no answer to show.

mod detail;
mod filter;
mod state;

use carpool_ipc::{
    calls::{Call, CallColumn, Calls, ExportCalls, PAGE_ROWS},
    usage::{By, Range, Tokens},
};
use leptos::prelude::*;

use self::{
    detail::Detail,
    filter::Filters,
    state::{Listing, look},
};
use super::group_name;
use crate::{
    browser::{self, TimeStyle},
    components::{
        badge::{Badge, Tone},
        button::Button,
        card::Card,
        format,
        icon::Icon,
        subject::Subject,
        table::{SortTitle, Table},
    },
    fetch::{Fetched, On, fetch_as},
    state::{shared, texts},
};

/// How a call can end, as the ledger has it.
const ENDINGS: &[&str] = &["complete", "aborted", "upstream_error", "refused", "interrupted"];

/// The number of a page, counted from 0, and what is on it.
type Shown = (usize, Calls);

/// The calls of the range.
#[component]
pub(super) fn CallList(range: Memo<Range>) -> impl IntoView {
    let words = texts().calls;
    let listing = RwSignal::new(Listing::default());
    // Another range begins with its first page.
    Effect::new(move |_| {
        range.track();
        listing.update(Listing::rewind);
    });
    let calls = fetch_as(
        On::ConfigAndLedger,
        move || listing.read().ask(range.get()),
        move |ask, page| (listing.read_untracked().page_after(ask.after.as_deref()), page),
    );
    let rows = move || calls.value.get().map(|(_, page)| page.rows).unwrap_or_default();
    let is_empty = move || calls.value.with(|page| page.as_ref().is_some_and(|(_, page)| page.rows.is_empty()));
    let nothing = move || {
        is_empty().then(|| {
            let text = if listing.with(Listing::is_narrowed) { words.none_found } else { words.none };
            view! { <p class="quiet" role="status" data-test="no-calls">{text}</p> }
        })
    };
    let detail = Subject::new();

    view! {
        <Card title=words.title test="calls" aside=move || view! { <Exports range listing /> }>
            <p class="quiet calls-private">{words.private}</p>
            <Filters range listing />
            <Table label=words.title test="calls-table">
                <Head listing />
                <tbody>
                    <For each=rows key=look children=move |call| row(call, detail) />
                </tbody>
            </Table>
            {nothing}
            <Pager listing calls />
            <Endings />
            <Detail of=detail />
        </Card>
    }
}

#[component]
fn Head(listing: RwSignal<Listing>) -> impl IntoView {
    let (words, every_place) = (texts().calls, texts().words);
    let sorts = move |title: &'static str, column: CallColumn, name: &'static str| {
        let title = Signal::stored(title.to_owned());
        let aria = Signal::derive(move || listing.with(|listing| listing.aria(column)));
        let press = Callback::new(move |()| listing.update(|listing| listing.press(column)));
        view! { <SortTitle title name number=column != CallColumn::Time aria press /> }
    };

    view! {
        <thead>
            <tr>
                {sorts(words.time, CallColumn::Time, "call-time")}
                <th scope="col">{words.friend}</th>
                <th scope="col">{words.model}</th>
                <th scope="col">{words.status}</th>
                {sorts(every_place.tokens, CallColumn::Tokens, "call-tokens")}
                {sorts(every_place.cost, CallColumn::Cost, "call-cost")}
                {sorts(texts().usage.first_byte, CallColumn::FirstByte, "call-first-byte")}
                {sorts(words.duration, CallColumn::Duration, "call-duration")}
            </tr>
        </thead>
    }
}

/// What is shown as a file, and the whole range.
#[component]
fn Exports(range: Memo<Range>, listing: RwSignal<Listing>) -> impl IntoView {
    let (shared, words, exported) = (shared(), texts().calls, texts().usage.exported);
    let send = move |ask: ExportCalls| {
        shared.send_then(ask, move |path| {
            if let Some(path) = path {
                shared.toasts.tell(exported(&path));
            }
        });
    };
    let shown = Callback::new(move |()| send(listing.read_untracked().export(range.get_untracked())));
    let all = Callback::new(move |()| send(Listing::default().export(range.get_untracked())));

    view! {
        <Button label=words.export_shown icon=Icon::Download press=shown id="export-calls" />
        <Button label=words.export_all icon=Icon::Download press=all id="export-all-calls" />
    }
}

/// From page to page.
#[component]
fn Pager(listing: RwSignal<Listing>, calls: Fetched<Shown>) -> impl IntoView {
    let words = texts().calls;
    let (has_less, has_more) = (
        Memo::new(move |_| listing.read().page() > 0),
        Memo::new(move |_| calls.value.with(|shown| shown.as_ref().is_some_and(|(_, page)| page.has_more))),
    );
    let rows = move || {
        calls.value.with(|shown| {
            let (page, calls) = shown.as_ref()?;
            let first = page * PAGE_ROWS + 1;
            Some((words.rows)(first, first + calls.rows.len() - 1))
        })
    };
    let back = Callback::new(move |()| listing.update(Listing::back));
    let next = Callback::new(move |()| {
        let last = calls.value.with_untracked(|shown| Some(shown.as_ref()?.1.rows.last()?.id.clone()));
        if let Some(last) = last {
            listing.update(|listing| listing.next(last));
        }
    });

    view! {
        <div class="calls-pager" hidden=move || !has_less.get() && !has_more.get()>
            <Button label=words.newer press=back disabled=Signal::derive(move || !has_less.get()) id="calls-back" />
            <span class="quiet" role="status" data-test="calls-rows">{rows}</span>
            <Button label=words.older press=next disabled=Signal::derive(move || !has_more.get()) id="calls-next" />
        </div>
    }
}

/// What the statuses mean.
#[component]
fn Endings() -> impl IntoView {
    let words = texts().calls;
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
    let label = (texts().calls.ending)(&status).to_owned();
    let tone = match status.as_str() {
        "complete" => Tone::Good,
        "upstream_error" | "interrupted" => Tone::Bad,
        "refused" => Tone::Warn,
        _ => Tone::Neutral,
    };
    view! { <Badge tone label /> }
}

fn row(call: Call, detail: Subject<Call>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.calls;
    let at = browser::local_time(shared.language.get_untracked(), call.at_ms, TimeStyle::DayAndClock);
    let cost = call.cost.map_or_else(|| t.words.unpriced.to_owned(), format::money);
    let account = group_name(call.account.as_deref(), By::Account, t.usage);
    let model = group_name(call.model.as_deref(), By::Model, t.usage);
    let whole_model = model.clone();
    let status = call.status.clone();
    let ending_hint = (words.ending_hint)(&status);
    let first_byte = call.ttfb_ms.map(format::duration);
    let show = (words.show_call)(&at);
    let (id, data_status, friend, key) = (call.id.clone(), call.status.clone(), call.friend.clone(), call.key.clone());
    let (minor, parts, tokens) = (minor(&call), parts(&call.tokens), format::tokens(call.tokens.total()));
    let (is_unpriced, duration) = (call.cost.is_none(), call.duration_ms.map(format::duration));

    view! {
        <tr data-test="call" data-id=id data-status=data_status>
            <td class="call-time">
                <button type="button" class="link-button" title=show data-test="show-call" on:click=move |_| detail.ask(call.clone())>
                    {at}
                </button>
            </td>
            <td class="call-friend">{friend}<span class="minor">{key}</span></td>
            <td class="call-model" title=whole_model>{model}<span class="minor">{account}</span></td>
            <td title=ending_hint><Ending status /><span class="minor">{minor}</span></td>
            <td class="number" title=parts>{tokens}</td>
            <td class="number" class:quiet=is_unpriced>{cost}</td>
            <td class="number">{first_byte}</td>
            <td class="number">{duration}</td>
        </tr>
    }
}

/// Below a status: the answer's own, if it says more than the word, and how often the call was sent.
fn minor(call: &Call) -> String {
    let words = texts().calls;
    let http = call.http_status.filter(|status| *status != 200).map(words.http_status);
    let attempts = (call.attempts > 1).then(|| (words.attempts)(call.attempts));
    http.into_iter().chain(attempts).collect::<Vec<_>>().join(" · ")
}

fn parts(tokens: &Tokens) -> String {
    let parts = [tokens.input, tokens.cache_read, tokens.cache_write, tokens.output].map(format::count);
    (texts().usage.token_parts)(parts.each_ref().map(String::as_str))
}
