//! A desktop's tray: it takes icons in, shows their labels and menus, and presses their items.
//!
//! It is a StatusNotifierWatcher and a StatusNotifierHost in one, as the freedesktop.org StatusNotifierItem draft and the
//! `com.canonical.dbusmenu` interface have them.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use zbus::{
    Connection, Proxy, connection,
    message::Header,
    zvariant::{OwnedObjectPath, OwnedValue, Structure, Value},
};

use crate::{desktop::Desktop, launch::PATIENCE, support::eventually};

/// Who has put an icon into the tray: the sender's name on the bus, and the icon's path there.
type Place = (String, String);
/// A menu item: its number, its properties, the items below it.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// A tray with room for one icon.
pub(crate) struct Tray {
    bus: Connection,
    icon: Arc<Mutex<Option<Place>>>,
}

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    number: i32,
    pub(crate) text: String,
    pub(crate) can_be_pressed: bool,
}

impl Tray {
    /// Puts a tray on a desktop.
    pub(crate) async fn on(desktop: &Desktop) -> Self {
        let icon = Arc::new(Mutex::new(None));
        let watcher = Watcher { icon: Arc::clone(&icon) };
        let building = async {
            connection::Builder::address(desktop.session.variable().1)?
                .serve_at("/StatusNotifierWatcher", watcher)?
                .name("org.kde.StatusNotifierWatcher")?
                .build()
                .await
        };
        Self { bus: building.await.expect("a tray"), icon }
    }

    /// Waits until an icon has this label beside it.
    pub(crate) async fn labels(&self, label: &str) {
        eventually(&format!("the tray's label is {label:?}"), PATIENCE, async || {
            (self.label().await.as_deref() == Some(label)).then_some(())
        })
        .await;
    }

    /// What stands beside the icon.
    pub(crate) async fn label(&self) -> Option<String> {
        self.item().await?.get_property("XAyatanaLabel").await.ok()
    }

    /// The icon's picture, as a file.
    pub(crate) async fn picture(&self) -> Option<Vec<u8>> {
        let item = self.item().await?;
        let name: String = item.get_property("IconName").await.ok()?;
        let folder: String = item.get_property("IconThemePath").await.ok()?;
        let file = [Path::new(&name).to_owned(), PathBuf::from(folder).join(format!("{name}.png"))];
        file.iter().find_map(|file| fs::read(file).ok())
    }

    /// Waits until the menu has a line with this text.
    pub(crate) async fn lists(&self, text: &str) -> Line {
        eventually(&format!("the tray's menu has {text:?}"), PATIENCE, async || {
            self.lines().await.into_iter().find(|line| line.text == text)
        })
        .await
    }

    /// Presses the line with this text.
    pub(crate) async fn press(&self, text: &str) {
        loop {
            let line = self.lists(text).await;
            assert!(line.can_be_pressed, "{line:?}");
            let menu = self.menu().await.expect("it was just read");
            let event = (line.number, "clicked", Value::from(0_i32), 0_u32);
            menu.call::<_, _, ()>("Event", &event).await.expect("the menu takes events");
            // A menu that was made anew meanwhile numbers its lines anew: then the press was for nobody.
            let now = self.lines().await.into_iter().find(|now| now.text == text);
            if now.is_none_or(|now| now.number == line.number) {
                return;
            }
        }
    }

    /// The lines of the menu that have a text.
    pub(crate) async fn lines(&self) -> Vec<Line> {
        let reading = async {
            let asked = (0_i32, -1_i32, Vec::<&str>::new());
            let layout: (u32, Layout) = self.menu().await?.call("GetLayout", &asked).await.ok()?;
            Some(layout.1.2.iter().filter_map(line).collect())
        };
        reading.await.unwrap_or_default()
    }

    async fn item(&self) -> Option<Proxy<'_>> {
        let (name, path) = self.icon.lock().expect("no one panics meanwhile").clone()?;
        self.proxy(name, path, "org.kde.StatusNotifierItem").await
    }

    async fn menu(&self) -> Option<Proxy<'_>> {
        let item = self.item().await?;
        let path: OwnedObjectPath = item.get_property("Menu").await.ok()?;
        self.proxy(item.destination().to_string(), path.to_string(), "com.canonical.dbusmenu").await
    }

    async fn proxy(&self, name: String, path: String, interface: &'static str) -> Option<Proxy<'_>> {
        let builder = zbus::proxy::Builder::new(&self.bus).destination(name).ok()?.path(path).ok()?;
        // Nothing is kept: each look is to see what is there now.
        builder.interface(interface).ok()?.cache_properties(zbus::proxy::CacheProperties::No).build().await.ok()
    }
}

fn line(item: &OwnedValue) -> Option<Line> {
    let item = item.downcast_ref::<&Structure<'_>>().ok()?;
    let [number, properties, _] = item.fields() else { return None };
    let properties = HashMap::<String, OwnedValue>::try_from(properties.try_clone().ok()?).ok()?;
    let text = properties.get("label")?.downcast_ref::<&str>().ok()?.replace('_', "");
    let is_disabled = properties.get("enabled").is_some_and(|enabled| enabled.downcast_ref::<bool>() == Ok(false));
    Some(Line { number: number.downcast_ref().ok()?, text, can_be_pressed: !is_disabled })
}

/// Takes icons in.
struct Watcher {
    icon: Arc<Mutex<Option<Place>>>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// Told a path by some programs, and by others a name on the bus.
    #[expect(clippy::needless_pass_by_value, reason = "zbus hands it over so")]
    fn register_status_notifier_item(&self, told: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let place = if told.starts_with('/') {
            (sender, told.to_owned())
        } else {
            (told.to_owned(), "/StatusNotifierItem".to_owned())
        };
        *self.icon.lock().expect("no one panics meanwhile") = Some(place);
    }

    fn register_status_notifier_host(&self, _told: &str) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        let icon = self.icon.lock().expect("no one panics meanwhile");
        icon.iter().map(|(name, path)| format!("{name}{path}")).collect()
    }
}
