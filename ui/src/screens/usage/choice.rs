//! What the owner wants to see: a range of time, and what the sums are grouped by.

use carpool_ipc::usage::{By, Range};
use leptos::prelude::*;

use super::state::{self, Span};
use crate::{
    browser,
    components::{
        field::{TextField, Typed},
        select::Segmented,
    },
    state::texts,
};

/// What the owner chose. It is a handle: copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Choosing {
    /// The range that is shown: while the owner's dates are not valid, the last one that was.
    pub(super) range: Memo<Range>,
    /// What the sums are grouped by.
    pub(super) by: RwSignal<By>,
    span: RwSignal<Span>,
    from: RwSignal<String>,
    to: RwSignal<String>,
}

impl Choosing {
    /// The last thirty days by friend; dates begin with today.
    pub(super) fn new() -> Self {
        let today = browser::iso_date(browser::now_ms());
        let (span, from, to) = (RwSignal::new(Span::default()), RwSignal::new(today.clone()), RwSignal::new(today));
        let range = Memo::new(move |known: Option<&Range>| {
            let wanted = state::range(span.get(), &from.read(), &to.read());
            wanted.ok().or_else(|| known.cloned()).unwrap_or(Range::Days { days: 30 })
        });
        Self { range, by: RwSignal::new(By::Friend), span, from, to }
    }
}

/// The row of controls at the top.
#[component]
pub(super) fn RangeChoice(choosing: Choosing) -> impl IntoView {
    let (words, every_place) = (texts().usage, texts().words);
    let spans = Span::ALL.iter().map(|&span| {
        let name = match span {
            Span::Today => every_place.today.to_owned(),
            Span::Week => (words.last_days)(7),
            Span::ThirtyDays => (words.last_days)(30),
            Span::Month => every_place.this_month.to_owned(),
            Span::LastMonth => words.last_month.to_owned(),
            Span::Custom => words.custom.to_owned(),
        };
        (span, span.slug().to_owned(), name)
    });
    let groups = [(By::Friend, "friend"), (By::Model, "model"), (By::Account, "account"), (By::Provider, "provider")];
    let groups = groups.map(|(by, slug)| (by, slug.to_owned(), (words.by)(by).to_owned()));

    view! {
        <div class="usage-choice">
            <Segmented label=words.range name="range" choices=spans.collect() chosen=choosing.span choose=Callback::new(move |span| choosing.span.set(span)) />
            <Segmented label=words.group_by name="by" choices=groups.to_vec() chosen=choosing.by choose=Callback::new(move |by| choosing.by.set(by)) />
        </div>
        {move || (choosing.span.get() == Span::Custom).then(|| view! { <Dates choosing /> })}
    }
}

#[component]
fn Dates(choosing: Choosing) -> impl IntoView {
    let words = texts().usage;
    let today = browser::iso_date(browser::now_ms());
    let wrong = move || state::range(choosing.span.get(), &choosing.from.read(), &choosing.to.read()).err();

    view! {
        <div class="usage-dates" role="group" aria-label=words.custom>
            <TextField label=words.from name="from" value=choosing.from typed=Typed::Day latest=today.clone() />
            <TextField label=words.to name="to" value=choosing.to typed=Typed::Day latest=today />
            <p class="usage-dates-wrong" role="alert" data-test="wrong-dates">{move || wrong().map(|wrong| wrong.text(words))}</p>
        </div>
    }
}
