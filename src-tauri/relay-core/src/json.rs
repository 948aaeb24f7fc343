//! The top-level fields of a JSON object, found while its bytes pass by and without reading what lies deeper.
//!
//! A request may be megabytes of conversation of which two fields matter. This looks only at quotes and brackets, piece
//! by piece as they come, so that nothing has to be put together or kept; it is strict about the top level and leaves the
//! inside to the provider.

mod edit;
mod inside;
mod list;
mod outline;

use std::ops::Range;

pub use self::{
    edit::{Edit, apply},
    list::{Elements, Part},
    outline::Outline,
};

/// A text that is no JSON object, as far as can be told from its outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnObject {
    /// It does not begin with a brace, something stands where it may not, or something follows the last brace.
    #[error("it is not one JSON object")]
    Shape,
    /// It ends in the middle.
    #[error("it ends in the middle")]
    Cut,
    /// Two fields have one name, so that two readers could read different things.
    #[error("the field '{0}' stands in it twice")]
    Twice(&'static str),
    /// A field that should be small is not.
    #[error("the field '{0}' is too long")]
    TooLong(&'static str),
}

/// A field that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    name: &'static str,
    keep: Keep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Whole,
    Beginning(usize),
    Object(&'static [Field]),
}

impl Field {
    /// A field that must be read whole: it is refused where it is too long or stands twice.
    #[must_use]
    pub const fn whole(name: &'static str) -> Self {
        Self { name, keep: Keep::Whole }
    }

    /// A field of which at most so many bytes are kept; where it stands twice, of the first.
    #[must_use]
    pub const fn beginning(name: &'static str, bytes: usize) -> Self {
        Self { name, keep: Keep::Beginning(bytes) }
    }

    /// An object in which these fields are looked for, and of which nothing else is kept: it is refused where it stands
    /// twice. A value that is no object has no such fields.
    #[must_use]
    pub const fn object(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, keep: Keep::Object(fields) }
    }
}

/// The fields that were looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    names: &'static [Field],
    /// In the order of their names.
    members: Vec<Option<Member>>,
    /// Behind the first brace, and where the last one stands, in bytes from the beginning.
    begin: usize,
    end: usize,
    is_empty_object: bool,
}

/// A field that was found, and where: in bytes from the beginning of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Its raw value, or the beginning of that.
    text: Vec<u8>,
    /// What was found in it, where it is an object that was looked into.
    inside: Option<Box<Fields>>,
    /// From the quote its name begins with to behind its value.
    whole: Range<usize>,
    /// Where its value begins.
    value: usize,
    /// The comma before it; `None` where it is the first.
    comma: Option<usize>,
    /// The byte behind it that is no white space: a comma or the last brace.
    next: usize,
}

impl Fields {
    /// The raw value of a field, or its beginning; `None` where the text has none of this name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&[u8]> {
        self.member(name).map(|member| &*member.text)
    }

    /// Reads a field's value; `null` and a missing one are the same.
    ///
    /// # Errors
    /// When it is of another type.
    pub fn read<'a, T: serde::Deserialize<'a>>(&'a self, name: &str) -> serde_json::Result<Option<T>> {
        let parsed = self.text(name).map(serde_json::from_slice::<Option<T>>).transpose();
        parsed.map(Option::flatten)
    }

    /// The same without the texts of which only the beginnings were kept: they may be long, and matter only once.
    #[must_use]
    pub fn without_beginnings(mut self) -> Self {
        for (field, member) in self.names.iter().zip(&mut self.members) {
            let Some(member) = member else { continue };
            if let Keep::Beginning(_) = field.keep {
                member.text = Vec::new();
            }
            member.inside = member.inside.take().map(|inside| Box::new(inside.without_beginnings()));
        }
        self
    }

    /// What was found in a field that was looked into: its places, too, are those in the whole text.
    #[must_use]
    pub fn inside(&self, name: &str) -> Option<&Self> {
        self.member(name)?.inside.as_deref()
    }

    /// Where a field's value stands, in bytes from the beginning of the text.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<Range<usize>> {
        self.member(name).map(|member| member.value..member.whole.end)
    }

    fn member(&self, name: &str) -> Option<&Member> {
        let place = self.names.iter().position(|field| field.name == name)?;
        self.members.get(place)?.as_ref()
    }
}
