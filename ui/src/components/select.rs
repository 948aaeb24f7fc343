//! Choosing one of several: a list that opens, a row of segments, or tabs.

use leptos::prelude::*;

/// One of several, with its name for programs and its words.
pub(crate) type Choice<T> = (T, String, String);

/// A list that opens. `chosen` is what holds; `choose` is told what the owner wants.
#[component]
pub fn Select<T>(
    /// What is chosen.
    #[prop(into)]
    label: String,
    /// Its name in the form; its id is made of it.
    name: &'static str,
    /// What there is to choose from.
    choices: Vec<Choice<T>>,
    /// What is chosen now.
    #[prop(into)]
    chosen: Signal<T>,
    /// Told what the owner wants.
    choose: Callback<T>,
    /// Whether the label is for those who cannot see only.
    #[prop(optional)]
    is_label_unseen: bool,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let id = format!("field-{name}");
    let options = choices
        .iter()
        .map(|(value, slug, words)| {
            let value = *value;
            view! { <option value=slug.clone() selected=move || chosen.get() == value>{words.clone()}</option> }
        })
        .collect_view();
    let changed = move |event| {
        let slug = event_target_value(&event);
        if let Some((value, ..)) = choices.iter().find(|(_, known, _)| *known == slug) {
            choose.run(*value);
        }
    };

    view! {
        <div class="field">
            <label for=id.clone() class:unseen=is_label_unseen>{label}</label>
            <div class="select"><select id=id name=name class="input" on:change=changed>{options}</select></div>
        </div>
    }
}

/// A row of segments, one of them pressed: radio buttons that look like one control.
#[component]
pub fn Segmented<T>(
    /// What is chosen.
    #[prop(into)]
    label: String,
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// What there is to choose from.
    choices: Vec<Choice<T>>,
    /// What is chosen now.
    #[prop(into)]
    chosen: Signal<T>,
    /// Told what the owner wants.
    choose: Callback<T>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let segment = move |(value, slug, words): Choice<T>| {
        let id = format!("{name}-{slug}");
        view! {
            <label class="segment">
                <input
                    type="radio"
                    id=id
                    name=name.clone()
                    value=slug
                    prop:checked=move || chosen.get() == value
                    on:change=move |_| choose.run(value)
                />
                <span>{words}</span>
            </label>
        }
    };

    view! {
        <div class="segmented" role="radiogroup" aria-label=label>
            {choices.into_iter().map(segment).collect_view()}
        </div>
    }
}
