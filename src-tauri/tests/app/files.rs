//! The system's dialog in which a file is saved: a window of its own, which an owner types a path into.

use std::path::Path;

use x11rb::{
    connection::Connection,
    protocol::{
        xproto::{AtomEnum, ConnectionExt, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MapState, Window},
        xtest::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

use crate::{desktop::Desktop, launch::PATIENCE, support::eventually};

/// The title that GTK gives it in English.
const TITLE: &str = "Save File";
/// Keys by their keysyms (X11/keysymdef.h); letters are their own.
const RETURN: u32 = 0xff0d;
const SHIFT: u32 = 0xffe1;
const CONTROL: u32 = 0xffe3;

/// Waits for the dialog, types where the file goes, and waits until it is there.
pub(crate) async fn save_as(desktop: &Desktop, file: &Path) -> String {
    let keyboard = Keyboard::of(desktop);
    let dialog = eventually("the dialog is shown", PATIENCE, async || keyboard.window(TITLE)).await;
    keyboard.focus(dialog);
    keyboard.press(&[CONTROL], u32::from('a'));
    for letter in file.to_str().expect("UTF-8").chars() {
        keyboard.write(letter);
    }
    keyboard.press(&[], RETURN);
    eventually("the file is written", PATIENCE, async || {
        std::fs::read_to_string(file).ok().filter(|text| !text.is_empty())
    })
    .await
}

/// The keyboard of a display.
struct Keyboard {
    display: RustConnection,
    root: Window,
    first: u8,
    per_key: usize,
    keysyms: Vec<u32>,
}

impl Keyboard {
    fn of(desktop: &Desktop) -> Self {
        let (display, screen) = RustConnection::connect(Some(desktop.display.name())).expect("the display");
        let setup = display.setup();
        let (root, first) = (setup.roots[screen].root, setup.min_keycode);
        let asked = display.get_keyboard_mapping(first, setup.max_keycode - first + 1).expect("asked");
        let mapping = asked.reply().expect("a keyboard");
        let per_key = usize::from(mapping.keysyms_per_keycode);
        Self { display, root, first, per_key, keysyms: mapping.keysyms }
    }

    /// A window that can be seen, by its title.
    fn window(&self, title: &str) -> Option<Window> {
        let all = self.display.query_tree(self.root).ok()?.reply().ok()?.children;
        all.into_iter().find(|&window| {
            let name = self.display.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 256);
            let name = name.ok().and_then(|asked| asked.reply().ok()).map(|reply| reply.value).unwrap_or_default();
            let seen = self.display.get_window_attributes(window).ok().and_then(|asked| asked.reply().ok());
            name == title.as_bytes() && seen.is_some_and(|seen| seen.map_state == MapState::VIEWABLE)
        })
    }

    fn focus(&self, window: Window) {
        self.display.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).expect("sent");
        self.display.sync();
    }

    fn write(&self, letter: char) {
        let keysym = u32::from(letter);
        let is_shifted = self.place(keysym).is_some_and(|(_, column)| column == 1);
        self.press(if is_shifted { &[SHIFT] } else { &[] }, keysym);
    }

    /// Presses a key while others are held.
    fn press(&self, held: &[u32], keysym: u32) {
        let keys: Vec<u8> = held.iter().chain([&keysym]).filter_map(|one| Some(self.place(*one)?.0)).collect();
        assert_eq!(keys.len(), held.len() + 1, "the keyboard has no {keysym:#x}");
        for key in &keys {
            self.fake(KEY_PRESS_EVENT, *key);
        }
        for key in keys.iter().rev() {
            self.fake(KEY_RELEASE_EVENT, *key);
        }
        self.display.sync();
    }

    fn fake(&self, what: u8, key: u8) {
        self.display.xtest_fake_input(what, key, 0, self.root, 0, 0, 0).expect("sent");
    }

    /// The key of a keysym, and in which of its columns it is.
    fn place(&self, keysym: u32) -> Option<(u8, usize)> {
        let at = self.keysyms.iter().position(|known| *known == keysym)?;
        Some((self.first + u8::try_from(at / self.per_key).ok()?, at % self.per_key))
    }
}

/// Waits until everything that was sent is done.
trait Sync {
    fn sync(&self);
}

impl Sync for RustConnection {
    fn sync(&self) {
        self.get_input_focus().expect("sent").reply().expect("an answer");
    }
}
