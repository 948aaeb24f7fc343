//! The digest of a week, as the ledger tells it, and when it is told.

use std::cmp::Reverse;

use carpool_core::{
    digest::{self, AccountPart, Digest, Part, Sums, TOP_MODELS, words},
    period,
    price::PicoUsd,
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::{AlertSettings, DIGEST_TOLD, Told, language, letters, watch::out, webhooks};
use crate::{
    House,
    accounts::{self, Surroundings},
    store::{
        StoreError, figures, settings,
        usage::{self, GroupBy},
        webhooks::About,
    },
};

/// The digest of the seven days before a day.
///
/// # Errors
/// When the database refuses.
pub async fn digest(around: &Surroundings, end: Date, zone: &TimeZone) -> Result<Digest, StoreError> {
    let pool = around.store.pool();
    let (first, before) = digest::week_before(end);
    let [before, since, until] = [before, first, end].map(|day| period::start_of(day, zone));
    let friends = usage::by_name(pool, GroupBy::Friend, since, until).await?;
    let week = sums(&friends);
    let before = sums(&usage::by_name(pool, GroupBy::Friend, before, since).await?);
    let mut models = parts(usage::by_name(pool, GroupBy::Model, since, until).await?);
    models.truncate(TOP_MODELS);
    let accounts = troubled(around, since, until).await?;
    Ok(Digest { first, last: end.saturating_sub(1.day()), week, before, friends: parts(friends), models, accounts })
}

fn sums(all: &[(String, usage::Sums)]) -> Sums {
    let mut sum = usage::Sums::default();
    all.iter().for_each(|(_, part)| sum.add(part));
    let tokens = sum.tokens;
    let tokens = tokens.input + tokens.cache_read + tokens.cache_write_5m + tokens.cache_write_1h + tokens.output;
    Sums {
        calls: sum.calls,
        tokens,
        cost_pico_usd: PicoUsd(sum.cost_pico_usd),
        unpriced_calls: sum.unpriced_calls,
        saved_pico_usd: PicoUsd(sum.saved_pico_usd),
    }
}

/// The parts of a week, the dearest first.
fn parts(all: Vec<(String, usage::Sums)>) -> Vec<Part> {
    let part = |(name, sums): (String, usage::Sums)| Part {
        name,
        calls: sums.calls,
        cost_pico_usd: PicoUsd(sums.cost_pico_usd),
    };
    let mut parts: Vec<Part> = all.into_iter().map(part).collect();
    parts.sort_by_key(|part| (Reverse(part.cost_pico_usd), Reverse(part.calls)));
    parts
}

/// The accounts whose calls failed, or which are out now.
async fn troubled(around: &Surroundings, since: Timestamp, until: Timestamp) -> Result<Vec<AccountPart>, StoreError> {
    let pool = around.store.pool();
    let figures = figures::by_account(pool, since, until).await?;
    let standings = accounts::standings(around).await?;
    let part = |account: crate::store::accounts::Account| {
        let figures = figures.iter().find(|figures| figures.account_id == account.id);
        let out = standings.get(&account.id).and_then(out).map(|out| out.trouble);
        let (calls, failed) = figures.map_or((0, 0), |figures| (figures.calls, figures.errors));
        (failed > 0 || out.is_some()).then_some(AccountPart { name: account.name, calls, failed, out })
    };
    Ok(crate::store::accounts::list(pool).await?.into_iter().filter_map(part).collect())
}

impl House {
    /// Tells of the week if that is due and was not told. A first digest is told when it is due next.
    pub(super) async fn tell_of_the_week(&self, settings: &AlertSettings) -> Result<Option<Told>, StoreError> {
        let Some(schedule) = settings.digest else { return Ok(None) };
        let pool = self.around().store.pool();
        let (now, zone) = (self.clock.now(), self.gate.zone());
        let (_, day) = schedule.last_due(now, zone);
        let told = settings::get(pool, DIGEST_TOLD).await?.and_then(|told| told.parse::<Date>().ok());
        // A day, because the same time comes again to who travels west. One that is yet to come was noted by a clock that was
        // wrong; tomorrow may be to who travels.
        let tomorrow = now.to_zoned(zone.clone()).date().saturating_add(1.day());
        let told = told.filter(|told| *told <= tomorrow);
        if told.is_some_and(|told| told >= day) {
            return Ok(None);
        }
        let digest = match told {
            None => None,
            Some(_) => Some(digest(self.around(), day, zone).await?).filter(|digest| !digest.is_empty()),
        };
        let note = match &digest {
            None => None,
            Some(digest) => Some(words::note(digest, language(pool).await?)),
        };
        let to = webhooks::list(self.around()).await?;
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        if let Some(note) = &note {
            letters::write(&mut transaction, &to, About::Digest, note, now).await?;
        }
        settings::put_within(&mut transaction, DIGEST_TOLD, &day.to_string()).await?;
        transaction.commit().await?;
        Ok(digest.map(Told::Digest))
    }
}
