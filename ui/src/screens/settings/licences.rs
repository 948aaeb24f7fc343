//! The software Carpool is built of, with its licences: a list the build lays beside the window.

use leptos::{prelude::*, task::spawn_local};

use super::state::{self, Package};
use crate::{
    browser,
    components::{button::Button, loaded::Skeleton, table::Table},
    state::texts,
};

/// Where the list is.
const LIST: &str = "licences.json";

/// The list, read when it is opened first.
#[component]
pub(super) fn ThirdParty() -> impl IntoView {
    let words = texts().settings;
    let is_open = RwSignal::new(false);
    let list = RwSignal::new(None::<Result<Vec<Package>, ()>>);
    let read = Callback::new(move |()| {
        list.set(None);
        spawn_local(async move {
            let packages = browser::read_json::<Vec<Package>>(LIST).await;
            list.try_set(Some(packages.ok_or(())));
        });
    });
    let toggled = move |_| {
        is_open.set(true);
        if list.with_untracked(|list| !matches!(list, Some(Ok(_)))) {
            read.run(());
        }
    };
    let shown = move || match list.get() {
        None => view! { <Skeleton rows=3 /> }.into_any(),
        Some(Ok(packages)) => view! { <List packages /> }.into_any(),
        Some(Err(())) => view! { <Unread read /> }.into_any(),
    };

    view! {
        <div class="setting setting-tall">
            <div class="setting-text">
                <h3>{words.third_party}</h3>
                <p class="quiet">{words.third_party_hint}</p>
                <details data-test="licences">
                    <summary id="show-licences" on:click=toggled>{words.third_party_show}</summary>
                    {move || is_open.get().then(shown)}
                </details>
            </div>
        </div>
    }
}

#[component]
fn Unread(read: Callback<()>) -> impl IntoView {
    let words = texts().words;
    view! {
        <p class="failure stale" role="alert">
            <span>{words.could_not_load}</span>
            <Button label=words.retry press=read test="retry" />
        </p>
    }
}

#[component]
fn List(packages: Vec<Package>) -> impl IntoView {
    let words = texts().settings;
    let query = RwSignal::new(String::new());
    let packages = StoredValue::new(packages);
    let rows = move || {
        packages.with_value(|packages| state::found(packages, &query.read()).into_iter().map(row).collect::<Vec<_>>())
    };
    let said = move || {
        packages.with_value(|packages| match state::found(packages, &query.read()).len() {
            0 => words.third_party_none.to_owned(),
            found => (words.third_party_found)(found, packages.len()),
        })
    };

    view! {
        <div class="licences-search">
            <input
                class="input"
                type="search"
                id="field-licence"
                name="licence"
                aria-label=words.third_party_search
                placeholder=words.third_party_search
                autocomplete="off"
                spellcheck="false"
                bind:value=query
            />
            <p class="quiet" role="status" data-test="licences-found">{said}</p>
        </div>
        <div class="licences-list">
            <Table label=words.third_party test="licences-table">
                <thead>
                    <tr><th scope="col">{words.package}</th><th scope="col">{words.license_column}</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </div>
    }
}

fn row(package: &Package) -> impl IntoView + use<> {
    let license = package.license.clone().unwrap_or_else(|| texts().settings.no_license.to_owned());
    view! {
        <tr>
            <th scope="row">{package.name.clone()}" "<span class="quiet">{package.version.clone()}</span></th>
            <td>{license}</td>
        </tr>
    }
}
