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
pub(crate) const SOME: Amount = Amount { friends: 4, accounts: 5, days: 30, calls_a_day: 24 };
/// One call.
pub(crate) const ONE: Amount = Amount { friends: 1, accounts: 1, days: 1, calls_a_day: 1 };
/// Few calls over a long time.
pub(crate) const LONG: Amount = Amount { friends: 3, accounts: 2, days: 400, calls_a_day: 3 };
/// More than anybody should have.
pub(crate) const MUCH: Amount = Amount { friends: 50, accounts: 12, days: 400, calls_a_day: 150 };

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// Who calls; the first ones most.
const NAMES: [&str; 10] =
    ["Alex", "Mia", "Sam", "李小龙", "Noor", "Maximilian-Alexander", "Zoë", "王芳", "Chidi", "Ana Sofía Hernández"];
/// What keeps an account out: the kind of hold, the model family it is about, why, and for how many more minutes.
type Hold = (&'static str, &'static str, &'static str, i64);
/// How much of a window is used: its hours, the model family it is for, the share, and the minutes until it begins anew.
type Window = (i64, &'static str, f64, i64);

/// What an account looks like.
struct Look {
    kind: &'static str,
    is_paused: bool,
    hold: Option<Hold>,
    windows: &'static [Window],
}

/// How accounts look, over and over.
const LOOKS: [Look; 6] = [
    Look {
        kind: "oauth",
        is_paused: false,
        hold: Some(("limited", "", "the 5-hour window is used up", 132)),
        windows: &[(5, "", 1.0, 132), (168, "", 0.62, 4000)],
    },
    Look {
        kind: "api_key",
        is_paused: false,
        hold: Some(("cooling", "", "the provider is overloaded (HTTP 529)", 9)),
        windows: &[],
    },
    Look {
        kind: "oauth",
        is_paused: false,
        hold: Some(("limited", "opus", "the allowance for models of this family is used up", 3100)),
        windows: &[(5, "", 0.31, 200), (168, "", 0.78, 3100), (168, "opus", 1.0, 3100)],
    },
    Look {
        kind: "oauth",
        is_paused: false,
        hold: Some(("needs_login", "", "the provider refused the refresh token: invalid_grant", 48)),
        windows: &[(5, "", 0.05, 280), (168, "", 0.14, 9000)],
    },
    Look { kind: "setup_token", is_paused: true, hold: None, windows: &[] },
    Look {
        kind: "api_key",
        is_paused: false,
        hold: Some((
            "blocked",
            "",
            "403 permission_error: your organization has disabled this API key, for reasons told at length",
            23,
        )),
        windows: &[],
    },
];

/// What friends may do, how they share, and where they call from: `?1` is now.
const LIMITS: [&str; 6] = [
    "UPDATE calls SET cap_pico_usd = cost_pico_usd WHERE ?1 > 0",
    "UPDATE friends SET share = CASE id WHEN 1 THEN 1.6 WHEN 3 THEN 0.6 ELSE 0.9 END WHERE id <= 4 AND ?1 > 0",
    r#"UPDATE friends SET limits = '{"concurrency":4,"cap_day_pico_usd":6000000000000,"cap_month_pico_usd":400000000000000,"deny_models":["*opus-4-1*"],"quiet":["sun 01:00-05:00"]}'
       WHERE id = 1 AND ?1 > 0"#,
    r#"UPDATE friends SET limits = '{"cap_5h_pico_usd":3000000000000}' WHERE id = 2 AND ?1 > 0"#,
    r#"UPDATE client_keys SET limits = '{"rpm":20,"tpm":200000}' WHERE id = 1 AND ?1 > 0"#,
    "INSERT INTO devices (key_id, client, address, first_seen_at, last_seen_at, calls)
     SELECT k.id, d.client, d.address, ?1 - 864000000, ?1 - d.ago - k.id * 7000000, d.calls FROM client_keys k,
            (SELECT 'Claude Code' AS client, '203.0.113.7' AS address, 180000 AS ago, 322 AS calls
             UNION ALL SELECT 'Codex', '198.51.100.24', 420000, 41) d
     WHERE k.last_used_at IS NOT NULL",
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
    for statement in LIMITS {
        sqlx::query(statement).bind(now).execute(&mut *writing).await.expect("limits and devices");
    }
    writing.commit().await.expect("written");
    database.close().await.expect("closed");
}

/// Adds a call of the first friend's first key, which the newest account served so many minutes ago and which cost next to
/// nothing: it tells only since when calls are made.
pub(crate) async fn add_earlier_call(desktop: &Desktop, minutes: i64) {
    let mut database = database::open(&desktop.folder).await;
    let at = Clock::System.now().as_millisecond() - minutes * MINUTE_MS;
    sqlx::query(
        "INSERT INTO calls (id, at, friend_id, key_id, account_id, provider, dialect, operation, model, stream, status,
                            http_status, cost_pico_usd, cap_pico_usd, attempts)
         SELECT 1, ?, 1, 1, MAX(id), 'claude', 'messages', 'generate', 'claude-sonnet-4-5', 0, 'complete', 200, 1, 1, 1
         FROM accounts",
    )
    .bind(at)
    .execute(&mut database)
    .await
    .expect("a call");
    database.close().await.expect("closed");
}

/// Changes the data past the program.
pub(crate) async fn change(desktop: &Desktop, statement: &'static str) {
    let mut database = database::open(&desktop.folder).await;
    sqlx::query(statement).execute(&mut database).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    database.close().await.expect("closed");
}

async fn add_account(database: &mut SqliteConnection, number: usize, now: i64) {
    let Look { kind, is_paused, hold, windows } = &LOOKS[(number - 1) % LOOKS.len()];
    let whose = (*kind == "oauth").then_some(("owner@example.com", "Max 20x"));
    let insert =
        "INSERT INTO accounts (name, provider, kind, paused, priority, max_concurrency, email, plan, created_at)
        VALUES (?, 'claude', ?, ?, 60, ?, ?, ?, ?) RETURNING id";
    let insert = sqlx::query_scalar(insert).bind(format!("account-{number}")).bind(kind).bind(is_paused);
    let insert = insert.bind(if number.is_multiple_of(2) { 0 } else { 5 });
    let insert = insert.bind(whose.map(|whose| whose.0)).bind(whose.map(|whose| whose.1)).bind(now);
    let id: i64 = insert.fetch_one(&mut *database).await.expect("an account");
    if let Some((kind, family, reason, minutes)) = hold {
        let insert =
            "INSERT INTO account_holds (account_id, kind, family, reason, since, until) VALUES (?, ?, ?, ?, ?, ?)";
        let insert = sqlx::query(insert).bind(id).bind(kind).bind(family).bind(reason).bind(now);
        insert.bind(now + minutes * MINUTE_MS).execute(&mut *database).await.expect("a hold");
    }
    for (hours, family, used, minutes) in *windows {
        let insert =
            "INSERT INTO window_samples (account_id, hours, family, at, used, resets_at) VALUES (?, ?, ?, ?, ?, ?)";
        let insert = sqlx::query(insert).bind(id).bind(hours).bind(family).bind(now).bind(used);
        insert.bind(now + minutes * MINUTE_MS).execute(&mut *database).await.expect("a sample");
    }
    if number % 2 == 1 {
        let insert = "INSERT INTO account_groups (name, account_id) VALUES (?, ?)";
        sqlx::query(insert)
            .bind(["night", "family"][number % 4 / 2])
            .bind(id)
            .execute(database)
            .await
            .expect("a group");
    }
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
                           cache_write_1h_tokens, output_tokens, reasoning_tokens, cost_pico_usd, saved_pico_usd, price_version,
                           ttfb_ms, duration_ms, attempts)
        SELECT (at << 20) + i % 1048576, at, friend,
               (SELECT MIN(k.id) FROM client_keys k WHERE k.friend_id = chosen.friend), 1 + b % ?6, 'claude', 'messages', 'generate',
               CASE model WHEN 0 THEN 'claude-sonnet-4-5' WHEN 1 THEN 'claude-haiku-4-5' ELSE 'claude-opus-4-8' END,
               NULL, 1, status, CASE status WHEN 'upstream_error' THEN 529 WHEN 'refused' THEN 429 ELSE 200 END,
               20 + a, a * b / 4, a * 3, 0, 40 + b * 2, b,
               CASE WHEN b % 97 = 0 THEN NULL ELSE (a * 900 + b * 30000 * (1 + model)) * 10000 END,
               CASE WHEN b % 97 = 0 THEN NULL ELSE a * b / 4 * 2700000 - a * 3 * 750000 END, 1,
               200 + a, 1500 + a * 20, 1 + (b % 19 = 0)
        FROM chosen";
    let count = amount.days * amount.calls_a_day;
    let friends = i64::try_from(amount.friends).expect("few");
    let accounts = i64::try_from(amount.accounts).expect("few");
    let insert = sqlx::query(insert).bind(count).bind(now).bind(amount.days * DAY_MS).bind(count);
    insert.bind(friends).bind(accounts).execute(database).await.expect("calls");
}
