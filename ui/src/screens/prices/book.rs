//! The book in use, and another one: looked at first, taken by a press.

use carpool_ipc::prices::{BookPlace, FoundBook, LookAtPrices, PriceChange, Prices, SetDailyPrices, TakePrices};
use leptos::prelude::*;

use super::state;
use crate::{
    browser,
    components::{
        badge::{Badge, Tone},
        button::{Button, Look},
        card::Card,
        field::{FailureNote, TextField, Typed},
        format,
        icon::Icon,
        table::Table,
    },
    sending::Sending,
    state::{shared, texts},
};

/// The book in use, and the way to another.
#[component]
pub(super) fn BookCard(prices: Signal<Prices>) -> impl IntoView {
    let words = texts().prices;
    let in_use = move || prices.with(|prices| (words.in_use)(prices.version, prices.models));
    let source = move || {
        let source = prices.with(|prices| {
            let current = prices.versions.iter().find(|one| one.version == prices.version);
            current.and_then(|current| current.source.clone())
        });
        source.map_or_else(|| words.built_in.to_owned(), |source| (words.from)(&source))
    };
    let looking = Sending::new();
    let found = RwSignal::new(None::<FoundBook>);
    let look = Callback::new(move |at: BookPlace| {
        looking.send(LookAtPrices { at }, move |book| {
            if book.is_some() {
                found.try_set(book);
            }
        });
    });

    view! {
        <Card title=words.book test="price-book">
            <p class="book-in-use"><strong id="book-in-use">{in_use}</strong><span class="quiet" id="book-source">{source}</span></p>
            <p class="quiet">{words.book_hint}</p>
            <LookForm prices look busy=looking.busy />
            <FailureNote of=looking />
            {move || found.get().map(|book| view! { <Found book found /> })}
            <Daily prices />
        </Card>
    }
}

