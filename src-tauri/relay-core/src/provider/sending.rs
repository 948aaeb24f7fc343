//! A call on its way to an account: what a provider is given of it, and what it makes of it.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, Method, Uri, uri::InvalidUri};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::{UnsendableSecret, join};
use crate::{
    call::{Asked, Operation},
    convert::{Conversion, WithoutExtra},
    dialect::Dialect,
    json::{Edit, Fields},
    options::Options,
};

/// A call that is about to be sent to an account.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// The dialect it is written in.
    pub dialect: &'static Dialect,
    /// What it asks for.
    pub operation: Operation,
    /// Its path, as the vendor of the dialect spells it.
    pub path: &'a str,
    /// Its query, without a client key.
    pub query: Option<&'a str>,
    /// What it asks.
    pub asked: &'a Asked,
    /// The fields of its body that the dialect looks for.
    pub fields: &'a Fields,
    /// How long its body is, in bytes.
    pub body_len: usize,
    /// Its headers, which may be changed.
    pub headers: &'a mut HeaderMap,
    /// The address of the account's calls.
    pub base: &'a Url,
    /// What the account is set to.
    pub options: &'a Options,
    /// Names the call in the ledger.
    pub call_id: &'a str,
}

/// A call that is ready for an account.
#[derive(Debug)]
pub struct Prepared {
    /// Where it goes.
    pub address: Uri,
    /// What of its body is changed, in bytes of the body as it came.
    pub edits: Vec<Edit>,
    /// What its answer, if it is a success, goes through on the way to the client.
    pub conversion: Option<Box<dyn Conversion>>,
}

/// Why an account cannot be sent a call after all.
#[derive(Debug, thiserror::Error)]
pub enum CannotServe {
    /// The address is none.
    #[error("the address cannot be asked for: {0}")]
    Address(#[from] InvalidUri),
    /// The account lacks something it must be set to.
    #[error("the account has no {0}: set it with `carpool account set`")]
    Missing(&'static str),
    /// The caller asks for something that accounts of this provider cannot do.
    #[error("{0}")]
    Call(&'static str),
}

impl Outgoing<'_> {
    /// What the account calls the model that is asked for.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.asked.model.as_deref().map(|model| self.options.upstream_model(model))
    }

    /// The change to the body that names the model as the account does; none where it does so already, or where the path
    /// names it. A path that is not passed on, as Azure's, may have named another model than the body, or the only one.
    #[must_use]
    pub fn renamed(&self) -> Option<Edit> {
        let (asked, upstream) = (self.asked.model.as_deref()?, self.model()?);
        if self.path.contains(&format!("/{asked}:")) {
            return self.fields.replace("model", &Value::from(upstream)).filter(|_| upstream != asked);
        }
        let named: Option<String> = self.fields.read("model").ok().flatten();
        (named.as_deref() != Some(upstream)).then(|| self.fields.set("model", &Value::from(upstream)))
    }

    /// What is changed whatever the provider is: the model's name, and what makes a stream tell its usage.
    #[must_use]
    pub fn edits(&self) -> (Vec<Edit>, Option<Box<dyn Conversion>>) {
        let mut edits: Vec<Edit> = self.renamed().into_iter().collect();
        let mut conversion: Option<Box<dyn Conversion>> = None;
        if let Some(usage) = self.dialect.usage_on_request.filter(|_| self.operation == Operation::Generate)
            && let Some(edit) = (usage.ask)(self.fields, self.asked)
        {
            edits.push(edit);
            conversion = Some(Box::new(WithoutExtra::of(usage)));
        }
        (edits, conversion)
    }

    /// The path, with the model as the account calls it where the path names one.
    #[must_use]
    pub fn renamed_path(&self) -> Cow<'_, str> {
        let asked = self.asked.model.as_deref();
        let upstream = asked.and_then(|asked| self.options.mapped(asked));
        match (asked, upstream) {
            (Some(asked), Some(upstream)) => {
                Cow::Owned(self.path.replacen(&format!("/{asked}:"), &format!("/{upstream}:"), 1))
            }
            _ => Cow::Borrowed(self.path),
        }
    }
}

