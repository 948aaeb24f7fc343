//! The tray: an icon that says how the relay stands, a title with the figures, and a menu.
//!
//! What shows here is what the window shows: the same figures, the same texts. Only what changed is set, because each
//! change is a message to the desktop.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex},
};

use carpool_ipc::{
    event::{INVITE, ROTATE_ALL},
    live::Live,
    settings::Language,
    status::{Relay, Status},
    texts::texts,
    tunnel::Light,
};
use tauri::{
    AppHandle, Emitter, Manager, Wry,
    image::Image,
    include_image,
    menu::{Menu, MenuBuilder, MenuEvent, MenuItem, PredefinedMenuItem},
    tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent},
};
use tauri_plugin_clipboard_manager::ClipboardExt;

use super::{host::Host, quit};

/// The ids of the menu's items that do something.
const COPY: &str = "copy";
const INVITE_SOMEBODY: &str = "invite";
const PAUSE: &str = "pause";
const ROTATE: &str = "rotate";
const OPEN: &str = "open";
const QUIT: &str = "quit";

/// The tray, and what it shows.
struct Tray {
    icon: TrayIcon,
    status: MenuItem<Wry>,
    reach: MenuItem<Wry>,
    calls: MenuItem<Wry>,
    today: MenuItem<Wry>,
    top: MenuItem<Wry>,
    copy: MenuItem<Wry>,
    invite: MenuItem<Wry>,
    pause: MenuItem<Wry>,
    rotate: MenuItem<Wry>,
    open: MenuItem<Wry>,
    quit: MenuItem<Wry>,
    shown: Mutex<Option<Face>>,
}

/// Everything the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Face {
    state: State,
    title: String,
    status: String,
    reach: String,
    calls: String,
    today: String,
    top: String,
    can_copy: bool,
    is_paused: bool,
    language: Language,
}

/// How the relay stands, as far as an icon can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up,
    Paused,
    Trouble,
}

impl State {
    fn image(self) -> Image<'static> {
        match self {
            Self::Up => include_image!("icons/tray-up.png"),
            Self::Paused => include_image!("icons/tray-paused.png"),
            Self::Trouble => include_image!("icons/tray-trouble.png"),
        }
    }
}

/// Says whether this desktop shows tray icons.
pub(super) fn is_shown_here() -> bool {
    #[cfg(target_os = "linux")]
    {
        let asked = zbus::blocking::Connection::session().and_then(|bus| {
            let proxy = zbus::blocking::fdo::DBusProxy::new(&bus)?;
            let watcher = "org.kde.StatusNotifierWatcher".try_into().expect("this is a bus name");
            Ok(proxy.name_has_owner(watcher)?)
        });
        asked.unwrap_or(false)
    }
    #[cfg(not(target_os = "linux"))]
    true
}

/// Says whether there is an icon to show.
pub(super) fn is_made(app: &AppHandle) -> bool {
    app.try_state::<Tray>().is_some()
}

/// Puts the icon into the tray; says whether that worked.
pub(super) fn make(app: &AppHandle) -> bool {
    // On Linux the library behind it is loaded only now, and a missing one panics.
    match panic::catch_unwind(AssertUnwindSafe(|| build(app))) {
        Ok(Ok(tray)) => app.manage(tray),
        Ok(Err(error)) => {
            tracing::warn!(%error, "there is no tray");
            false
        }
        Err(_) => {
            tracing::warn!("there is no tray: its library is missing");
            false
        }
    }
}

fn build(app: &AppHandle) -> tauri::Result<Tray> {
    let words = texts(Language::default());
    let line = |id: &str, enabled| MenuItem::with_id(app, id, "", enabled, None::<&str>);
    let tray = (
        line("status", false)?,
        line("reach", false)?,
        line("calls", false)?,
        line("today", false)?,
        line("top", false)?,
    );
    let item = |id: &str, text: &str| MenuItem::with_id(app, id, text, true, None::<&str>);
    let copy = item(COPY, words.tray.copy_address)?;
    let invite = item(INVITE_SOMEBODY, words.tray.invite)?;
    let pause = item(PAUSE, words.tray.pause_sharing)?;
    let rotate = item(ROTATE, words.tray.rotate_all)?;
    let open = item(OPEN, words.tray.open)?;
    let quit = item(QUIT, words.tray.quit)?;
    let menu: Menu<Wry> = MenuBuilder::new(app)
        .items(&[&tray.0, &tray.1, &tray.2, &tray.3, &tray.4])
        .item(&PredefinedMenuItem::separator(app)?)
        .items(&[&copy, &invite, &pause, &rotate])
        .item(&PredefinedMenuItem::separator(app)?)
        .items(&[&open, &quit])
        .build()?;
    let icon = TrayIconBuilder::with_id("carpool")
        .icon(State::Up.image())
        .tooltip("Carpool")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| chosen(app, &event))
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event {
                super::show(tray.app_handle());
            }
        })
        .build(app)?;
    let (status, reach, calls, today, top) = tray;
    Ok(Tray {
        icon,
        status,
        reach,
        calls,
        today,
        top,
        copy,
        invite,
        pause,
        rotate,
        open,
        quit,
        shown: Mutex::default(),
    })
}

