//! CSV (RFC 4180), safe to open in a spreadsheet.

/// One line, without its end.
#[must_use]
pub fn line<Cell: AsRef<str>>(cells: impl IntoIterator<Item = Cell>) -> String {
    cells.into_iter().map(|cell| quoted(cell.as_ref())).collect::<Vec<_>>().join(",")
}

/// A text as one field. A spreadsheet takes a leading = + - @ for a formula: a quote mark disarms it; numbers stay.
fn quoted(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@']) && text.len() > 1 && text.parse::<f64>().is_err();
    let disarmed = if is_formula { format!("'{text}") } else { text.to_owned() };
    if disarmed.contains([',', '"', '\n', '\r']) { format!("\"{}\"", disarmed.replace('"', "\"\"")) } else { disarmed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_cannot_break_out_or_become_a_formula() {
        assert_eq!(quoted("Alex"), "Alex");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("-"), "-");
        assert_eq!(quoted("-12"), "-12");
        assert_eq!(line(["a", "b,c"]), "a,\"b,c\"");
    }
}
