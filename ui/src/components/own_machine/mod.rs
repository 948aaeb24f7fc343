//! The programs on the owner's own machine: each is set up by one press, and put back by another.

use carpool_ipc::own_machine::{FileChange, ListPrograms, OwnProgram, SetUpProgram, SetupReport, UndoProgram};
use leptos::prelude::*;

use super::{
    button::Button,
    field::FailureNote,
    icon::{Icon, Picture},
    loaded::Loaded,
    rows::follow,
};
use crate::{
    fetch::{Fetched, On, fetch},
    sending::Sending,
    state::texts,
};

/// The programs that can be set up here.
#[component]
pub fn Programs(
    /// Gets a key, makes it if there is none yet, and hands it on.
    with_key: Callback<Callback<String>>,
) -> impl IntoView {
    let words = texts().own_machine;
    let programs = fetch(On::Config, || ListPrograms {});
    let list = move |known: Signal<Vec<OwnProgram>>| {
        let row = move |program: OwnProgram| {
            view! { <ProgramRow program=follow(known, program, |program| program.id.clone()) programs with_key /> }
        };
        view! {
            <ul class="programs" aria-label=words.title>
                <For each=move || known.get() key=|program| program.id.clone() children=row />
            </ul>
        }
        .into_any()
    };

    view! {
        <p class="quiet">{words.lead}</p>
        <Loaded of=programs rows=5 children=list />
    }
}

#[component]
fn ProgramRow(
    program: Signal<OwnProgram>,
    programs: Fetched<Vec<OwnProgram>>,
    with_key: Callback<Callback<String>>,
) -> impl IntoView {
    let words = texts().own_machine;
    let OwnProgram { id, name, .. } = program.get_untracked();
    let can_undo = Memo::new(move |_| program.with(|program| program.can_undo));
    let sending = Sending::new();
    // What was done last: set up, or put back.
    let done = RwSignal::new(None::<(&'static str, SetupReport)>);
    let keep = move |what| {
        move |report| {
            done.try_set(Some((what, report)));
            programs.ask_again();
        }
    };
    let own = id.clone();
    let apply = Callback::new(move |key| sending.send(SetUpProgram { program: own.clone(), key }, keep("set-up")));
    let set_up = Callback::new(move |()| with_key.run(apply));
    let own = id.clone();
    let undo = Callback::new(move |()| sending.send(UndoProgram { program: own.clone() }, keep("undone")));
    let (called, undo_label, set_up_label) = (name.clone(), (words.undo_named)(&name), (words.set_up_named)(&name));
    let report = move || done.get().map(|(what, report)| view! { <Report name=called.clone() what report /> });

    view! {
        <li class="program" data-test="program" data-name=id>
            <div class="program-line">
                <b>{name}</b>
                {move || can_undo.get().then(|| view! { <span title=undo_label.clone()><Button label=words.undo busy=sending.busy press=undo test="undo-program" /></span> })}
                <span title=set_up_label><Button label=words.set_up busy=sending.busy press=set_up test="set-up-program" /></span>
            </div>
            <FailureNote of=sending />
            {report}
        </li>
    }
}

/// What was changed in which file, and where what it was is kept.
#[component]
fn Report(name: String, what: &'static str, report: SetupReport) -> impl IntoView {
    let words = texts().own_machine;
    let is_set_up = what == "set-up";
    let said = match (is_set_up, report.files.is_empty()) {
        (true, true) => (words.nothing_to_do)(&name),
        (true, false) => (words.done)(&name),
        (false, _) => (words.undone)(&name),
    };
    let file = move |file: FileChange| {
        let changes = file.changes.into_iter().map(|change| view! { <li><code>{change}</code></li> }).collect_view();
        let backup = file.backup.map(|path| view! { <p class="quiet">{(words.backup)(&path)}</p> });
        view! {
            <div class="file-change">
                <p><code>{file.path}</code></p>
                <ul>{changes}</ul>
                {backup}
            </div>
        }
    };

    view! {
        <div class="report" role="status" data-test="setup-report">
            <p class="report-head tone-good"><Picture of=Icon::Check /><span>{said}</span></p>
            {report.files.into_iter().map(file).collect_view()}
            {report.to_do.into_iter().map(|to_do| view! { <p class="quiet">{to_do}</p> }).collect_view()}
        </div>
    }
}