/// Makes a call ready for an account that takes it as it is.
///
/// # Errors
/// [`CannotServe`] when the address is none.
#[expect(clippy::needless_pass_by_value, reason = "one type for every provider's way of preparing")]
pub fn as_it_is(call: Outgoing<'_>) -> Result<Prepared, CannotServe> {
    let (edits, conversion) = call.edits();
    let address = join(call.base, &call.renamed_path(), call.query)?;
    Ok(Prepared { address, edits, conversion })
}

/// A request that is complete but for its credential.
#[derive(Debug)]
pub struct ToSend<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its address.
    pub address: &'a Uri,
    /// Its headers.
    pub headers: &'a mut HeaderMap,
    /// Its body, in pieces.
    pub body: &'a [bytes::Bytes],
    /// What the account is set to.
    pub options: &'a Options,
    /// The time.
    pub now: Timestamp,
}

/// A header value that is never shown.
///
/// # Errors
/// [`UnsendableSecret`] when no header can carry it.
pub fn sensitive(text: &str) -> Result<HeaderValue, UnsendableSecret> {
    let mut value = HeaderValue::from_str(text).map_err(|_| UnsendableSecret)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The headers of a request after a provider put its credential in: for tests.
#[cfg(test)]
pub(crate) fn authorized(
    provider: &super::Provider,
    credential: &crate::credential::Credential,
    mut headers: HeaderMap,
) -> HeaderMap {
    let (method, address) = (Method::POST, Uri::from_static("https://provider.example/v1/call"));
    let request = ToSend {
        method: &method,
        address: &address,
        headers: &mut headers,
        body: &[],
        options: &Options::default(),
        now: Timestamp::UNIX_EPOCH,
    };
    (provider.authorize)(credential, request).expect("the secret can be sent");
    headers
}

/// A call that is made ready for an account: for tests.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Trial {
    provider: &'static super::Provider,
    method: Method,
    target: String,
    body: String,
    options: Options,
}

/// What became of a [`Trial`].
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Sent {
    /// Where it goes.
    pub(crate) address: String,
    /// Its body.
    pub(crate) body: String,
    /// Says whether its answer is converted.
    pub(crate) is_converted: bool,
}

#[cfg(test)]
impl Trial {
    /// A `POST` of a body to a path, with a query where there is one.
    pub(crate) fn of(provider: &'static super::Provider, target: &str, body: &str) -> Self {
        let (target, body) = (target.to_owned(), body.to_owned());
        Self { provider, method: Method::POST, target, body, options: Options::default() }
    }

    /// A `GET` instead.
    pub(crate) fn get(mut self) -> Self {
        self.method = Method::GET;
        self
    }

    /// For an account that calls models by other names.
    pub(crate) fn with_models(mut self, map: &str) -> Self {
        self.options.model_map = vec![map.parse().expect("a map")];
        self
    }

    /// For an account with a project.
    pub(crate) fn with_project(mut self, project: &str) -> Self {
        self.options.project = Some(project.to_owned());
        self
    }

    /// Reads the call as the relay does, and makes it ready.
    pub(crate) fn send(self) -> Result<Sent, CannotServe> {
        let (path, query) =
            self.target.split_once('?').map_or((&*self.target, None), |(path, query)| (path, Some(query)));
        let mut headers = HeaderMap::new();
        let route = crate::dialect::route(&self.method, path, &headers).expect("a route");
        let fields = if self.body.is_empty() {
            Fields::default()
        } else {
            let mut outline = crate::json::Outline::of(route.dialect.asked_fields);
            outline.push(self.body.as_bytes());
            outline.finish().expect("an object")
        };
        let mut asked = (route.dialect.read_asked)(&fields, &headers).expect("readable");
        asked.model = route.model.or(asked.model);
        asked.stream = route.stream.unwrap_or(asked.stream);
        let prepared = (self.provider.prepare)(Outgoing {
            dialect: route.dialect,
            operation: route.operation,
            path: &route.path,
            query,
            asked: &asked,
            fields: &fields,
            body_len: self.body.len(),
            headers: &mut headers,
            base: &Url::parse("https://provider.example").expect("a URL"),
            options: &self.options,
            call_id: "call_1",
        })?;
        let body = crate::json::apply(self.body.as_bytes(), &prepared.edits);
        Ok(Sent {
            address: prepared.address.to_string(),
            body: String::from_utf8(body).expect("text"),
            is_converted: prepared.conversion.is_some(),
        })
    }
}
