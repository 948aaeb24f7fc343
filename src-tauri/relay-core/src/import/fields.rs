//! Fields of a Redis hash as an export writes them: everything is a text, and what is not set is empty, `0`, `false` or not
//! there at all.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// A record of the export.
pub(super) struct Fields<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty() && *text != "null")
    }

    /// A number that is not zero, as it is written.
    pub(super) fn number(&self, name: &str) -> Result<Option<String>, String> {
        let text = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(format!("{name} is no number")),
        };
        if matches!(text.as_str(), "" | "null" | "undefined" | "NaN") {
            return Ok(None);
        }
        let number: f64 = text.parse().map_err(|_| format!("{name} is '{text}', which is no number"))?;
        if number < 0.0 { Err(format!("{name} is negative")) } else { Ok((number > 0.0).then_some(text)) }
    }

    /// A count that is not zero.
    pub(super) fn count(&self, name: &str) -> Result<Option<i64>, String> {
        let Some(text) = self.number(name)? else { return Ok(None) };
        // JavaScript may have written 5 as 5.0.
        let whole = text.strip_suffix(".0").unwrap_or(&text);
        whole.parse().map(Some).map_err(|_| format!("{name} is '{text}', which is no whole number"))
    }

    /// Whether something is switched on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Bool(true))) || self.text(name) == Some("true")
    }

    /// A list of words: an array, an array as a text, or words with commas between them.
    pub(super) fn words(&self, name: &str) -> Result<Vec<String>, String> {
        let texts = |values: &[Value]| -> Result<Vec<String>, String> {
            let text =
                |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| format!("{name} is no list of words"));
            values.iter().map(text).collect()
        };
        match self.0.get(name) {
            Some(Value::Array(values)) => texts(values),
            Some(Value::String(text)) if text.trim_start().starts_with('[') => {
                let values: Vec<Value> = serde_json::from_str(text).map_err(|_| format!("{name} is no list"))?;
                texts(&values)
            }
            Some(Value::String(text)) => {
                Ok(text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// A time.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, String> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("{name} is '{text}', which is no time"))
    }

    /// An object within, or one as a text.
    pub(super) fn object(&self, name: &str) -> Option<&'a Map<String, Value>> {
        self.0.get(name)?.as_object()
    }
}
