//! What can be done with a statement: another month, keeping it, saving and sending it.

use carpool_ipc::statement::{CopyStatement, ExportStatement, Form, GetStatement, KeepStatement, Statement, Version};
use leptos::prelude::*;

use super::{Choosing, month_name, state::Month};
use crate::{
    browser,
    components::{
        badge::{Badge, Tone},
        button::{Button, IconButton, Look},
        dialog::Confirm,
        icon::Icon,
        menu::{Item, Menu},
    },
    state::{Shared, shared, texts},
};

/// The row of controls at the top.
#[component]
pub(super) fn Toolbar(
    choosing: Choosing,
    this: Month,
    shown: Signal<Option<Statement>>,
    keeping: RwSignal<bool>,
) -> impl IntoView {
    let (shared, words) = (shared(), texts().statement);
    let step = move |go: fn(Month) -> Month| Callback::new(move |()| choosing.go(go(choosing.month.get_untracked())));
    let items = Signal::derive(move || sending_items(shared, untrack(move || choosing.ask()), None));
    let keep = Callback::new(move |()| keeping.set(true));
    let is_of_month = move |shown: &Statement| shown.month == choosing.month.get().iso();
    let state =
        Memo::new(move |_| shown.with(|shown| Some(shown.as_ref().filter(|it| is_of_month(it))?.kept.is_some())));
    let badge = move || {
        state.get().map(|is_kept| {
            let (tone, label) = if is_kept { (Tone::Good, words.kept) } else { (Tone::Neutral, words.draft) };
            view! { <Badge tone=tone label=label test="statement-state" /> }
        })
    };
    let can_keep = Memo::new(move |_| {
        shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.kept.is_none() && !shown.is_empty()))
    });

    view! {
        <div class="statement-bar">
            <div class="month-choice" role="group" aria-label=words.month>
                <IconButton icon=Icon::Back label=words.earlier press=step(Month::before) test="earlier-month" />
                <MonthList choosing this />
                <IconButton icon=Icon::Forward label=words.later press=step(Month::after) test="later-month" />
            </div>
            {badge}
            <div class="statement-actions">
                {move || can_keep.get().then(|| view! { <Button look=Look::Primary label=words.keep press=keep id="keep-statement" /> })}
                {move || state.get().map(|_| view! { <Menu label=words.export items /> })}
            </div>
        </div>
    }
}

#[component]
fn MonthList(choosing: Choosing, this: Month) -> impl IntoView {
    let (shared, words) = (shared(), texts().statement);
    let language = shared.language.get_untracked();
    let options = move || {
        let chosen = choosing.month.get();
        let option = |month: Month| {
            let name = browser::month_name(language, month.year, month.number);
            view! { <option value=month.iso() selected=month == chosen>{name}</option> }
        };
        Month::choices(this, chosen).into_iter().map(option).collect_view()
    };
    let changed = move |event| {
        if let Some(month) = Month::of_day(&event_target_value(&event)) {
            choosing.go(month);
        }
    };

    view! {
        <div class="select">
            <select class="input" id="field-month" name="month" aria-label=words.month on:change=changed>{options}</select>
        </div>
    }
}

/// The ways in which a statement, or one person's part of it, leaves Carpool.
pub(super) fn sending_items(shared: Shared, of: GetStatement, person: Option<String>) -> Vec<Item> {
    let (words, every_place, saved) = (texts().statement, texts().words, texts().usage.exported);
    let item = |label: &str, test, press| Item { label: label.to_owned(), look: Look::Plain, test, press };
    let export = |form| {
        let ask = ExportStatement { of: of.clone(), person: person.clone(), form };
        Callback::new(move |()| {
            shared.send_then(ask.clone(), move |path| {
                if let Some(path) = path {
                    shared.toasts.tell(saved(&path));
                }
            });
        })
    };
    let copy = CopyStatement { of: of.clone(), person: person.clone() };
    let copy = Callback::new(move |()| {
        shared.send_then(copy.clone(), move |()| shared.toasts.tell(every_place.copied));
    });
    vec![
        item(words.copy_text, "menu-copy-statement", copy),
        item(words.export_page, "menu-export-page", export(Form::Html)),
        item(words.export_csv, "menu-export-csv", export(Form::Csv)),
    ]
}

/// Asks before a statement is kept for ever.
#[component]
pub(super) fn KeepDialog(open: RwSignal<bool>, choosing: Choosing, shown: Signal<Option<Statement>>) -> impl IntoView {
    let (shared, words) = (shared(), texts().statement);
    let language = shared.language.get_untracked();
    let name = move || month_name(language, &choosing.month.get().iso());
    let is_early = move || shown.with(|shown| shown.as_ref().is_some_and(|shown| !shown.is_over));
    let text = Signal::derive(move || {
        let has_kept = shown.with(|shown| {
            shown.as_ref().is_some_and(|shown| shown.all_kept.iter().any(|kept| kept.month == shown.month))
        });
        let more = [(is_early(), words.keep_early), (has_kept, words.keep_again)];
        let more = more.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| text);
        std::iter::once(words.keep_body).chain(more).collect::<Vec<_>>().join(" ")
    });
    let ask = Callback::new(move |()| KeepStatement { month: choosing.month.get_untracked().iso(), early: is_early() });
    let kept = Callback::new(move |id| {
        choosing.version.set(Version::Kept { id });
        shared.toasts.tell((words.keep_done)(&name()));
    });

    view! {
        <Confirm
            open
            title=Signal::derive(move || (words.keep_title)(&name()))
            text
            verb=words.keep
            look=Look::Primary
            id="keep-dialog"
            ask
            then=kept
        />
    }
}
