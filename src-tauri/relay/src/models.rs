//! The models that a friend's key may use: those its accounts name, those their providers list, and those that resemble a
//! name nobody has.

use std::{collections::BTreeMap, sync::Arc};

use axum::{body::Body, response::Response};
use carpool_core::{
    admission::may_ask,
    call::{CallId, Route},
    dialect::{Dialect, ListedModel},
    meter::Observed,
    price::nearest,
    schedule::{AccountId, NoAccount},
};
use futures_util::future::join_all;
use http::{HeaderValue, header};

use crate::{
    House,
    accounts::{catalog::Catalog, lease::Wanted},
    answer::{self, X_CARPOOL_CALL},
    authenticate::Caller,
    open_call::OpenCall,
    store::{calls::CallStatus, client_keys::ClientKey},
};

/// Answers with the models that a caller may use in the dialect they ask in.
pub(crate) async fn list(
    house: &Arc<House>,
    caller: &Caller,
    route: &Route,
    id: CallId,
    mut open: OpenCall,
) -> Response {
    let listed = open_to(house, &caller.0, route.dialect).await;
    let models: Vec<_> = listed.iter().map(|(id, provider)| ListedModel { id, provider }).collect();
    let mut response = Response::new(Body::from((route.dialect.render_models)(&models)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(X_CARPOOL_CALL, answer::call_header(id));
    open.answered(response.status().as_u16());
    open.settle(CallStatus::Complete, &Observed::default()).await;
    response
}

/// The models that a key may ask for in a dialect, each with its provider, as the list of models shows them.
pub(crate) async fn open_to(
    house: &House,
    key: &ClientKey,
    dialect: &'static Dialect,
) -> BTreeMap<String, &'static str> {
    let among = key.bound.as_ref().map(|bound| house.accounts.bound_to(bound));
    let catalogs = catalogs(house, dialect, among.as_deref());
    join_all(catalogs.iter().map(|catalog| house.accounts.look_up(catalog))).await;

    let prices = house.prices.now();
    let mut listed: BTreeMap<String, &'static str> = BTreeMap::new();
    for catalog in catalogs {
        let names = catalog.names(prices.book()).into_iter();
        for name in names.filter(|name| may_use(key, catalog.provider().id, name)) {
            listed.entry(name).or_insert(catalog.provider().id);
        }
    }
    listed
}

/// Says whether a key may use a model of a provider.
fn may_use(key: &ClientKey, provider: &str, model: &str) -> bool {
    let providers = key.limits.providers_with(&key.friend_limits);
    let is_allowed = providers.is_none_or(|providers| providers.iter().any(|allowed| allowed == provider));
    is_allowed && may_ask(&key.limits, model) && may_ask(&key.friend_limits, model)
}

/// Adds, where no account has the model that a call asks for, the names that resemble it.
pub(crate) fn explain(house: &House, wanted: &Wanted, none: NoAccount) -> NoAccount {
    let Some(model) = wanted.model.as_deref().filter(|_| none.has_no_such_model()) else { return none };
    let prices = house.prices.now();
    let names: Vec<String> = catalogs(house, wanted.dialect, wanted.among.as_deref())
        .iter()
        .flat_map(|catalog| catalog.names(prices.book()))
        .collect();
    let near = nearest(names.iter().map(String::as_str), model).into_iter().map(str::to_owned).collect();
    none.about_model(Some(model), near)
}

fn catalogs(house: &House, dialect: &'static Dialect, among: Option<&[AccountId]>) -> Vec<Catalog> {
    let is_among = |catalog: &Catalog| among.is_none_or(|among| among.contains(&catalog.id()));
    house.accounts.catalogs(dialect).into_iter().filter(is_among).collect()
}