/// Where to look.
#[component]
fn LookForm(prices: Signal<Prices>, look: Callback<BookPlace>, busy: RwSignal<bool>) -> impl IntoView {
    let words = texts().prices;
    let url = RwSignal::new(prices.with_untracked(|prices| prices.litellm.clone()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        look.run(BookPlace::Address { url: url.get_untracked().trim().to_owned() });
    };
    let file = Callback::new(move |()| look.run(BookPlace::File));
    let built_in = Callback::new(move |()| look.run(BookPlace::BuiltIn));

    view! {
        <form class="form look-form" on:submit=submit>
            <TextField label=words.address name="book-address" value=url typed=Typed::Code />
            <div class="look-actions">
                <Button label=words.look icon=Icon::Download busy submits=true id="look-at-prices" />
                <Button label=words.choose_file icon=Icon::Folder busy press=file id="look-at-file" />
                <Button look=Look::Quiet label=words.look_built_in busy press=built_in id="look-at-built-in" />
            </div>
        </form>
    }
}

/// A book that was found: what it would change, and whether it is taken.
#[component]
fn Found(book: FoundBook, found: RwSignal<Option<FoundBook>>) -> impl IntoView {
    let (shared, words) = (shared(), texts().prices);
    let source = book.source.clone().unwrap_or_else(|| words.built_in.to_owned());
    let heading = (words.found)(&source, book.models);
    let forget = Callback::new(move |()| found.set(None));
    if book.changes.is_empty() {
        return view! {
            <div class="found-book" role="status" data-test="found-book">
                <h3>{heading}</h3>
                <p>{words.found_nothing}</p>
                <div><Button label=texts().words.close press=forget id="forget-book" /></div>
            </div>
        }
        .into_any();
    }
    let [changed, removed, added] = state::counts(&book.changes);
    let taking = Sending::new();
    let number = book.number;
    let take = Callback::new(move |()| {
        taking.send(TakePrices { number }, move |version| {
            found.try_set(None);
            shared.toasts.tell((words.taken)(version));
        });
    });

    view! {
        <div class="found-book" data-test="found-book">
            <div role="status">
                <h3>{heading}</h3>
                <p data-test="found-changes">{(words.found_changes)(changed, removed, added)}</p>
                {(removed > 0).then(|| view! { <p class="tone-warn found-warning">{words.removed_warning}</p> })}
            </div>
            <Changes changes=book.changes />
            <FailureNote of=taking />
            <div class="look-actions">
                <Button look=Look::Primary label=words.take busy=taking.busy press=take id="take-prices" />
                <Button label=words.not_now press=forget id="forget-book" />
            </div>
        </div>
    }
    .into_any()
}

/// What a book would change, model by model.
#[component]
fn Changes(changes: Vec<PriceChange>) -> impl IntoView {
    let words = texts().prices;
    let query = RwSignal::new(String::new());
    let has_many = changes.len() > state::SHOWN_CHANGES / 4;
    let changes = StoredValue::new(changes);
    let rows = move || {
        changes.with_value(|changes| {
            let found = state::found(changes, &query.read());
            found.into_iter().take(state::SHOWN_CHANGES).map(change_row).collect_view()
        })
    };
    let more = move || {
        let count = changes.with_value(|changes| state::found(changes, &query.read()).len());
        count.checked_sub(state::SHOWN_CHANGES).filter(|more| *more > 0).map(words.more_changes)
    };

    view! {
        {has_many.then(|| view! {
            <input class="input" type="search" id="field-find-change" placeholder=words.search_changes aria-label=words.search_changes bind:value=query />
        })}
        <div class="changes">
            <Table label=words.changes test="price-changes">
                <thead>
                    <tr>
                        <th scope="col">{words.model}</th>
                        <th scope="col">{words.change}</th>
                        <th scope="col">{words.prices}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <p class="quiet">{more}</p>
        </div>
    }
}

fn change_row(change: &PriceChange) -> impl IntoView + use<> {
    use carpool_ipc::prices::Became;

    let tone = match change.became {
        Became::Changed => Tone::Warn,
        Became::Removed => Tone::Bad,
        Became::Added => Tone::Good,
    };
    let label = (texts().prices.became)(change.became);

    view! {
        <tr data-test="price-change" data-model=change.model.clone()>
            <th scope="row">{change.model.clone()}</th>
            <td><Badge tone=tone label=label /></td>
            <td>{state::prices(change)}</td>
        </tr>
    }
}

/// Whether a newer book is looked for every day.
#[component]
fn Daily(prices: Signal<Prices>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.prices;
    let held = Memo::new(move |_| prices.with(|prices| prices.daily_from.is_some()));
    let is_on = RwSignal::new(false);
    Effect::new(move |_| is_on.set(held.get()));
    let sending = Sending::new();
    let changed = move |event| {
        let on = event_target_checked(&event);
        is_on.set(on);
        let from = on.then(|| prices.with_untracked(|prices| prices.litellm.clone()));
        sending.send(SetDailyPrices { from }, |()| ());
    };
    Effect::new(move |_| {
        if sending.failure.read().is_some() {
            is_on.set(held.get_untracked());
        }
    });
    let hint = move || {
        prices.with(|prices| {
            let from = prices.daily_from.as_deref().unwrap_or(&prices.litellm);
            let language = shared.language.get_untracked();
            let looked = prices.looked_ms.filter(|_| prices.daily_from.is_some());
            let looked = looked.map(|at| (words.looked)(&format::when(t.times, language, browser::now_ms(), at)));
            format!("{} {}", (words.daily_hint)(from), looked.unwrap_or_default())
        })
    };

    view! {
        <div class="setting book-daily">
            <div class="setting-text">
                <label class="tick">
                    <input type="checkbox" id="daily-prices" name="daily-prices" aria-describedby="daily-prices-hint" prop:checked=is_on on:change=changed />
                    <span>{words.daily}</span>
                </label>
                <p class="quiet tick-hint" id="daily-prices-hint">{hint}</p>
                <FailureNote of=sending />
            </div>
        </div>
    }
}
