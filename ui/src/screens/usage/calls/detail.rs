//! Every field of a call.

use carpool_ipc::{calls::Call, settings::Language};
use leptos::prelude::*;

use crate::{
    browser::{self, TimeStyle},
    components::{dialog::Dialog, format, subject::Subject},
    state::{shared, texts},
};

/// Every field of a call.
#[component]
pub(super) fn Detail(of: Subject<Call>) -> impl IntoView {
    let language = shared().language.get_untracked();
    let fields = move || {
        let field = |(name, title, value): (&'static str, &'static str, String)| {
            view! { <div data-test="call-field" data-name=name><dt>{title}</dt><dd>{value}</dd></div> }
        };
        of.with(|call| fields(call, language).into_iter().map(field).collect_view())
    };

    view! {
        <Dialog open=of.open title=Signal::stored(texts().calls.call.to_owned()) id="call-dialog">
            <dl class="call-fields">{fields}</dl>
        </Dialog>
    }
}

/// Each field: its name in the ledger's JSON, its title, and its value in full.
fn fields(call: &Call, language: Language) -> Vec<(&'static str, &'static str, String)> {
    let t = texts();
    let (words, fields) = (t.calls, &t.calls.fields);
    let known = |value: Option<String>| value.unwrap_or_else(|| fields.not_known.to_owned());
    let tokens = &call.tokens;
    let at = browser::local_time(language, call.at_ms, TimeStyle::Full);
    let cost = call.cost.map_or_else(|| t.words.unpriced.to_owned(), format::money_and_dollars);
    let stream = if call.stream { t.words.yes } else { t.words.no };
    let status = (words.ending)(&call.status);
    vec![
        ("id", fields.id, call.id.clone()),
        ("at", words.time, at),
        ("friend", words.friend, call.friend.clone()),
        ("key", fields.key, call.key.clone()),
        ("account", words.account, known(call.account.clone())),
        ("provider", words.provider, known(call.provider.clone())),
        ("model", words.model, known(call.model.clone())),
        ("upstream_model", fields.upstream_model, known(call.upstream_model.clone())),
        ("dialect", fields.dialect, call.dialect.clone()),
        ("operation", fields.operation, call.operation.clone()),
        ("stream", fields.stream, stream.to_owned()),
        ("status", words.status, status.to_owned()),
        ("http_status", fields.http_status, known(call.http_status.map(|status| status.to_string()))),
        ("attempts", fields.attempts, call.attempts.to_string()),
        ("ttfb_ms", fields.first_byte, known(call.ttfb_ms.map(format::duration))),
        ("duration_ms", words.duration, known(call.duration_ms.map(format::duration))),
        ("tokens", fields.all_tokens, format::count(tokens.total())),
        ("input_tokens", fields.input, format::count(tokens.input)),
        ("cache_read_tokens", fields.cache_read, format::count(tokens.cache_read)),
        (
            "cache_write_5m_tokens",
            fields.cache_write_5m,
            format::count(tokens.cache_write.saturating_sub(call.cache_write_1h_tokens)),
        ),
        ("cache_write_1h_tokens", fields.cache_write_1h, format::count(call.cache_write_1h_tokens)),
        ("output_tokens", fields.output, format::count(tokens.output)),
        ("reasoning_tokens", fields.reasoning, format::count(call.reasoning_tokens)),
        ("web_search_requests", fields.web_searches, format::count(call.web_searches)),
        ("service_tier", fields.tier, known(call.tier.clone())),
        ("inference_geo", fields.geography, known(call.geography.clone())),
        ("speed", fields.speed, known(call.speed.clone())),
        ("cost_pico_usd", t.words.cost, cost),
        ("saved_pico_usd", fields.saved, known(call.saved.map(format::money_and_dollars))),
        ("cap_pico_usd", fields.cap, call.cap.map_or_else(|| fields.no_cap.to_owned(), format::money)),
        ("price_version", fields.price_version, known(call.price_version.map(|version| version.to_string()))),
    ]
}
