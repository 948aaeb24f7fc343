//! The about screen: the name, the version, how to drive the relay today, where the data is, and the terms.

mod state;

use leptos::prelude::*;

use crate::ipc;
use state::{STEPS, TERMS, data_dir, version_line};

/// The whole window for now.
#[component]
pub fn Screen() -> impl IntoView {
    let about = LocalResource::new(ipc::about);
    let version = move || version_line(about.get().as_ref());
    let folder = move || data_dir(about.get().as_ref());

    view! {
        <main class="about">
            <header>
                <img src="icon.svg" alt="" width="72" height="72" />
                <div>
                    <h1>"Carpool"</h1>
                    <p id="version" class="quiet" role="status">{version}</p>
                </div>
            </header>
            <p class="lead">"A private relay that shares your AI accounts with a few friends and keeps an honest ledger."</p>
            <Notice />
            <Commands />
            <section>
                <h2>"Where the data is"</h2>
                <p><code id="data-dir">{folder}</code></p>
                <p class="quiet">"Accounts, friends, keys and the ledger. No prompt and no answer is ever stored."</p>
            </section>
        </main>
    }
}

/// What sharing an account may cost, said before anybody does it.
#[component]
fn Notice() -> impl IntoView {
    let links = TERMS.iter().map(|terms| view! { <a href=terms.url target="_blank">{terms.vendor}</a> });

    view! {
        <section class="notice">
            <h2>"Before you share"</h2>
            <p>
                "Sharing a consumer subscription with other people is against most vendors' terms and can cost you the \
                 account. The sanctioned way to serve several people is an API key, Amazon Bedrock or Azure. Carpool \
                 disguises nothing from a provider."
            </p>
            <p class="links quiet">"Read the terms:" {links.collect_view()}</p>
        </section>
    }
}

/// The commands that drive the relay while the window cannot.
#[component]
fn Commands() -> impl IntoView {
    let steps = STEPS
        .iter()
        .map(|step| view! { <li><span class="quiet">{step.purpose}</span><code>{step.command}</code></li> });

    view! {
        <section>
            <h2>"Drive it from a terminal"</h2>
            <p>
                "This window does not start or control the relay yet. The "<code>"carpool"</code>
                " command does all of it, and can run while this window is open:"
            </p>
            <ol class="steps">{steps.collect_view()}</ol>
            <p class="quiet">"Every command explains itself with "<code>"--help"</code>"."</p>
        </section>
    }
}
