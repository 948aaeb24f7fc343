//! A desktop's notifications: what programs want shown is only noted.
//!
//! It is the server of the freedesktop.org Desktop Notifications Specification, as far as programs ask for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use zbus::{Connection, connection, zvariant::OwnedValue};

use crate::{desktop::Desktop, launch::PATIENCE, support::eventually};

/// The notifications of a desktop.
pub(crate) struct Notifications {
    shown: Arc<Mutex<Vec<String>>>,
    _bus: Connection,
}

impl Notifications {
    /// Lets a desktop show notifications.
    pub(crate) async fn on(desktop: &Desktop) -> Self {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let server = Server { shown: Arc::clone(&shown) };
        let building = async {
            connection::Builder::address(desktop.session.variable().1)?
                .serve_at("/org/freedesktop/Notifications", server)?
                .name("org.freedesktop.Notifications")?
                .build()
                .await
        };
        Self { shown, _bus: building.await.expect("notifications") }
    }

    /// Waits until one with this title is shown.
    pub(crate) async fn shows(&self, title: &str) {
        eventually(&format!("{title:?} is shown"), PATIENCE, async || {
            self.all().iter().any(|shown| shown == title).then_some(())
        })
        .await;
    }

    /// The titles of all that were shown.
    pub(crate) fn all(&self) -> Vec<String> {
        self.shown.lock().expect("no one panics meanwhile").clone()
    }
}

struct Server {
    shown: Arc<Mutex<Vec<String>>>,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(clippy::too_many_arguments, reason = "the specification has them")]
    fn notify(
        &self,
        _program: &str,
        replaces: u32,
        _icon: &str,
        title: &str,
        _body: &str,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _milliseconds: i32,
    ) -> u32 {
        self.shown.lock().expect("no one panics meanwhile").push(title.to_owned());
        replaces.max(1)
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ["test", "Carpool", "1", "1.2"].map(str::to_owned).into()
    }
}
