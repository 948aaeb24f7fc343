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
    let is_used = of.with_untracked(|of| of.publish.place.is_some());

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
    let (saving, stopping) = (Sending::new(), Sending::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        saving.send(SetPublish { url: url.get_untracked().trim().to_owned() }, move |()| {
            url.try_set(String::new());
            shared.toasts.tell(words.publish_saved);
        });
    };
    let stop = Callback::new(move |()| {
        stopping.send(SetPublish { url: String::new() }, move |()| shared.toasts.tell(words.publish_ended));
    });
    let now_to = move || {
        let place = held.get().place?;
        Some(view! {
            <div class="publish-end">
                <p class="quiet" data-test="publish-to">{(words.publish_to)(&place)}" "{last(&held.get())}</p>
                <Button label=words.publish_stop busy=stopping.busy press=stop id="stop-publishing" />
            </div>
        })
    };

    view! {
        <form class="form" on:submit=submit>
            <p class="quiet">{words.publish_hint}</p>
            {now_to}
            <TextField label=words.webhook name="webhook" value=url typed=Typed::Code hint=words.webhook_hint />
            <FailureNote of=saving />
            <FailureNote of=stopping />
            <div>
                <Button
                    label=t.words.save
                    busy=saving.busy
                    disabled=Signal::derive(move || url.read().trim().is_empty())
                    submits=true
                    id="save-webhook"
                />
            </div>
        </form>
    }
}

/// How the last try went.
fn last(publish: &Publish) -> Option<String> {
    let (language, t) = (shared().language.get_untracked(), texts());
    let last = publish.last.as_ref()?;
    Some(if last.is_told {
        (t.tunnel.published)(&format::when(t.times, language, browser::now_ms(), last.at_ms))
    } else {
        (t.tunnel.publish_failed)(&last.detail)
    })
}
