//! A port that is taken, and the field to take another: it stands on the screen and leaves the rest usable.

use carpool_ipc::{
    settings::{GetSettings, Reach, SetAddress},
    status::{Retry, Trouble},
};
use leptos::prelude::*;

use super::state;
use crate::{
    components::{
        button::{Button, Look},
        field::{FailureNote, TextField, Typed},
        icon::{Icon, Picture},
    },
    fetch::{On, fetch},
    sending::Sending,
    state::{address_trouble, shared, texts},
};

/// Shows the trouble with the address, while there is one.
#[component]
pub fn AddressTrouble() -> impl IntoView {
    let shared = shared();
    let trouble = shared.of_status(|status| address_trouble(&status.relay).cloned());

    move || trouble.get().flatten().map(|trouble| view! { <Mend trouble /> })
}

#[component]
fn Mend(trouble: Trouble) -> impl IntoView {
    let t = texts();
    let sending = Sending::new();
    let settings = fetch(On::Config, || GetSettings {});
    let port = RwSignal::new(state::next_port(trouble.port).to_string());
    let is_wrong = RwSignal::new(false);
    let error = move || if is_wrong.get() { t.troubles.port_wrong.to_owned() } else { String::new() };
    let listen = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = state::port(&port.read_untracked());
        is_wrong.set(typed.is_none());
        let Some(port) = typed else { return };
        let reach =
            settings.value.with_untracked(|settings| settings.as_ref().map_or(Reach::ThisMachine, |it| it.reach));
        sending.send(SetAddress { reach, port }, |()| ());
    };
    let retry = Callback::new(move |()| sending.send(Retry {}, |()| ()));

    view! {
        <section class="mend" aria-label=t.troubles.other_port data-test="address-trouble">
            <Picture of=Icon::Warning />
            <div class="mend-body">
                <h2>{(t.troubles.title)(&trouble)}</h2>
                <p>{(t.troubles.advice)(&trouble)}</p>
                <form on:submit=listen>
                    <TextField label=t.troubles.port name="port" value=port typed=Typed::Number error=Signal::derive(error) />
                    <Button look=Look::Primary label=t.troubles.use_port submits=true busy=sending.busy id="use-port" />
                    <Button label=t.words.retry press=retry id="retry" />
                </form>
                <FailureNote of=sending />
            </div>
        </section>
    }
}
