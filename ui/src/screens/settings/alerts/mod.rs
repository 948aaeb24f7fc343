//! What the owner is told without asking, and where: the rules, what they found lately, and webhooks.

mod add;
mod rules;
mod state;
mod webhooks;

use carpool_ipc::alerts::{Alerts, Episode, GetAlerts, GetDigest};
use leptos::prelude::*;

use self::{rules::Rules, webhooks::Webhooks};
use crate::{
    browser,
    components::{
        badge::{Badge, Tone},
        button::Button,
        card::Card,
        dialog::Dialog,
        format,
        loaded::Loaded,
    },
    fetch::{On, fetch},
    state::{shared, texts},
};

/// What the owner is told without asking, and where.
#[component]
pub(super) fn AlertsCard() -> impl IntoView {
    let words = texts().alerts;
    let alerts = fetch(On::Config, || GetAlerts {});
    let again = Callback::new(move |()| alerts.ask_again());
    let content = move |alerts: Signal<Alerts>| {
        view! {
            <Rules alerts />
            <Lately alerts />
            <Webhooks alerts again />
        }
        .into_any()
    };

    view! {
        <Card title=words.title test="settings-alerts">
            <p class="quiet">{words.lead}</p>
            <Loaded of=alerts rows=5 children=content />
        </Card>
    }
}

/// What is not as it should be, and what was; and the week before.
#[component]
fn Lately(alerts: Signal<Alerts>) -> impl IntoView {
    let (shared, words) = (shared(), texts().alerts);
    let episodes = Memo::new(move |_| alerts.with(|alerts| alerts.episodes.clone()));
    let digest = RwSignal::new(None);
    let open = RwSignal::new(false);
    let show = Callback::new(move |()| {
        shared.send_then(GetDigest {}, move |told| {
            digest.try_set(Some(told));
            open.try_set(true);
        });
    });
    let list = move || {
        let all = episodes.get();
        if all.is_empty() {
            return view! { <p class="quiet" data-test="no-episodes">{words.no_episodes}</p> }.into_any();
        }
        view! { <ul class="episodes" data-test="episodes">{all.into_iter().map(episode).collect_view()}</ul> }
            .into_any()
    };
    let title = move || digest.read().as_ref().map(|digest: &carpool_ipc::alerts::Digest| digest.title.clone());
    let lines = move || digest.read().as_ref().map(|digest| digest.lines.join("\n"));

    view! {
        <div class="setting setting-tall">
            <div class="setting-text">
                <h3>{words.lately}</h3>
                {list}
            </div>
            <div class="setting-control"><Button label=words.show_digest press=show id="show-digest" /></div>
        </div>
        <Dialog open title=Signal::derive(move || title().unwrap_or_default()) id="digest">
            <p class="digest" data-test="digest">{lines}</p>
        </Dialog>
    }
}

fn episode(episode: Episode) -> impl IntoView {
    let (language, t) = (shared().language.get_untracked(), texts());
    let when = |at_ms| format::when(t.times, language, browser::now_ms(), at_ms);
    let (tone, said) = match episode.until_ms {
        None => (Tone::Warn, (t.alerts.going_on)(&when(episode.since_ms))),
        Some(until_ms) => (Tone::Neutral, (t.alerts.over)(&when(until_ms))),
    };

    view! {
        <li>
            <span>{episode.title}</span>
            <Badge tone label=said test="episode-state" />
        </li>
    }
}
