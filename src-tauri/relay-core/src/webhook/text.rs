//! A note as the text of a message: made harmless line by line, and cut where a format ends.

use super::Note;

/// What stands where lines were left out.
const MORE: &str = "…";

/// How a format counts the length of a text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Length {
    /// In characters (Unicode scalar values).
    Characters(usize),
    /// In UTF-16 code units.
    Utf16(usize),
    /// In bytes of UTF-8.
    Bytes(usize),
}

impl Length {
    fn most(self) -> usize {
        match self {
            Self::Characters(most) | Self::Utf16(most) | Self::Bytes(most) => most,
        }
    }

    fn of_letter(self, letter: char) -> usize {
        match self {
            Self::Characters(_) => 1,
            Self::Utf16(_) => letter.len_utf16(),
            Self::Bytes(_) => letter.len_utf8(),
        }
    }

    fn of(self, text: &str) -> usize {
        text.chars().map(|letter| self.of_letter(letter)).sum()
    }
}

/// The text of a note: each line made harmless, and whole lines left out where it would be too long.
pub(super) fn of(note: &Note, length: Length, harmless: impl Fn(&str) -> String) -> String {
    let lines = note.lines.iter().map(|line| one_line(line));
    let all: Vec<String> = std::iter::once(one_line(&note.title)).chain(lines).map(|line| harmless(&line)).collect();
    let whole = all.join("\n");
    if length.of(&whole) <= length.most() {
        return whole;
    }
    let room = length.most() - length.of(MORE) - 1;
    let mut kept = String::new();
    for line in all {
        let longer = if kept.is_empty() { line } else { format!("{kept}\n{line}") };
        if length.of(&longer) > room {
            if kept.is_empty() {
                kept = cut(&longer, length, room);
            }
            break;
        }
        kept = longer;
    }
    format!("{kept}\n{MORE}")
}

/// A name could hold a line break, and so write lines of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn cut(text: &str, length: Length, room: usize) -> String {
    let mut used = 0;
    let fits = |letter: &char| {
        used += length.of_letter(*letter);
        used <= room
    };
    text.chars().take_while(fits).collect()
}
