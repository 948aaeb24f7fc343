//! Data to look at: friends, accounts and a ledger, written straight into the database.

use carpool_relay::clock::Clock;
use sqlx::{Connection, SqliteConnection};

use crate::{desktop::Desktop, support::database};

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    pub(crate) friends: usize,
    pub(crate) accounts: usize,
    pub(crate) days: i64,
    pub(crate) calls_a_day: i64,
}

/// As much as a small group has after a month.
pub(crate) const SOME: Amount = Amount { friends: 4, accounts: 3, days: 30, calls_a_day: 24 };
/// More than anybody should have.
pub(crate) const MUCH: Amount = Amount { friends: 50, accounts: 12, days: 400, calls_a_day: 150 };

const DAY_MS: i64 = 86_400_000;

/// Who calls; the first ones most.
const NAMES: [&str; 10] =
    ["Alex", "Mia", "Sam", "李小龙", "Noor", "Maximilian-Alexander", "Zoë", "王芳", "Chidi", "Ana Sofía Hernández"];
/// The states of accounts, over and over: state, reason, whether it is paused.
const STATES: [(&str, Option<&str>, bool); 4] = [
    ("ready", None, false),
    ("needs_login", Some("the provider refused the refresh token: invalid_grant"), false),
    ("ready", None, true),
    (
        "blocked",
        Some("403 permission_error: your organization has disabled this API key, for reasons told at length"),
        false,
    ),
];

/// Adds the accounts, friends, keys and calls. Alex and the account `work` are there already.
pub(crate) async fn sow(desktop: &Desktop, amount: Amount) {
    let mut database = database::open(&desktop.folder).await;
    let mut writing = database.begin().await.expect("a transaction");
    let now = Clock::System.now().as_millisecond();
    for number in 1..amount.accounts {
        add_account(&mut writing, number, now).await;
    }
    for number in 1..amount.friends {
        add_friend(&mut writing, number, now).await;
    }
    add_calls(&mut writing, amount, now).await;
    let used = "UPDATE client_keys SET last_used_at = (SELECT MAX(at) FROM calls WHERE key_id = client_keys.id)";
    sqlx::query(used).execute(&mut *writing).await.expect("keys that were used");
    writing.commit().await.expect("written");
    database.close().await.expect("closed");
}

async fn add_account(database: &mut SqliteConnection, number: usize, now: i64) {
    let (state, reason, paused) = STATES[number % STATES.len()];
    let kind = ["api_key", "oauth", "setup_token"][number % 3];
    let whose = (kind == "oauth").then_some(("owner@example.com", "Max 20x"));
    let insert = "INSERT INTO accounts (name, provider, kind, state, state_reason, paused, email, plan, created_at)
        VALUES (?, 'claude', ?, ?, ?, ?, ?, ?, ?)";
    let insert = sqlx::query(insert).bind(format!("account-{number}")).bind(kind).bind(state).bind(reason).bind(paused);
    let insert = insert.bind(whose.map(|whose| whose.0)).bind(whose.map(|whose| whose.1)).bind(now);
    insert.execute(database).await.expect("an account");
}

async fn add_friend(database: &mut SqliteConnection, number: usize, now: i64) {
    let round = number / NAMES.len();
    let name = NAMES[number % NAMES.len()];
    let name = if round == 0 { name.to_owned() } else { format!("{name} {}", round + 1) };
    let insert = "INSERT INTO friends (name, paused, created_at) VALUES (?, ?, ?) RETURNING id";
    let insert = sqlx::query_scalar(insert).bind(name).bind(number % 7 == 3).bind(now);
    let friend: i64 = insert.fetch_one(&mut *database).await.expect("a friend");
    for device in ["laptop", "desktop", "phone"].iter().take(1 + number % 3) {
        let insert = "INSERT INTO client_keys (friend_id, name, digest, prefix, created_at)
            VALUES (?, ?, randomblob(32), 'cr_' || lower(hex(randomblob(2))), ?)";
        sqlx::query(insert).bind(friend).bind(device).bind(now).execute(&mut *database).await.expect("a key");
    }
}

/// Adds calls, the newest a moment ago: early friends, small models and working hours have more of them.
async fn add_calls(database: &mut SqliteConnection, amount: Amount, now: i64) {
    let insert = "
        WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < ?1),
        drawn AS (SELECT i, ?2 - i * ?3 / ?4 - (i * 7919) % 600000 AS at, (i * 2654435761) % 1000 AS a,
                         (i * 40503) % 997 AS b FROM numbers),
        chosen AS (
            SELECT i, at, a, b, 1 + (a * a / 1000) * ?5 / 1000 AS friend, b % 3 AS model,
                   CASE WHEN b % 41 = 0 THEN 'aborted' WHEN b % 53 = 0 THEN 'upstream_error'
                        WHEN b % 67 = 0 THEN 'refused' ELSE 'complete' END AS status FROM drawn)
        INSERT INTO calls (id, at, friend_id, key_id, account_id, provider, dialect, operation, model, upstream_model,
                           stream, status, http_status, input_tokens, cache_read_tokens, cache_write_5m_tokens,
                           cache_write_1h_tokens, output_tokens, cost_pico_usd, price_version, ttfb_ms, duration_ms, attempts)
        SELECT (at << 20) + i % 1048576, at, friend,
               (SELECT MIN(k.id) FROM client_keys k WHERE k.friend_id = chosen.friend), 1 + b % ?6, 'claude', 'messages', 'generate',
               CASE model WHEN 0 THEN 'claude-sonnet-4-5' WHEN 1 THEN 'claude-haiku-4-5' ELSE 'claude-opus-4-8' END,
               NULL, 1, status, CASE status WHEN 'upstream_error' THEN 529 WHEN 'refused' THEN 429 ELSE 200 END,
               20 + a, a * b / 4, a * 3, 0, 40 + b * 2,
               CASE WHEN b % 97 = 0 THEN NULL ELSE (a * 900 + b * 30000 * (1 + model)) * 10000 END, 1,
               200 + a, 1500 + a * 20, 1 + (b % 19 = 0)
        FROM chosen";
    let count = amount.days * amount.calls_a_day;
    let friends = i64::try_from(amount.friends).expect("few");
    let accounts = i64::try_from(amount.accounts).expect("few");
    let insert = sqlx::query(insert).bind(count).bind(now).bind(amount.days * DAY_MS).bind(count);
    insert.bind(friends).bind(accounts).execute(database).await.expect("calls");
}
