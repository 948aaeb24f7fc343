//! The form that says how costs are shared, and which friend the owner is.

use carpool_ipc::plan::{Plan, SetSharing, Shared};
use leptos::prelude::*;

use super::super::state;
use crate::{
    components::{
        button::{Button, Look},
        field::{FailureNote, TextField},
        select::{Segmented, Select},
    },
    sending::Sending,
    state::texts,
};

/// How costs are shared.
#[component]
pub(super) fn SharingForm(open: RwSignal<bool>, plan: Plan) -> impl IntoView {
    let (words, every_place) = (texts().plan, texts().words);
    let (shared, me) = (RwSignal::new(state::shared(plan.sharing)), RwSignal::new(plan.me));
    let (fee, is_tried, digits) = (RwSignal::new(state::fee(&plan)), RwSignal::new(false), plan.currency.digits);
    let is_wrong = move || shared.get() == Shared::WithFee && !state::is_amount(&fee.read(), digits);
    let error =
        Signal::derive(move || if is_tried.get() && is_wrong() { (words.wrong_amount)(digits) } else { String::new() });
    let sending = Sending::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        is_tried.set(true);
        if untrack(is_wrong) {
            return;
        }
        let shared = shared.get_untracked();
        let fee = (shared == Shared::WithFee).then(|| fee.get_untracked().trim().to_owned());
        sending.send(SetSharing { shared, fee, me: me.get_untracked() }, move |()| {
            open.try_set(false);
        });
    };
    let modes = [(Shared::Equally, "equal"), (Shared::ByUse, "use"), (Shared::WithFee, "base-fee")];
    let modes = modes.map(|(mode, slug)| (mode, slug.to_owned(), (words.shared)(mode).to_owned()));
    let nobody = (None, "nobody".to_owned(), words.me_nobody.to_owned());
    let friends = plan.friends.into_iter().map(|friend| (Some(friend.id), friend.id.to_string(), friend.name));
    let fee_label = (words.fee)(&plan.currency.code);

    view! {
        <form class="form" on:submit=submit>
            <Segmented
                label=words.sharing
                name="sharing"
                choices=modes.to_vec()
                chosen=shared
                choose=Callback::new(move |mode| shared.set(mode))
            />
            <p class="quiet">{move || (words.shared_hint)(shared.get())}</p>
            {move || (shared.get() == Shared::WithFee).then(|| view! {
                <TextField label=fee_label.clone() name="fee" value=fee hint=words.fee_hint error />
            })}
            <div class="field">
                <Select
                    label=words.me
                    name="me"
                    choices=std::iter::once(nobody).chain(friends).collect()
                    chosen=me
                    choose=Callback::new(move |who| me.set(who))
                />
                <p class="field-note">{words.me_hint}</p>
            </div>
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=every_place.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button look=Look::Primary label=every_place.save busy=sending.busy submits=true test="save" />
            </div>
        </form>
    }
}
