//! A call made ready for an account, as the relay does it: for tests.

use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::{CannotServe, Outgoing, Prepared, Provider};
use crate::{
    call::{Asked, Operation},
    convert::Conversion,
    dialect::Dialect,
    json::{Outline, apply},
    options::Options,
};

/// A call as it came.
pub(crate) struct Rehearsal<'a> {
    pub(crate) dialect: &'static Dialect,
    pub(crate) operation: Operation,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) asked: Asked,
    pub(crate) body: &'a str,
    pub(crate) headers: &'a [(&'static str, &'static str)],
    pub(crate) base: &'a str,
    pub(crate) options: Options,
}

/// What the provider made of it.
#[derive(Debug)]
pub(crate) struct Rehearsed {
    pub(crate) address: String,
    pub(crate) body: String,
    pub(crate) headers: HeaderMap,
    pub(crate) conversion: Option<Box<dyn Conversion>>,
}

/// A call that generates an answer in one piece.
pub(crate) fn generate<'a>(
    dialect: &'static Dialect,
    path: &'a str,
    model: &str,
    body: &'a str,
    base: &'a str,
) -> Rehearsal<'a> {
    Rehearsal {
        dialect,
        operation: Operation::Generate,
        path,
        query: None,
        asked: Asked { model: Some(model.to_owned()), ..Asked::default() },
        body,
        headers: &[],
        base,
        options: Options::default(),
    }
}

impl Rehearsal<'_> {
    /// Makes it ready.
    pub(crate) fn prepare(&self, provider: &Provider) -> Result<Rehearsed, CannotServe> {
        let mut outline = Outline::of(self.dialect.asked_fields);
        outline.push(self.body.as_bytes());
        let fields = outline.finish().expect("a body that is an object");
        let base = Url::parse(self.base).expect("a base URL");
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut headers: HeaderMap = self.headers.iter().map(header).collect();
        let Prepared { address, edits, conversion } = (provider.prepare)(Outgoing {
            dialect: self.dialect,
            operation: self.operation,
            path: self.path,
            query: self.query,
            asked: &self.asked,
            fields: &fields,
            body_len: self.body.len(),
            headers: &mut headers,
            base: &base,
            options: &self.options,
            call_id: "call_1",
        })?;
        let body = String::from_utf8(apply(self.body.as_bytes(), &edits)).expect("text");
        Ok(Rehearsed { address: address.to_string(), body, headers, conversion })
    }
}