fn chosen(app: &AppHandle, event: &MenuEvent) {
    match event.id().as_ref() {
        COPY => copy_address(app),
        INVITE_SOMEBODY => ask_in_window(app, INVITE),
        PAUSE => pause_or_resume(app),
        ROTATE => ask_in_window(app, ROTATE_ALL),
        OPEN => super::show(app),
        QUIT => quit::gently(app),
        _ => {}
    }
}

fn copy_address(app: &AppHandle) {
    if let Some(address) = app.state::<Arc<Host>>().status().for_friends()
        && let Err(error) = app.clipboard().write_text(address.url)
    {
        tracing::warn!(%error, "the address cannot be copied");
    }
}

fn pause_or_resume(app: &AppHandle) {
    let host = Arc::clone(&app.state::<Arc<Host>>());
    tauri::async_runtime::spawn(async move {
        let is_paused = host.status().sharing_paused;
        if let Err(error) = host.pause_sharing(!is_paused).await {
            tracing::warn!(reason = error.message, "sharing could not be paused or resumed");
        }
    });
}

/// The window asks whom to invite, or before anything is replaced.
fn ask_in_window(app: &AppHandle, event: &str) {
    super::show(app);
    if let Err(error) = app.emit(event, ()) {
        tracing::warn!(%error, event, "the window could not be told to ask");
    }
}

/// Shows how things are.
pub(super) fn update(app: &AppHandle, status: &Status, live: &Live) {
    let Some(tray) = app.try_state::<Tray>() else { return };
    let face = face(status, live);
    let mut shown = tray.shown.lock().expect("no one panics while holding the tray's face");
    if shown.as_ref() == Some(&face) {
        return;
    }
    if let Err(error) = tray.show(shown.as_ref(), &face) {
        tracing::warn!(%error, "the tray could not be changed");
    }
    *shown = Some(face);
}

impl Tray {
    fn show(&self, old: Option<&Face>, new: &Face) -> tauri::Result<()> {
        let differs = |part: fn(&Face) -> &str| old.is_none_or(|old| part(old) != part(new));
        if old.is_none_or(|old| old.state != new.state) {
            self.icon.set_icon(Some(new.state.image()))?;
        }
        if differs(|face| &face.title) {
            self.icon.set_title(Some(&new.title))?;
        }
        for (item, part) in [
            (&self.status, (|face| &face.status) as fn(&Face) -> &str),
            (&self.reach, |face| &face.reach),
            (&self.calls, |face| &face.calls),
            (&self.today, |face| &face.today),
            (&self.top, |face| &face.top),
        ] {
            if differs(part) {
                item.set_text(part(new))?;
            }
        }
        if old.is_none_or(|old| old.can_copy != new.can_copy) {
            self.copy.set_enabled(new.can_copy)?;
            self.invite.set_enabled(new.can_copy)?;
            self.pause.set_enabled(new.can_copy)?;
            self.rotate.set_enabled(new.can_copy)?;
        }
        if old.is_none_or(|old| (old.language, old.is_paused) != (new.language, new.is_paused)) {
            let words = texts(new.language).tray;
            self.pause.set_text(if new.is_paused { words.resume_sharing } else { words.pause_sharing })?;
            self.copy.set_text(words.copy_address)?;
            self.invite.set_text(words.invite)?;
            self.rotate.set_text(words.rotate_all)?;
            self.open.set_text(words.open)?;
            self.quit.set_text(words.quit)?;
        }
        Ok(())
    }
}

