//! The top-level fields of a JSON object, found without reading what lies deeper.
//!
//! A request may be megabytes of conversation of which two fields matter. This looks only at quotes and brackets, so that
//! it costs about as much as copying the bytes; it is strict about the top level and leaves the inside to the provider.

use memchr::memchr;

/// A text that is no JSON object, as far as can be told from its outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnObject {
    /// It does not begin with a brace, or something follows the last one.
    #[error("it is not one JSON object")]
    Shape,
    /// It ends in the middle.
    #[error("it ends in the middle")]
    Cut,
    /// Two fields have one name, so that two readers could read different things.
    #[error("the field '{0}' stands in it twice")]
    Twice(&'static str),
}

/// Finds the named top-level fields of an object: the raw text of each value, in the order of `names`.
///
/// # Errors
/// [`NotAnObject`] when the outline is not that of one object, or a wanted field stands in it twice.
pub fn fields<'a, const N: usize>(
    text: &'a [u8],
    names: [&'static str; N],
) -> Result<[Option<&'a [u8]>; N], NotAnObject> {
    let mut found = [None; N];
    let mut cursor = Cursor { text, at: 0 };
    cursor.expect(b'{')?;
    if cursor.peek()? == b'}' {
        cursor.at += 1;
    } else {
        loop {
            let name = cursor.string()?;
            cursor.expect(b':')?;
            let value = cursor.value()?;
            if let Some(place) = names.iter().position(|wanted| is_named(name, wanted))
                && found[place].replace(value).is_some()
            {
                return Err(NotAnObject::Twice(names[place]));
            }
            match cursor.next()? {
                b',' => {}
                b'}' => break,
                _ => return Err(NotAnObject::Shape),
            }
        }
    }
    if cursor.text[cursor.at..].iter().all(u8::is_ascii_whitespace) { Ok(found) } else { Err(NotAnObject::Shape) }
}

/// Compares a field's quoted name, which may be written with escapes.
fn is_named(quoted: &[u8], wanted: &str) -> bool {
    if quoted.contains(&b'\\') {
        return serde_json::from_slice::<String>(quoted).is_ok_and(|name| name == wanted);
    }
    quoted.get(1..quoted.len() - 1) == Some(wanted.as_bytes())
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The next byte that is no white space; it stays where it is.
    fn peek(&mut self) -> Result<u8, NotAnObject> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(NotAnObject::Cut),
            }
        }
    }

    fn next(&mut self) -> Result<u8, NotAnObject> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn expect(&mut self, wanted: u8) -> Result<(), NotAnObject> {
        if self.next()? == wanted { Ok(()) } else { Err(NotAnObject::Shape) }
    }

    /// A quoted string, quotes included.
    fn string(&mut self) -> Result<&'a [u8], NotAnObject> {
        self.expect(b'"')?;
        let start = self.at - 1;
        self.skip_string()?;
        Ok(&self.text[start..self.at])
    }

    /// Goes behind the closing quote of a string whose opening one was passed. Only quotes are looked for: long texts are
    /// full of escapes, but a quote is the end unless an odd number of backslashes stands before it.
    fn skip_string(&mut self) -> Result<(), NotAnObject> {
        let start = self.at;
        loop {
            let rest = self.text.get(self.at..).ok_or(NotAnObject::Cut)?;
            let quote = self.at + memchr(b'"', rest).ok_or(NotAnObject::Cut)?;
            self.at = quote + 1;
            let backslashes = self.text[start..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
            if backslashes % 2 == 0 {
                return Ok(());
            }
        }
    }

    /// Any value, from its first byte to its last.
    fn value(&mut self) -> Result<&'a [u8], NotAnObject> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => return self.string(),
            b'{' | b'[' => self.skip_nested()?,
            b',' | b'}' | b']' | b':' => return Err(NotAnObject::Shape),
            _ => {
                let rest = &self.text[self.at..];
                let end = rest.iter().position(|byte| matches!(byte, b',' | b'}') || byte.is_ascii_whitespace());
                self.at += end.ok_or(NotAnObject::Cut)?;
            }
        }
        Ok(&self.text[start..self.at])
    }

    /// Goes behind the bracket that closes the one at the cursor. Of nested values only the outline counts: strings are
    /// skipped, and each kind of bracket is counted on its own.
    fn skip_nested(&mut self) -> Result<(), NotAnObject> {
        let (mut braces, mut brackets) = (0_usize, 0_usize);
        loop {
            let byte = *self.text.get(self.at).ok_or(NotAnObject::Cut)?;
            self.at += 1;
            match byte {
                b'"' => self.skip_string()?,
                b'{' => braces += 1,
                b'[' => brackets += 1,
                b'}' => braces = braces.checked_sub(1).ok_or(NotAnObject::Shape)?,
                b']' => brackets = brackets.checked_sub(1).ok_or(NotAnObject::Shape)?,
                _ => {
                    // Between strings and brackets there are only short numbers, words and white space.
                    continue;
                }
            }
            if braces == 0 && brackets == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn found<'a>(text: &'a str, names: [&'static str; 2]) -> Result<[Option<&'a str>; 2], NotAnObject> {
        let to_str = |value: &'a [u8]| std::str::from_utf8(value).expect("a piece of a str");
        Ok(fields(text.as_bytes(), names)?.map(|value| value.map(to_str)))
    }

    #[test]
    fn only_fields_of_the_top_level_are_found() {
        let text = r#" {"a":{"model":"no"},"model" : "yes\"}" ,"list":[{"model":1},"]"],"stream":true} "#;

        assert_eq!(found(text, ["model", "stream"]), Ok([Some(r#""yes\"}""#), Some("true")]));
        assert_eq!(found("{}", ["model", "stream"]), Ok([None, None]));
    }

    #[test]
    fn a_name_written_with_escapes_is_the_same_name() {
        assert_eq!(found(r#"{"mod\u0065l":1}"#, ["model", "stream"]), Ok([Some("1"), None]));
        assert_eq!(found(r#"{"model":1,"mod\u0065l":2}"#, ["model", "x"]), Err(NotAnObject::Twice("model")));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "{", "[]", "nul", "{\"a\"", "{\"a\":", "{\"a\":\"", "{\"a\":\"\\", "{\"a\":[1,2}", "{\"a\":1"] {
            assert!(found(text, ["a", "b"]).is_err(), "{text}");
        }
        for text in ["{}x", "{\"a\":1}{\"a\":2}", "{\"a\":}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{a:1}", "{,}"] {
            assert_eq!(found(text, ["a", "b"]), Err(NotAnObject::Shape), "{text}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~äß漢😀\"\\\\\n{}\\[\\]:,]{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map("[a-z\"\\\\{}]{0,6}", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_fields_are_those_a_whole_parser_finds(a in any_json(), b in any_json(), other in any_json()) {
            let text = json!({ "a": a, "other": other, "b": b });
            for text in [text.to_string(), serde_json::to_string_pretty(&text).expect("writes")] {
                let [found_a, found_b] = fields(text.as_bytes(), ["a", "b"]).expect("an object");
                let parsed = |raw: Option<&[u8]>| serde_json::from_slice::<Value>(raw.expect("found")).expect("a value");
                prop_assert_eq!(parsed(found_a), a.clone());
                prop_assert_eq!(parsed(found_b), b.clone());
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in prop::collection::vec(prop::sample::select(b"{}[]\":,\\ a1\xff".to_vec()), 0..40)) {
            let _ = fields(&text, ["a", "1"]);
        }
    }
}
