//! A display of its own, and the program's windows on it, seen past the program.

use std::process::{Command, Stdio};

use x11rb::{
    connection::Connection,
    protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, MapState, Window},
    rust_connection::RustConnection,
};

use crate::{
    launch::PATIENCE,
    support::{eventually, session::Ended},
};

/// Large enough for the largest screenshot.
const SCREEN: &str = "1700x1100x24";
/// The title of Carpool's window.
const TITLE: &str = "Carpool";

/// A display that goes when it is dropped.
pub(crate) struct Display {
    name: String,
    _server: Ended,
}

impl Display {
    pub(crate) fn start() -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"]);
        let mut server = Ended::by_drop(command.stdin(Stdio::null()).stdout(Stdio::piped()));
        let name = format!(":{}", server.first_line());
        Self { name, _server: server }
    }

    /// As `:99`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Waits until Carpool's window can be seen.
    pub(crate) async fn shows_window(&self) {
        eventually("the window is shown", PATIENCE, async || self.shown_windows().pop()).await;
    }

    /// Waits until Carpool's window cannot be seen.
    pub(crate) async fn hides_window(&self) {
        eventually("the window is hidden", PATIENCE, async || self.shown_windows().is_empty().then_some(())).await;
    }

    /// Asks Carpool's window to close, as its frame's button does (ICCCM 4.2.8.1).
    pub(crate) fn close_window(&self) {
        let connection = self.connect();
        let atom = |name: &str| {
            let asked = connection.intern_atom(false, name.as_bytes()).expect("asked");
            asked.reply().expect("an atom").atom
        };
        let window = self.shown_windows().pop().expect("there is a window to close");
        let data = [atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let message = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS"), data);
        connection.send_event(false, window, EventMask::NO_EVENT, message).expect("sent").check().expect("taken");
    }

    /// How many windows of Carpool can be seen.
    pub(crate) fn windows(&self) -> usize {
        self.shown_windows().len()
    }

    fn shown_windows(&self) -> Vec<Window> {
        let connection = self.connect();
        let root = connection.setup().roots[0].root;
        let all = connection.query_tree(root).expect("asked").reply().expect("windows").children;
        all.into_iter().filter(|window| is_carpools(&connection, *window).unwrap_or(false)).collect()
    }

    fn connect(&self) -> RustConnection {
        RustConnection::connect(Some(&self.name)).expect("the display takes connections").0
    }
}

/// Whether a window can be seen and has Carpool's title; a window may go while it is looked at.
fn is_carpools(connection: &RustConnection, window: Window) -> Option<bool> {
    let attributes = connection.get_window_attributes(window).ok()?.reply().ok()?;
    let title = connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64).ok()?.reply().ok()?;
    Some(attributes.map_state == MapState::VIEWABLE && title.value == TITLE.as_bytes())
}
