//! The order accounts are chosen in: dragged by the grip, or moved up and down from the keyboard.

mod state;

use carpool_ipc::accounts::{Account, ArrangeAccounts};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

pub(super) use self::state::Way;
use crate::{
    browser,
    components::icon::{Icon, Picture},
    ipc,
    state::{Shared, shared, texts},
};

/// Says which account a card is about.
const CARD_ATTRIBUTE: &str = "data-account";

/// The order on the screen. It is a handle: copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Order {
    listed: Signal<Vec<Account>>,
    /// The order the owner wants, until the host has it.
    wanted: RwSignal<Option<Vec<i64>>>,
    /// How many orders are on their way to the host.
    sent: StoredValue<u32>,
    /// The account that is being dragged.
    pub(super) dragged: RwSignal<Option<i64>>,
    /// The account whose place it would take.
    pub(super) over: RwSignal<Option<i64>>,
    /// What was moved where, for those who cannot see it.
    pub(super) said: RwSignal<String>,
    shared: Shared,
}

impl Order {
    /// The order of accounts as the host lists them.
    pub(super) fn of(listed: Signal<Vec<Account>>) -> Self {
        let order = Self {
            listed,
            wanted: RwSignal::new(None),
            sent: StoredValue::new(0),
            dragged: RwSignal::new(None),
            over: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            shared: shared(),
        };
        // Once the host has the order, its own list shows it.
        Effect::new(move |_| {
            listed.track();
            if order.sent.get_value() == 0 {
                order.wanted.set(None);
            }
        });
        order
    }

    /// The accounts, in the order the owner wants.
    pub(super) fn shown(self) -> Vec<Account> {
        self.listed.with(|listed| self.wanted.with(|wanted| state::in_order(listed, wanted.as_deref())))
    }

    fn ids(self) -> Vec<i64> {
        untrack(move || self.shown()).iter().map(|account| account.id).collect()
    }

    /// Whether an account is the first or the last already.
    pub(super) fn is_at_end(self, id: i64, way: Way) -> bool {
        let ids: Vec<i64> = self.shown().iter().map(|account| account.id).collect();
        state::stepped(&ids, id, way).is_none()
    }

    /// Moves an account by one place.
    pub(super) fn step(self, id: i64, way: Way) {
        if let Some(ids) = state::stepped(&self.ids(), id, way) {
            self.put(ids, id);
        }
    }

    /// Gives an account the place of another.
    fn take_place(self, id: i64, of: i64) {
        if let Some(ids) = state::placed(&self.ids(), id, of) {
            self.put(ids, id);
        }
    }

    fn put(self, ids: Vec<i64>, moved: i64) {
        let name = untrack(move || self.shown()).into_iter().find(|account| account.id == moved);
        let place = ids.iter().position(|&id| id == moved).unwrap_or_default() + 1;
        self.said.set((texts().pool.moved)(&name.map(|account| account.name).unwrap_or_default(), place, ids.len()));
        self.wanted.set(Some(ids.clone()));
        self.sent.update_value(|sent| *sent += 1);
        spawn_local(async move {
            let reply = ipc::call(ArrangeAccounts { ids }).await;
            self.sent.try_update_value(|sent| *sent -= 1);
            if let Err(failure) = reply {
                self.wanted.try_set(None);
                self.shared.complain(&failure);
            }
        });
    }
}

/// What a card is dragged by. The keyboard has [`Arrows`].
#[component]
pub(super) fn Grip(id: i64, order: Order) -> impl IntoView {
    let begin = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        event.prevent_default();
        if let Some(grip) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) {
            // Without the capture the drag ends at the edge of the grip, which is all there is to lose.
            let _ = grip.set_pointer_capture(event.pointer_id());
        }
        order.dragged.set(Some(id));
    };
    let drag = move |event: PointerEvent| {
        if order.dragged.get_untracked() == Some(id) {
            order.over.set(card_at(&event).filter(|&over| over != id));
        }
    };
    let drop_it = move |_: PointerEvent| {
        if order.dragged.try_update(Option::take).flatten() == Some(id)
            && let Some(over) = order.over.try_update(Option::take).flatten()
        {
            order.take_place(id, over);
        }
    };
    let give_up = move |_: PointerEvent| {
        order.dragged.set(None);
        order.over.set(None);
    };

    view! {
        <span
            class="grip"
            title=texts().pool.drag
            data-test="grip"
            on:pointerdown=begin
            on:pointermove=drag
            on:pointerup=drop_it
            on:pointercancel=give_up
        >
            <Picture of=Icon::Grip />
        </span>
    }
}

/// The card below the pointer, by its account.
fn card_at(event: &PointerEvent) -> Option<i64> {
    #[expect(clippy::cast_precision_loss, reason = "a window is some thousand pixels wide")]
    let below = document().element_from_point(event.client_x() as f32, event.client_y() as f32)?;
    let card = below.closest(&format!("[{CARD_ATTRIBUTE}]")).ok()??;
    card.get_attribute(CARD_ATTRIBUTE)?.parse().ok()
}

/// The account's number in the order, and the buttons that move it.
#[component]
pub(super) fn Arrows(account: Signal<Account>, order: Order) -> impl IntoView {
    let words = texts().pool;
    let number = move || account.with(|account| account.priority);

    view! {
        <span data-test="order">{number}</span>
        <Arrow account order way=Way::Up icon=Icon::Up label=words.move_up test="move-up" />
        <Arrow account order way=Way::Down icon=Icon::Down label=words.move_down test="move-down" />
    }
}

/// One of the buttons. It keeps its focus as its card moves, also where it can go no further.
#[component]
fn Arrow(
    account: Signal<Account>,
    order: Order,
    way: Way,
    icon: Icon,
    label: fn(&str) -> String,
    test: &'static str,
) -> impl IntoView {
    let id = account.with_untracked(|account| account.id);
    let element_id = format!("{test}-{id}");
    let focused = element_id.clone();
    let label = Signal::derive(move || account.with(|account| label(&account.name)));
    let press = move |_| {
        order.step(id, way);
        let focused = focused.clone();
        browser::soon(move || browser::focus(&focused));
    };

    view! {
        <button
            type="button"
            class="icon-button"
            id=element_id
            title=label
            aria-label=label
            aria-disabled=move || order.is_at_end(id, way).then_some("true")
            data-test=test
            on:click=press
        >
            <Picture of=icon />
        </button>
    }
}
