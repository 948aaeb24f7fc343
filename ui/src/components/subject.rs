//! What a dialog is about. A screen has one dialog of each kind, and not one for each row of its list.

use leptos::prelude::*;

/// What a dialog is about, and whether it is open. It is a handle: copies are the same.
pub(crate) struct Subject<T: 'static> {
    /// Whether the dialog is open.
    pub(crate) open: RwSignal<bool>,
    what: RwSignal<Option<T>>,
}

impl<T> Clone for Subject<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Subject<T> {}

impl<T: Clone + Send + Sync + 'static> Subject<T> {
    /// Nothing yet, and closed.
    pub(crate) fn new() -> Self {
        Self { open: RwSignal::new(false), what: RwSignal::new(None) }
    }

    /// Opens the dialog about this.
    pub(crate) fn ask(self, what: T) {
        self.what.set(Some(what));
        self.open.set(true);
    }

    /// Something of what the dialog is about; nothing's default until it is about something.
    pub(crate) fn with<U: Default>(self, read: impl FnOnce(&T) -> U) -> U {
        self.what.with(|what| what.as_ref().map(read).unwrap_or_default())
    }

    /// A text about it.
    pub(crate) fn text(self, say: impl Fn(&T) -> String + Send + Sync + 'static) -> Signal<String> {
        Signal::derive(move || self.with(&say))
    }
}
