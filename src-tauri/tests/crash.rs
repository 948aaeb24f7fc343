//! Killed at any moment: every call a client saw end is in the ledger, once and true.
//!
//! Friends call without a pause while the relay is killed (SIGKILL) again and again, most often under load and now and
//! then while it starts. What they saw end is compared with the ledger, and the ledger with what the provider told.

use std::{
    collections::{HashMap, HashSet},
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use carpool_core::price::PriceBook;
use carpool_relay::pretend::{Behaviour, Delivery, Framing, Pretend};
use serde_json::Value;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::support::{
    database::calls_by_status,
    friend::{Friend, client, ends_well, prompt, stream},
    owner::{TOKEN_FIELDS, expected_usage, ledger, set_up, usage_of},
    program::Folder,
    relay::Relay,
};

/// How often the relay is killed.
const KILLS: u64 = 200;
/// Clients that call at once.
const CLIENTS: u64 = 8;
/// The longest the relay lives under load, in milliseconds.
const LONGEST_LOAD: u64 = 60;
/// One kill in so many comes while the relay starts, at most so many milliseconds into it.
const START_KILLS: u64 = 10;
const LONGEST_START: u64 = 120;
/// Another account at the provider, whose answers tell their length.
const SECRET_OF_LENGTHS: &str = "sk-ant-api03-tells-lengths";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_kills_under_load_lose_no_call_and_double_none() {
    let seed = env::var("CRASH_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(random_seed);
    println!("repeat with CRASH_SEED={seed}");
    let mut random = Random(seed);
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    add_account_of_lengths(&folder, &pretend).await;
    let mut seen = Seen::default();
    let (connections, sent) = (client(), Arc::new(AtomicU64::new(0)));

    for kill in 0..KILLS {
        if kill % START_KILLS == START_KILLS - 1 {
            kill_at_start(&folder, Duration::from_millis(random.below(LONGEST_START))).await;
        } else {
            let relay = Relay::start(&folder).await;
            let friend = Friend::over(connections.clone(), &relay, &key);
            if kill % 2 == 0 {
                assert!(seen.call_next(&friend, &sent).await, "seed {seed}: a relay that nobody kills breaks a call");
            }
            let load = Duration::from_millis(random.below(LONGEST_LOAD));
            seen.add(kill_under_load(relay, &friend, load, &sent).await);
        }
    }

    Relay::start(&folder).await.stop().await;
    let rows = ledger(&folder).await;
    let (sent, answered, ended) = (seen.bodies.len(), pretend.totals().answers, seen.ended.len());
    println!("{sent} calls were sent, {answered} answered, {} are rows, {ended} were seen to end", rows.len());
    assert!(answered <= rows.len() as u64, "seed {seed}: the provider answered calls that have no row");
    check_ledger(&rows, &seen, seed);
    check_sums(&folder, &pretend, seed).await;
}

/// What clients sent and what they saw.
#[derive(Default)]
struct Seen {
    /// Every body that was sent.
    bodies: Vec<String>,
    /// The body of each call that was seen to end, by the ledger's name for the call.
    ended: HashMap<String, String>,
}

impl Seen {
    /// Sends a call like no other, streamed or not by turns, and tells whether it was seen to end.
    async fn call_next(&mut self, friend: &Friend, sent: &AtomicU64) -> bool {
        let number = sent.fetch_add(1, Ordering::Relaxed);
        let (text, is_stream) = (format!("call {number}"), number.is_multiple_of(2));
        let body = if is_stream { stream(&text) } else { prompt(&text) }.to_string();
        self.bodies.push(body.clone());
        let ended = call(friend, &body, is_stream).await;
        let has_ended = ended.is_some();
        self.add(Self { bodies: Vec::new(), ended: ended.map(|id| (id, body)).into_iter().collect() });
        has_ended
    }

    fn add(&mut self, other: Self) {
        let before = self.ended.len() + other.ended.len();
        self.bodies.extend(other.bodies);
        self.ended.extend(other.ended);
        assert_eq!(self.ended.len(), before, "an id was given twice");
    }
}

async fn add_account_of_lengths(folder: &Folder, pretend: &Pretend) {
    let words = format!("account add claude --name lengths --base-url {} --secret-stdin", pretend.url());
    folder.feed(&words, SECRET_OF_LENGTHS).await.done();
    let delivery = Delivery { framing: Framing::Length, ..Delivery::default() };
    pretend.always_for(SECRET_OF_LENGTHS, Behaviour::Answer(delivery));
}

async fn kill_at_start(folder: &Folder, after: Duration) {
    let mut relay = Relay::spawn(folder, &mut folder.program("serve --json --port 0"));
    // Whether it listens by then or not, it is killed.
    let _ = timeout(after, relay.listens()).await;
    relay.kill().await;
}

/// Lets clients call a relay until it is killed, which is after `load`.
async fn kill_under_load(relay: Relay, friend: &Friend, load: Duration, sent: &Arc<AtomicU64>) -> Seen {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(call_until_it_breaks(friend.clone(), Arc::clone(sent)));
    }
    sleep(load).await;
    relay.kill().await;
    let mut seen = Seen::default();
    while let Some(client) = clients.join_next().await {
        seen.add(client.expect("no client panics"));
    }
    seen
}

async fn call_until_it_breaks(friend: Friend, sent: Arc<AtomicU64>) -> Seen {
    let mut seen = Seen::default();
    while seen.call_next(&friend, &sent).await {}
    seen
}

/// Sends a call; the ledger's name for it if it was seen to end.
async fn call(friend: &Friend, body: &str, is_stream: bool) -> Option<String> {
    let mut answer = friend.post("/v1/messages", body).send().await.ok()?;
    assert_eq!(answer.status(), 200);
    let id = answer.headers()["x-carpool-call"].to_str().expect("text").to_owned();
    let mut read = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            Ok(None) => {
                assert!(!is_stream || ends_well(&read), "a broken stream looks like a clean end");
                return Some(id);
            }
            // A client of a stream has seen the end when the last event came, whatever becomes of the connection.
            Err(_) => return Some(id).filter(|_| is_stream && ends_well(&read)),
        }
    }
}

