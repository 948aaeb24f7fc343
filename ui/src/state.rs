//! What every screen shares: how Carpool stands, what goes on now, the language, the place, and what has changed.

use carpool_ipc::{
    Failure, event,
    friends::IssuedKey,
    invites::IssuedInvite,
    live::{GetLive, Live},
    money::Shown,
    settings::Language,
    status::{GetStatus, Relay, Status, Trouble},
    texts::{self, Texts},
};
use leptos::{prelude::*, task::spawn_local};

use crate::{browser, components::toast::Toasts, ipc, place::Place};

/// What every screen shares. It is a handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Shared {
    /// How Carpool stands; `None` until the host has said so.
    pub(crate) status: RwSignal<Option<Status>>,
    /// Why the host cannot be reached at all.
    pub(crate) unreachable: RwSignal<Option<Failure>>,
    /// What goes on now.
    pub(crate) live: RwSignal<Live>,
    /// The ids of the calls that go on: told when one begins or ends, and not while it grows.
    pub(crate) calls: Memo<Vec<String>>,
    /// Counts up when accounts, friends, keys or settings may read differently.
    pub(crate) config: RwSignal<u32>,
    /// Counts up when rows were added to the ledger.
    pub(crate) ledger: RwSignal<u32>,
    /// Counts up when what keeps accounts out, or their windows, may read differently.
    pub(crate) accounts: RwSignal<u32>,
    /// Counts up when it was looked anew whether friends reach this machine.
    pub(crate) reach: RwSignal<u32>,
    /// Where the owner is.
    pub(crate) place: RwSignal<Place>,
    /// Which part of it; empty: the whole of it.
    pub(crate) part: RwSignal<String>,
    /// The language of every text.
    pub(crate) language: Memo<Language>,
    /// The currency of all money.
    pub(crate) currency: Memo<Shown>,
    /// What was said in passing.
    pub(crate) toasts: Toasts,
    /// The key that was made last, as long as the first run may show it.
    pub(crate) issued_key: RwSignal<Option<IssuedKey>>,
    /// The invite that was made last, as long as the first run may show it.
    pub(crate) issued_invite: RwSignal<Option<IssuedInvite>>,
    /// Whether it is shown how friends reach this machine.
    pub(crate) sharing: RwSignal<bool>,
    /// Whether it is asked who is to be invited.
    pub(crate) inviting: RwSignal<bool>,
    /// Whether it is asked whether all keys are to be replaced.
    pub(crate) rotating_all: RwSignal<bool>,
}

impl Shared {
    /// Nothing known yet, and nobody asked.
    pub(crate) fn new() -> Self {
        let status = RwSignal::new(None::<Status>);
        let language = Memo::new(move |_| {
            let chosen = status.with(|status| status.as_ref().and_then(|status| status.language));
            chosen.unwrap_or_else(browser::system_language)
        });
        let live = RwSignal::new(Live::default());
        Self {
            status,
            unreachable: RwSignal::new(None),
            live,
            calls: Memo::new(move |_| live.with(|live| live.calls.iter().map(|call| call.id.clone()).collect())),
            config: RwSignal::new(0),
            ledger: RwSignal::new(0),
            accounts: RwSignal::new(0),
            reach: RwSignal::new(0),
            place: RwSignal::new(Place::of_hash(&browser::hash())),
            part: RwSignal::new(Place::part_of_hash(&browser::hash())),
            language,
            currency: Memo::new(move |_| {
                status.with(|status| status.as_ref().map(|status| status.shown.clone()).unwrap_or_default())
            }),
            toasts: Toasts::new(),
            issued_key: RwSignal::new(None),
            issued_invite: RwSignal::new(None),
            sharing: RwSignal::new(false),
            inviting: RwSignal::new(false),
            rotating_all: RwSignal::new(false),
        }
    }

    /// Hears what the host tells, then asks how things stand.
    pub(crate) fn follow_host(self) {
        spawn_local(async move {
            let heard = self.listen().await;
            // The status comes last: it brings the screens, which must not say that nobody has called before that is known.
            let live = ipc::call(GetLive {}).await;
            self.live.set(live.unwrap_or_default());
            match heard.and(ipc::call(GetStatus {}).await) {
                Ok(status) => self.status.set(Some(status)),
                Err(failure) => self.unreachable.set(Some(failure)),
            }
        });
    }

    async fn listen(self) -> Result<(), Failure> {
        ipc::listen(event::STATUS, move |status| self.status.set(Some(status))).await?;
        ipc::listen(event::LIVE, move |live| self.live.set(live)).await?;
        ipc::listen(event::ROTATE_ALL, move |()| self.ask_at_friends(self.rotating_all)).await?;
        ipc::listen(event::INVITE, move |()| self.ask_at_friends(self.inviting)).await?;
        ipc::listen(event::CHANGED, move |changed: event::Changed| {
            if changed.config {
                self.config.update(|count| *count += 1);
            }
            if changed.ledger {
                self.ledger.update(|count| *count += 1);
            }
            if changed.accounts {
                self.accounts.update(|count| *count += 1);
            }
            if changed.reach {
                self.reach.update(|count| *count += 1);
            }
        })
        .await
    }

