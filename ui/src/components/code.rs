//! Blocks of text for a terminal, with a button to copy them.

use leptos::prelude::*;

use super::{button::Look, copy::CopyButton};

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
    /// What the button to copy says, where "Copy" does not say enough.
    #[prop(optional, into)]
    copy_label: Option<String>,
    /// How much the button to copy asks for attention.
    #[prop(optional)]
    copy_look: Look,
) -> impl IntoView {
    view! {
        <figure class="code-block" role="group" aria-label=label>
            <pre tabindex="0" data-test=test><code>{text}</code></pre>
            <CopyButton text look=copy_look label=copy_label test="copy-block" />
        </figure>
    }
}
