//! Blocks of text for a terminal, with a button to copy them.

use leptos::prelude::*;

use super::copy::CopyButton;

/// A text for a terminal.
#[component]
pub fn CodeBlock(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// Its name for tests.
    #[prop(optional)]
    test: Option<&'static str>,
) -> impl IntoView {
    view! {
        <figure class="code-block" role="group" aria-label=label>
            <pre tabindex="0" data-test=test><code>{text}</code></pre>
            <CopyButton text />
        </figure>
    }
}
