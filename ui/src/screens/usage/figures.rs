//! The sums of the whole range, large.

use carpool_ipc::usage::Sums;
use leptos::prelude::*;

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
    let unpriced = move || total.get().unpriced_calls;

    view! {
        <dl class="usage-figures">
            <div class="card" data-test="total-cost">
                <dt>{every_place.cost}</dt>
                <dd>{move || format::cost(&total.get(), every_place.unpriced)}</dd>
                <dd class="quiet">{words.list_price}</dd>
            </div>
            <div class="card" data-test="total-tokens">
                <dt>{every_place.tokens}</dt>
                <dd>{move || format::tokens(total.get().tokens.total())}</dd>
                <dd class="quiet">{parts}</dd>
            </div>
            <div class="card" data-test="total-calls">
                <dt>{every_place.calls}</dt>
                <dd>{move || format::count(total.get().calls)}</dd>
            </div>
            <div class="card" data-test="total-unpriced">
                <dt>{words.unpriced_calls}</dt>
                <dd>{move || format::count(unpriced())}</dd>
                <dd class="quiet">{move || if unpriced() == 0 { words.all_priced } else { words.unpriced_hint }}</dd>
            </div>
        </dl>
    }
}
