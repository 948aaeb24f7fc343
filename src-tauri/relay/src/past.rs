//! What was spent before this run, as the gate takes it over.

use std::collections::HashMap;

use carpool_core::admission::{Holder, SpanStarts, Spent};
use sqlx::SqlitePool;

use crate::store::{
    SqlError,
    spent::{self, Since, SpentMinute},
};

/// What every key and every friend spent.
///
/// # Errors
/// When SQLite refuses.
pub(crate) async fn spent_before(pool: &SqlitePool, starts: &SpanStarts) -> Result<HashMap<Holder, Spent>, SqlError> {
    let SpanStarts { five_hours, day, week, month } = *starts;
    let sums = spent::at_start(pool, Since { day, week, month }).await?;
    let keys = sums.keys.into_iter().map(|(id, sums)| (Holder::Key(id), sums));
    let friends = sums.friends.into_iter().map(|(id, sums)| (Holder::Friend(id), sums));
    let mut all: HashMap<Holder, Spent> = HashMap::new();
    for (holder, spent::Spent { day, week, month, total }) in keys.chain(friends) {
        all.insert(holder, Spent { minutes: Vec::new(), day, week, month, total });
    }
    for SpentMinute { friend_id, key_id, minute, spent } in spent::by_minute(pool, five_hours).await? {
        for holder in [Holder::Key(key_id), Holder::Friend(friend_id)] {
            all.entry(holder).or_default().minutes.push((minute, spent));
        }
    }
    Ok(all)
}