    /// Goes where the address says.
    pub(crate) fn follow_address(self) {
        let hash = browser::hash();
        self.part.set(Place::part_of_hash(&hash));
        self.place.set(Place::of_hash(&hash));
    }

    /// Goes to Friends and asks something there, where there is such a place now.
    fn ask_at_friends(self, asking: RwSignal<bool>) {
        let has_places = self.status.with_untracked(|status| face(status.as_ref(), None) == Face::Places);
        if has_places {
            browser::set_hash(&Place::Friends.href());
            asking.set(true);
        }
    }

    /// Keeps the page as the status says: its colours and its language.
    pub(crate) fn dress_page(self) {
        Effect::new(move |_| browser::show_language(self.language.get()));
        let theme = Memo::new(move |_| self.status.with(|status| status.as_ref().map(|status| status.theme)));
        Effect::new(move |_| {
            if let Some(theme) = theme.get() {
                browser::show_theme(theme);
            }
        });
    }

    /// Something of the status, told only when it changes.
    pub(crate) fn of_status<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&Status) -> T + Send + Sync + 'static,
    ) -> Memo<Option<T>> {
        Memo::new(move |_| self.status.with(|status| status.as_ref().map(&read)))
    }

    /// Says something in passing that went wrong.
    pub(crate) fn complain(self, failure: &Failure) {
        self.toasts.warn(texts::failure(self.language.get_untracked(), failure));
    }
}

/// What every screen shares.
pub(crate) fn shared() -> Shared {
    expect_context()
}

/// The texts of the language. The app is built anew when the language changes, so a component may keep them.
pub(crate) fn texts() -> &'static Texts {
    texts::texts(shared().language.get_untracked())
}

/// What takes the whole window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Face {
    /// The host has not answered yet.
    Waiting,
    /// The host does not answer.
    Unreachable(Failure),
    /// Nothing of the owner's can be shown.
    Trouble(Trouble),
    /// The first run.
    FirstRun,
    /// The places.
    Places,
}

/// What takes the whole window.
pub(crate) fn face(status: Option<&Status>, unreachable: Option<&Failure>) -> Face {
    let Some(status) = status else {
        return unreachable.map_or(Face::Waiting, |failure| Face::Unreachable(failure.clone()));
    };
    match &status.relay {
        Relay::Down { trouble } if trouble.kind.is_blocking() => Face::Trouble(trouble.clone()),
        _ if status.first_run.is_some() => Face::FirstRun,
        _ => Face::Places,
    }
}

/// The trouble that leaves the places usable: a port that is taken.
pub(crate) fn address_trouble(relay: &Relay) -> Option<&Trouble> {
    match relay {
        Relay::Down { trouble } if !trouble.kind.is_blocking() => Some(trouble),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::{
        settings::Theme,
        status::{FirstRun, Mode, TroubleKind},
        tunnel::Tunnel,
    };

    fn status(relay: Relay, first_run: Option<FirstRun>) -> Status {
        Status {
            version: "0.1.0".to_owned(),
            mode: Mode::Own,
            relay,
            tunnel: Tunnel::default(),
            sharing_paused: false,
            first_run,
            theme: Theme::System,
            language: None,
            shown: Shown::default(),
            has_tray: true,
        }
    }

    fn down(kind: TroubleKind) -> Relay {
        let trouble =
            Trouble { kind, message: "why".to_owned(), port: Some(8787), holder: None, data_dir: "/d".to_owned() };
        Relay::Down { trouble }
    }

    #[test]
    fn trouble_that_hides_everything_comes_before_the_first_run() {
        let locked = status(down(TroubleKind::KeychainLocked), Some(FirstRun::Terms));

        assert!(matches!(face(Some(&locked), None), Face::Trouble(_)));
    }

    #[test]
    fn a_taken_port_leaves_the_places_and_is_shown_in_them() {
        let taken = status(down(TroubleKind::PortTaken), None);

        assert_eq!(face(Some(&taken), None), Face::Places);
        assert!(address_trouble(&taken.relay).is_some());
        assert!(address_trouble(&down(TroubleKind::DiskFull)).is_none());
    }

    #[test]
    fn a_host_that_fails_is_told_only_while_nothing_is_known() {
        let failure = Failure { code: "bridge".to_owned(), message: "gone".to_owned() };

        assert_eq!(face(None, None), Face::Waiting);
        assert_eq!(face(None, Some(&failure)), Face::Unreachable(failure.clone()));
        assert_eq!(face(Some(&status(Relay::Starting, None)), Some(&failure)), Face::Places);
    }
}