/// Every call that was seen to end is there, complete and true; and every complete row is one call that was sent.
fn check_ledger(rows: &[Value], seen: &Seen, seed: u64) {
    let book = PriceBook::embedded();
    let by_id: HashMap<_, _> = rows.iter().map(|row| (row["id"].as_str().expect("an id"), row)).collect();
    assert_eq!(by_id.len(), rows.len(), "seed {seed}: an id is there twice");
    for (id, body) in &seen.ended {
        let row = by_id.get(id.as_str()).unwrap_or_else(|| panic!("seed {seed}: {id} was seen to end and is lost"));
        assert_eq!(row["status"], "complete", "seed {seed}: {row}");
        assert_eq!(usage_of(row), expected_usage(&book, body), "seed {seed}: {row}");
    }

    // The usage is a digest of the body: no two calls have the same.
    let mut sent: HashSet<String> = seen.bodies.iter().map(|body| expected_usage(&book, body).to_string()).collect();
    for row in rows.iter().filter(|row| row["status"] == "complete") {
        assert!(sent.remove(&usage_of(row).to_string()), "seed {seed}: nobody sent this, or only once: {row}");
    }
}

/// The ledger holds no call that is open or ended in another way, and never more than the provider told.
async fn check_sums(folder: &Folder, pretend: &Pretend, seed: u64) {
    let mut by_status = calls_by_status(folder).await;
    let complete = by_status.remove("complete").unwrap_or_default();
    by_status.remove("interrupted");
    assert!(by_status.is_empty(), "seed {seed}: {by_status:?}");

    let told = pretend.totals();
    let usage = folder.run("usage").await.done()[0].clone();
    let most = [told.input, told.cache_read, told.cache_write_5m, told.cache_write_1h, told.output];
    assert!(complete.unsigned_abs() <= told.answers, "seed {seed}: {complete} rows, {told:?}");
    for (field, most) in TOKEN_FIELDS.iter().zip(most) {
        assert!(usage[field].as_u64() <= Some(most), "seed {seed}: {field} {usage} {told:?}");
    }
}

fn random_seed() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("randomness");
    u64::from_le_bytes(bytes)
}

/// SplitMix64 (Steele, Lea and Flood, 2014): all that is asked of it is to differ from kill to kill.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
