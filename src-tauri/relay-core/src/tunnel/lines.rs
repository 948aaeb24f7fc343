//! The lines that programs print.

/// A line without the sequences that colour it (ECMA-48, 5.4).
pub(super) fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter != '\u{1b}' {
            plain.push(letter);
            continue;
        }
        if letters.next() == Some('[') {
            letters.find(|letter| ('\u{40}'..='\u{7e}').contains(letter));
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_do_not_hide_what_is_said() {
        let coloured = "\u{1b}[2m2022-09-17T10:25:24Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m bore_cli: listening at bore.pub:5\u{1b}[0m";

        assert_eq!(without_colours(coloured), "2022-09-17T10:25:24Z  INFO bore_cli: listening at bore.pub:5");
    }
}
