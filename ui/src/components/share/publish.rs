//! What follows a changed address: who still calls at an old one, and where the new one is told.

use carpool_ipc::tunnel::{OldAddress, Publish, Reachability, SetPublish};
use leptos::prelude::*;

use crate::{
    browser,
    components::{
        button::Button,
        field::{FailureNote, TextField, Typed},
        format,
        icon::{Icon, Picture},
    },
    sending::Sending,
    state::{shared, texts},
};

/// The friends who still use an old address; nothing where there are none.
#[component]
pub fn OldAddresses(
    /// What is known.
    #[prop(into)]
    of: Signal<Reachability>,
) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.tunnel;
    let old = Memo::new(move |_| of.with(|of| of.old_addresses.clone()));
    let line = move |old: &OldAddress| {
        let when = format::when(t.times, shared.language.get_untracked(), browser::now_ms(), old.last_seen_ms);
        view! { <li>{(words.old_line)(&old.friend, &old.address, &when)}</li> }
    };

    move || {
        let old = old.get();
        (!old.is_empty()).then(|| {
            view! {
                <div class="old-addresses tone-warn" role="status" data-test="old-addresses">
                    <Picture of=Icon::Warning />
                    <div>
                        <p><b>{(words.old_title)(old.len())}</b></p>
                        <p class="quiet">{words.old_hint}</p>
                        <ul>{old.iter().map(line).collect_view()}</ul>
                    </div>
                </div>
            }
        })
    }
}

/// Where the address is told whenever it is another one.
#[component]
pub fn Publishing(
    /// What is known.
    of: Signal<Reachability>,
) -> impl IntoView {
    let words = texts().tunnel;
    let is_used = of.with_untracked(|of| of.publish.url.is_some());

    view! {
        <details class="publish" open=is_used data-test="publish">
            <summary>{words.publish}</summary>
            <PublishForm of />
        </details>
    }
}

#[component]
fn PublishForm(of: Signal<Reachability>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.tunnel;
    let held = Memo::new(move |_| of.with(|of| of.publish.clone()));
    let url = RwSignal::new(String::new());
    Effect::new(move |_| url.set(held.get().url.unwrap_or_default()));
    let sending = Sending::new();
    let is_same = move || url.read().trim() == held.read().url.as_deref().unwrap_or_default();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let url = url.get_untracked().trim().to_owned();
        let said = if url.is_empty() { words.publish_ended } else { words.publish_saved };
        sending.send(SetPublish { url }, move |()| shared.toasts.tell(said));
    };
    let told = move || {
        let Publish { published_ms, failure, .. } = held.get();
        let failed = failure.map(|why| (words.publish_failed)(&why));
        failed.or_else(|| {
            let when = format::when(t.times, shared.language.get_untracked(), browser::now_ms(), published_ms?);
            Some((words.published)(&when))
        })
    };

    view! {
        <form class="form" on:submit=submit>
            <p class="quiet">{words.publish_hint}</p>
            <TextField label=words.webhook name="webhook" value=url typed=Typed::Code hint=words.webhook_hint />
            <FailureNote of=sending />
            <div class="publish-end">
                <Button label=t.words.save busy=sending.busy disabled=Signal::derive(is_same) submits=true id="save-webhook" />
                <span class="quiet" role="status">{told}</span>
            </div>
        </form>
    }
}