fn face(status: &Status, live: &Live) -> Face {
    let language = status.language.unwrap_or_else(system_language);
    let words = texts(language).tray;
    let is_up = matches!(status.relay, Relay::Up { .. });
    let (state, line) = match &status.relay {
        Relay::Up { trouble: Some(_), .. } | Relay::Down { .. } => (State::Trouble, words.down.to_owned()),
        Relay::Up { .. } if status.sharing_paused => (State::Paused, words.paused.to_owned()),
        // The relay is well, but nobody comes this far.
        Relay::Up { .. } if status.tunnel.light == Light::Red => (State::Trouble, words.up.to_owned()),
        Relay::Up { .. } => (State::Up, words.up.to_owned()),
        Relay::Starting => (State::Paused, words.starting.to_owned()),
        Relay::Stopping { calls } => (State::Paused, (words.finishing)(*calls)),
    };
    let top = live.top_friend.as_ref();
    let today = status.shown.money(live.today.cost);
    Face {
        state,
        title: format!("{today} · {}", live.calls.len()),
        status: line,
        reach: reach(status, language),
        calls: (words.calls_now)(live.calls.len()),
        today: (words.today)(&today, live.today.calls),
        top: top.map_or_else(
            || words.nobody_yet.to_owned(),
            |(name, cost)| (words.top_friend)(name, &status.shown.money(*cost)),
        ),
        can_copy: is_up,
        is_paused: status.sharing_paused,
        language,
    }
}

/// The traffic light, in words; where no tunnel is wanted, who else reaches this machine.
fn reach(status: &Status, language: Language) -> String {
    let words = texts(language).tunnel;
    match (status.tunnel.light, &status.relay) {
        (Light::Off, Relay::Up { lan_url: Some(_), .. }) => words.network,
        (light, _) => (words.light)(light),
    }
    .to_owned()
}

/// The language of the desktop.
pub(super) fn system_language() -> Language {
    sys_locale::get_locale().map_or(Language::default(), |tag| Language::of_system(&tag))
}

#[cfg(test)]
mod tests {
    use carpool_ipc::{
        Money,
        money::{Currency, Rate, Shown},
        settings::Theme,
        status::{Mode, Trouble, TroubleKind},
        tunnel::Tunnel,
        usage::Sums,
    };

    use super::*;

    fn status(relay: Relay, sharing_paused: bool) -> Status {
        Status {
            version: "0.1.0".to_owned(),
            mode: Mode::Own,
            relay,
            tunnel: Tunnel::default(),
            sharing_paused,
            first_run: None,
            theme: Theme::System,
            language: Some(Language::English),
            shown: Shown::default(),
            has_tray: true,
        }
    }

    fn up() -> Relay {
        Relay::Up { url: "http://127.0.0.1:8787".to_owned(), lan_url: None, trouble: None }
    }

    #[test]
    fn the_icon_differs_for_up_paused_and_trouble() {
        let trouble = Trouble {
            kind: TroubleKind::PortTaken,
            message: String::new(),
            port: None,
            holder: None,
            data_dir: String::new(),
        };
        let state = |relay, paused| face(&status(relay, paused), &Live::default()).state;

        assert_eq!(state(up(), false), State::Up);
        assert_eq!(state(up(), true), State::Paused);
        assert_eq!(state(Relay::Down { trouble }, false), State::Trouble);
    }

    #[test]
    fn the_traffic_light_is_told_in_words() {
        let mut status = status(up(), false);
        assert_eq!(face(&status, &Live::default()).reach, "Reachable from here only");

        status.tunnel.light = Light::Red;
        let red = face(&status, &Live::default());
        assert_eq!((red.reach.as_str(), red.state), ("Friends do not reach you", State::Trouble));
        status.tunnel.light = Light::Off;
        status.relay =
            Relay::Up { url: String::new(), lan_url: Some("http://192.168.1.5:1".to_owned()), trouble: None };
        assert_eq!(face(&status, &Live::default()).reach, "Your local network");
    }

    #[test]
    fn the_figures_are_those_of_today_in_the_owners_currency() {
        let today = Sums { calls: 3, cost: Money(1_250_000_000_000), ..Sums::default() };
        let live = Live { today, top_friend: Some(("Alex".to_owned(), Money(1_000_000_000_000))), ..Live::default() };
        let shown = Shown { currency: Currency { code: "CNY".to_owned(), digits: 2 }, rate: Rate(710_000_000) };

        let dollars = face(&status(up(), false), &live);
        let yuan = face(&Status { shown, ..status(up(), false) }, &live);

        assert_eq!(dollars.title, "$1.25 · 0");
        assert_eq!(dollars.today, "Today: $1.25, 3 calls");
        assert_eq!(dollars.top, "Most today: Alex, $1.00");
        assert_eq!(dollars.calls, "No calls now");
        assert_eq!([yuan.title.as_str(), &yuan.top], ["¥8.88 · 0", "Most today: Alex, ¥7.10"]);
    }
}
