//! What models cost: the book in use, another one, the owner's own prices, and calls that are priced anew.

use std::sync::Arc;

use carpool_core::{
    period::start_of,
    price::{self, PriceBook},
    provider::PROVIDERS,
};
use carpool_ipc::{
    Failure, Money,
    prices::{
        Became, BookPlace, FoundBook, GetPrices, LookAtPrices, OwnPrice, PriceChange, PriceVersion, Prices,
        RecountPrices, Recounted, SetDailyPrices, SetPrice, TakePrices, Unpriced, UnsetPrice,
    },
};
use carpool_relay::{
    House,
    prices::{self, Found, InUse, LITELLM, Taking},
    store::prices as stored,
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use tauri::{AppHandle, State};

use super::{
    super::{
        host::Host,
        price_book::{Book, LookedAt},
    },
    Reply, save,
    shown::{count, failed, refused, taken_up},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn prices(ask: GetPrices, host: TheHost<'_>) -> Reply<GetPrices> {
    let GetPrices {} = ask;
    shown(&*host.house()?).await
}

#[tauri::command]
pub(in super::super) async fn look_at_prices(
    ask: LookAtPrices,
    host: TheHost<'_>,
    app: AppHandle,
) -> Reply<LookAtPrices> {
    look(&*host.house()?, &host.book, ask.at, &app).await
}

#[tauri::command]
pub(in super::super) async fn take_prices(ask: TakePrices, host: TheHost<'_>) -> Reply<TakePrices> {
    take(&*host.house()?, host.book.take(ask.number)?).await
}

#[tauri::command]
pub(in super::super) async fn set_daily_prices(ask: SetDailyPrices, host: TheHost<'_>) -> Reply<SetDailyPrices> {
    let house = host.house()?;
    let from = ask.from.as_deref().map(address).transpose()?;
    prices::set_daily(house.around(), from).await.map_err(failed)?;
    taken_up(&house).await
}

#[tauri::command]
pub(in super::super) async fn set_price(ask: SetPrice, host: TheHost<'_>) -> Reply<SetPrice> {
    set(&*host.house()?, ask).await
}

#[tauri::command]
pub(in super::super) async fn unset_price(ask: UnsetPrice, host: TheHost<'_>) -> Reply<UnsetPrice> {
    let house = host.house()?;
    let (provider, model) = (ask.which.provider.as_deref(), &ask.which.model);
    stored::unset_own(house.around().store.pool(), provider, model).await.map_err(refused)?;
    taken_up(&house).await
}

#[tauri::command]
pub(in super::super) async fn recount_prices(ask: RecountPrices, host: TheHost<'_>) -> Reply<RecountPrices> {
    recount(&*host.house()?, &ask).await
}

async fn shown(house: &House) -> Result<Prices, Failure> {
    let (around, pool) = (house.around(), house.around().store.pool());
    let in_use = InUse::load(&around.store, around.clock.now()).await.map_err(failed)?;
    let daily = prices::daily(around).await.map_err(failed)?;
    let own = stored::own(pool).await.map_err(refused)?;
    let unpriced = stored::unpriced(pool).await.map_err(refused)?;
    let versions = stored::versions(pool).await.map_err(refused)?;
    Ok(Prices {
        version: in_use.version(),
        models: number(in_use.book().len()),
        litellm: LITELLM.to_owned(),
        daily_from: daily.from,
        looked_ms: daily.looked_at.map(Timestamp::as_millisecond),
        own: own.into_iter().map(shown_own).collect(),
        unpriced: unpriced.into_iter().map(|one| shown_unpriced(one, in_use.book())).collect(),
        versions: versions.into_iter().map(shown_version).collect(),
        providers: PROVIDERS.iter().map(|one| (one.id.to_owned(), one.label.to_owned())).collect(),
    })
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn shown_own(own: price::OwnPrice) -> OwnPrice {
    OwnPrice {
        provider: own.provider,
        model: own.model,
        input: own.input.to_string(),
        output: own.output.to_string(),
        cache_read: own.cache_read.map(|price| price.to_string()),
        cache_write_5m: own.cache_write_5m.map(|price| price.to_string()),
        cache_write_1h: own.cache_write_1h.map(|price| price.to_string()),
        web_search: own.web_search.map(|price| price.to_string()),
    }
}

fn shown_unpriced(one: stored::Unpriced, book: &PriceBook) -> Unpriced {
    Unpriced {
        calls: count(one.calls),
        without_usage: count(one.without_usage),
        tokens: count(one.input_tokens.saturating_add(one.output_tokens)),
        last_ms: one.last_at,
        is_priced_now: book.find(&one.provider, &one.model).is_some(),
        near: book.near(&one.model).into_iter().map(str::to_owned).collect(),
        provider: one.provider,
        model: one.model,
    }
}

fn shown_version(one: stored::Listed) -> PriceVersion {
    let own: Vec<serde_json::Value> = serde_json::from_str(&one.own).unwrap_or_default();
    PriceVersion {
        version: one.version,
        source: (!one.source.starts_with("embedded")).then_some(one.source),
        since_ms: one.added_at,
        calls: count(one.calls),
        own_prices: number(own.len()),
    }
}

async fn look(
    house: &House,
    looked_at: &LookedAt,
    at: BookPlace,
    app: &AppHandle,
) -> Result<Option<FoundBook>, Failure> {
    let (around, now) = (house.around(), house.around().clock.now());
    let from = match &at {
        BookPlace::BuiltIn => {
            let found = prices::look_at_built_in(around, now).await;
            let shown = FoundBook { source: None, ..shown_book(&found) };
            return Ok(Some(FoundBook { number: looked_at.keep(Book::BuiltIn), ..shown }));
        }
        BookPlace::Address { url } => address(url)?.to_owned(),
        BookPlace::File => match save::pick(app, "JSON", &["json"]).await? {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let found = prices::look(around, &from, now).await.map_err(failed)?;
    let shown = shown_book(&found);
    Ok(Some(FoundBook { number: looked_at.keep(Book::Found(found)), ..shown }))
}

/// The same, if it is an address: nothing the window says is read as a file.
fn address(url: &str) -> Result<&str, Failure> {
    let url = url.trim();
    let is_one = url.starts_with("https://") || url.starts_with("http://");
    let wrong = || failed(failure::Failure::new("bad_url", format!("'{url}' is no address: it begins with https://")));
    is_one.then_some(url).ok_or_else(wrong)
}

fn shown_book(found: &Found) -> FoundBook {
    let change = |change: &price::Change| PriceChange {
        model: change.model.clone(),
        became: match change.change {
            price::Became::Changed => Became::Changed,
            price::Became::Removed => Became::Removed,
            price::Became::Added => Became::Added,
        },
        prices: change.prices.iter().map(|one| (one.price.clone(), one.before.clone(), one.after.clone())).collect(),
    };
    FoundBook {
        number: 0,
        source: Some(found.source.clone()),
        models: number(found.models),
        changes: found.changes.iter().map(change).collect(),
    }
}

async fn take(house: &House, book: Book) -> Result<i64, Failure> {
    let (around, now) = (house.around(), house.around().clock.now());
    let version = match book {
        Book::Found(found) => prices::take(around, &found, now).await,
        Book::BuiltIn => prices::take_built_in(around, now).await,
    };
    taken_up(house).await?;
    version.map_err(failed)
}

async fn set(house: &House, ask: SetPrice) -> Result<(), Failure> {
    let pool = house.around().store.pool();
    let price = read(ask.price)?;
    let is_same =
        |which: &carpool_ipc::prices::WhichPrice| (&which.provider, &which.model) == (&price.provider, &price.model);
    stored::set_own(pool, &price).await.map_err(refused)?;
    if let Some(old) = ask.instead_of.filter(|old| !is_same(old)) {
        stored::unset_own(pool, old.provider.as_deref(), &old.model).await.map_err(refused)?;
    }
    taken_up(house).await
}

fn read(typed: OwnPrice) -> Result<price::OwnPrice, Failure> {
    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Failure> {
        text.parse().map_err(|error| failed(failure::Failure::new("bad_price", format!("{error}"))))
    }
    let model = typed.model.trim().to_owned();
    if model.is_empty() {
        return Err(failed(failure::Failure::new("model_missing", "say which model it is, as it is sent upstream")));
    }
    Ok(price::OwnPrice {
        provider: typed.provider,
        model,
        input: parsed(&typed.input)?,
        output: parsed(&typed.output)?,
        cache_read: typed.cache_read.as_deref().map(parsed).transpose()?,
        cache_write_5m: typed.cache_write_5m.as_deref().map(parsed).transpose()?,
        cache_write_1h: typed.cache_write_1h.as_deref().map(parsed).transpose()?,
        web_search: typed.web_search.as_deref().map(parsed).transpose()?,
    })
}

async fn recount(house: &House, ask: &RecountPrices) -> Result<Recounted, Failure> {
    let zone = TimeZone::system();
    let since = ask.from.as_deref().map(day).transpose()?.map_or(Timestamp::UNIX_EPOCH, |day| start_of(day, &zone));
    let end = ask.to.as_deref().map(day).transpose()?;
    let until = end.map_or(Timestamp::MAX, |day| start_of(day.saturating_add(1.day()), &zone));
    if since >= until {
        return Err(failed(failure::Failure::new("bad_range", "the first day must not come after the last")));
    }
    let taking = if ask.write { Taking::Taken } else { Taking::Shown };
    let around = house.around();
    let found = prices::recount(around, since, until, taking, around.clock.now()).await.map_err(failed)?;
    if ask.write {
        taken_up(house).await?;
    }
    Ok(Recounted {
        version: found.version,
        calls: found.calls,
        changed: found.changed,
        newly_priced: found.newly_priced,
        unpriced: found.unpriced,
        before: Money(found.before_pico_usd),
        after: Money(found.after_pico_usd),
        is_written: ask.write,
    })
}

fn day(text: &str) -> Result<Date, Failure> {
    let wrong = |_| failure::Failure::new("bad_range", format!("'{text}' is no date: expected 2026-11-01"));
    text.parse().map_err(wrong).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_window_calls_an_address_is_never_read_as_a_file() {
        assert_eq!(address(" https://example.com/book.json ").ok(), Some("https://example.com/book.json"));
        for path in ["/etc/passwd", "file:///etc/passwd", "book.json", ""] {
            assert_eq!(address(path).expect_err("no address").code, "bad_url", "{path}");
        }
    }

    #[test]
    fn a_price_is_read_as_it_was_shown() {
        let typed = OwnPrice {
            provider: Some("claude".to_owned()),
            model: "my-model".to_owned(),
            input: "3".to_owned(),
            output: "0.25".to_owned(),
            cache_read: Some("0.3".to_owned()),
            ..OwnPrice::default()
        };

        assert_eq!(shown_own(read(typed.clone()).expect("a price")), typed);
        let wrong = |input: &str| read(OwnPrice { input: input.to_owned(), ..typed.clone() }).expect_err("none").code;
        assert_eq!((wrong("cheap"), wrong("-1")), ("bad_price".to_owned(), "bad_price".to_owned()));
        assert_eq!(read(OwnPrice { model: " ".to_owned(), ..typed }).expect_err("none").code, "model_missing");
    }
}
