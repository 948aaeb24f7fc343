//! The keyring's items, seen and moved past Carpool: the Secret Service's own interface.

use std::collections::HashMap;

use zbus::{
    Connection, connection,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use crate::support::session::{PASSWORD, Session};

const SECRETS: &str = "org.freedesktop.secrets";
const TOP: &str = "/org/freedesktop/secrets";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

/// A secret as it crosses: the session it is sealed for, parameters, the bytes, their type.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// The keyring of a session.
pub(crate) struct Keyring {
    bus: Connection,
    session: OwnedObjectPath,
}

/// An item that was taken out.
pub(crate) struct Item {
    label: String,
    attributes: HashMap<String, String>,
    secret: Secret,
}

impl Keyring {
    /// The session's keyring, asked plainly: nobody else is on this bus.
    pub(crate) async fn of(session: &Session) -> Self {
        let builder = connection::Builder::address(session.variable().1).expect("an address");
        let bus = builder.build().await.expect("a bus");
        let plain = ("plain", Value::from(""));
        let answer = bus.call_method(Some(SECRETS), TOP, Some("org.freedesktop.Secret.Service"), "OpenSession", &plain);
        let (_, session): (OwnedValue, OwnedObjectPath) = read(&answer.await.expect("a keyring"));
        Self { bus, session }
    }

    /// Locks it: from now on it asks for its password, and nobody answers.
    pub(crate) async fn lock(&self) {
        let all = vec![path(LOGIN)];
        let (locked, _): (Vec<OwnedObjectPath>, OwnedObjectPath) =
            self.ask(TOP, "org.freedesktop.Secret.Service", "Lock", &(all,)).await;
        assert_eq!(locked, [path(LOGIN)]);
    }

    /// Unlocks it as a login does.
    pub(crate) async fn unlock(&self) {
        let password: Secret = (self.session.clone(), Vec::new(), PASSWORD.into(), "text/plain".to_owned());
        let interface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        self.ask::<()>(TOP, interface, "UnlockWithMasterPassword", &(path(LOGIN), password)).await;
    }

    /// Takes the item out whose name ends so.
    pub(crate) async fn take(&self, name: &str) -> Item {
        for item in self.get::<Vec<OwnedObjectPath>>(LOGIN, "Collection", "Items").await {
            let attributes: HashMap<String, String> = self.get(item.as_str(), "Item", "Attributes").await;
            if !attributes.values().any(|value| value.ends_with(name)) {
                continue;
            }
            let label = self.get(item.as_str(), "Item", "Label").await;
            let secret = self.ask(item.as_str(), "org.freedesktop.Secret.Item", "GetSecret", &(&self.session,)).await;
            let _prompt: OwnedObjectPath = self.ask(item.as_str(), "org.freedesktop.Secret.Item", "Delete", &()).await;
            return Item { label, attributes, secret };
        }
        panic!("the keyring has no {name}");
    }

    /// Puts an item back.
    pub(crate) async fn put(&self, item: &Item) {
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Value::from(&item.label)),
            ("org.freedesktop.Secret.Item.Attributes", Value::from(item.attributes.clone())),
        ]);
        let asked = (properties, &item.secret, true);
        let _made: (OwnedObjectPath, OwnedObjectPath) =
            self.ask(LOGIN, "org.freedesktop.Secret.Collection", "CreateItem", &asked).await;
    }

    async fn get<T: TryFrom<OwnedValue, Error: std::fmt::Debug>>(&self, at: &str, interface: &str, name: &str) -> T {
        let asked = (format!("org.freedesktop.Secret.{interface}"), name);
        let value: OwnedValue = self.ask(at, "org.freedesktop.DBus.Properties", "Get", &asked).await;
        value.try_into().expect("a property of this kind")
    }

    async fn ask<T>(
        &self,
        at: &str,
        interface: &str,
        method: &str,
        body: &(impl serde::Serialize + zbus::zvariant::DynamicType),
    ) -> T
    where
        T: for<'a> serde::Deserialize<'a> + zbus::zvariant::Type,
    {
        let answer = self.bus.call_method(Some(SECRETS), at, Some(interface), method, body).await;
        read(&answer.unwrap_or_else(|error| panic!("{method}: {error}")))
    }
}

fn read<T: for<'a> serde::Deserialize<'a> + zbus::zvariant::Type>(answer: &zbus::Message) -> T {
    answer.body().deserialize().expect("an answer of this kind")
}

fn path(text: &str) -> OwnedObjectPath {
    text.try_into().expect("a path")
}
