//! Small changes to a JSON object whose text stays where it is: a value put in another's place, a member added or taken out.
//! Everything else keeps its bytes.

use std::ops::Range;

use super::{Fields, Member};

/// Bytes put in the place of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced, in bytes from the beginning; empty to put something in.
    pub at: Range<usize>,
    /// What comes there.
    pub with: Vec<u8>,
}

impl Fields {
    /// Puts another value in the place of a field's, which must be there.
    #[must_use]
    pub fn replace(&self, name: &str, value: &serde_json::Value) -> Option<Edit> {
        let member = self.member(name)?;
        Some(Edit { at: member.value..member.whole.end, with: value.to_string().into_bytes() })
    }

    /// A change of a field's value, which was found in the value alone, as a change of the whole.
    #[must_use]
    pub fn within(&self, name: &str, edit: Edit) -> Option<Edit> {
        let value = self.member(name)?.value;
        Some(Edit { at: value + edit.at.start..value + edit.at.end, with: edit.with })
    }

    /// Adds a member, before all others.
    #[must_use]
    pub fn add(&self, name: &str, value: &serde_json::Value) -> Edit {
        let comma = if self.is_empty_object { "" } else { "," };
        let with = format!("{}:{value}{comma}", serde_json::Value::from(name)).into_bytes();
        Edit { at: self.begin..self.begin, with }
    }

    /// Puts a value where a field has one, and adds the field where it is missing.
    #[must_use]
    pub fn set(&self, name: &str, value: &serde_json::Value) -> Edit {
        self.replace(name, value).unwrap_or_else(|| self.add(name, value))
    }

    /// Takes fields out, with the commas that are too many then.
    #[must_use]
    pub fn remove(&self, names: &[&str]) -> Vec<Edit> {
        let mut members: Vec<&Member> = names.iter().filter_map(|name| self.member(name)).collect();
        members.sort_by_key(|member| member.whole.start);
        // Those that stand at the beginning, one after another, take the comma behind them along, the others the one before.
        let mut edits: Vec<Edit> = Vec::new();
        let mut beginning: Option<Range<usize>> = None;
        for member in members {
            let behind = if member.next == self.end { member.whole.end } else { member.next + 1 };
            match (&mut beginning, member.comma) {
                (_, None) => beginning = Some(member.whole.start..behind),
                (Some(taken), Some(comma)) if comma + 1 == taken.end => taken.end = behind,
                (_, Some(comma)) => edits.push(Edit { at: comma..member.whole.end, with: Vec::new() }),
            }
        }
        edits.extend(beginning.map(|at| Edit { at, with: Vec::new() }));
        edits
    }

    /// What stands around a field's value, to be cut off so that only the value is left; `len` is the length of it all.
    #[must_use]
    pub fn only(&self, name: &str, len: usize) -> Option<Vec<Edit>> {
        let member = self.member(name)?;
        let cut = |at| Edit { at, with: Vec::new() };
        Some(vec![cut(0..member.value), cut(member.whole.end..len)])
    }
}

/// Makes the changes in a text that is at hand as a whole.
#[must_use]
pub fn apply(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut edits: Vec<_> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.at.start);
    let mut changed = Vec::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        changed.extend_from_slice(&text[from..edit.at.start.max(from)]);
        changed.extend_from_slice(&edit.with);
        from = edit.at.end.max(from);
    }
    changed.extend_from_slice(&text[from..]);
    changed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::json::{Field, Outline};

    const FIELDS: &[Field] = &[Field::whole("a"), Field::whole("b"), Field::whole("c")];

    fn read(text: &str) -> Fields {
        let mut outline = Outline::of(FIELDS);
        outline.push(text.as_bytes());
        outline.finish().expect("an object")
    }

    fn changed(text: &str, edits: &[Edit]) -> String {
        String::from_utf8(apply(text.as_bytes(), edits)).expect("text")
    }

    #[test]
    fn what_is_not_changed_keeps_its_bytes() {
        let text = "{ \"a\" : 1 ,\n\"x\":[1, 2],\"b\":\"old\"  }";
        let fields = read(text);

        assert_eq!(
            changed(text, &[fields.set("b", &json!("new")), fields.set("c", &json!(true))]),
            "{\"c\":true, \"a\" : 1 ,\n\"x\":[1, 2],\"b\":\"new\"  }"
        );
        assert_eq!(changed(text, &fields.remove(&["a"])), "{ \n\"x\":[1, 2],\"b\":\"old\"  }");
        assert_eq!(changed(text, &fields.only("b", text.len()).expect("it is there")), "\"old\"");
        assert_eq!(changed("{}", &[read("{}").add("a", &json!(1))]), "{\"a\":1}");
    }

    proptest! {
        #[test]
        fn whatever_is_taken_out_the_rest_is_an_object_still(
            order in Just(vec!["a", "b", "c", "x", "y"]).prop_shuffle(),
            present in prop::collection::vec(any::<bool>(), 5),
            removed in prop::collection::vec(any::<bool>(), 3),
        ) {
            let names: Vec<&str> = order.iter().zip(present).filter(|(_, is)| *is).map(|(name, _)| *name).collect();
            let members: Vec<String> = names.iter().map(|name| format!(" \"{name}\" : [1] ")).collect();
            let text = format!("{{{}}}", members.join(","));
            let out: Vec<&str> = ["a", "b", "c"].into_iter().zip(removed).filter(|(_, is)| *is).map(|(name, _)| name).collect();

            let left: Map<String, Value> = serde_json::from_str(&changed(&text, &read(&text).remove(&out))).expect("an object");

            let expected: Vec<_> = names.iter().filter(|name| !out.contains(*name)).collect();
            prop_assert_eq!(left.len(), expected.len());
            prop_assert!(expected.iter().all(|name| left.contains_key(**name)));
        }
    }
}
