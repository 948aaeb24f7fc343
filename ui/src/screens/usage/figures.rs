//! The sums of the whole range, large.

use carpool_ipc::usage::Sums;
use leptos::prelude::*;

use super::{charts::SetPrices, state};
use crate::{components::format, state::texts};

/// The sums of the whole range.
#[component]
pub(super) fn Figures(total: Signal<Sums>) -> impl IntoView {
    let (words, every_place) = (texts().usage, texts().words);
    let parts = move || {
        let tokens = total.get().tokens;
        let parts = [tokens.input, tokens.cache_read, tokens.cache_write, tokens.output].map(format::tokens);
        (words.token_parts)(parts.each_ref().map(String::as_str))
    };
    let unpriced = Memo::new(move |_| total.get().unpriced_calls);
    let priced = move || match unpriced.get() {
        0 => words.all_priced.into_any(),
        calls => {
            view! { <span data-test="some-unpriced">{(words.some_unpriced)(calls)}</span>" "<SetPrices /> }.into_any()
        }
    };
    let hits = move || {
        state::hit_rate(&total.get().tokens)
            .map_or_else(|| "–".to_owned(), |rate| format!("{} %", format::percent(rate)))
    };
    let saved = move || state::saved_sentence(&total.get(), words);

    view! {
        <dl class="usage-figures">
            <div class="card" data-test="total-cost">
                <dt>{every_place.cost}</dt>
                <dd>{move || format::cost(&total.get(), every_place.unpriced)}</dd>
                <dd class="quiet">{words.list_price}{move || format::dollars_note(total.get().cost)}</dd>
            </div>
            <div class="card" data-test="total-tokens">
                <dt>{every_place.tokens}</dt>
                <dd title=move || format::count(total.get().tokens.total())>{move || format::tokens(total.get().tokens.total())}</dd>
                <dd class="quiet">{parts}</dd>
            </div>
            <div class="card" data-test="total-calls">
                <dt>{every_place.calls}</dt>
                <dd>{move || format::count(total.get().calls)}</dd>
                <dd class="quiet">{priced}</dd>
            </div>
            <div class="card" data-test="total-cache">
                <dt title=words.cache_hits_hint>{words.cache_hits}</dt>
                <dd>{hits}</dd>
                <dd class="quiet">{saved}</dd>
            </div>
        </dl>
    }
}
