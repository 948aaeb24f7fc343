//! A month's statement as golden files: the pages, which were looked at as pictures, and the CSV.
//!
//! After a change that is meant: `UPDATE_GOLDEN=1 cargo test -p carpool-core --test statement`, then look at them again.

use std::{env, fs, path::Path};

use carpool_core::{
    price::PicoUsd,
    statement::{
        Adjustment, Basis, Bill, Cents, Every, Inputs, Language, LedgerRows, Mode, Person, PersonId, Price, Proration,
        Reader, Sharing, Standing, Statement, Subscription, Use, csv, html, message, settle,
    },
};

fn id(name: &str) -> PersonId {
    PersonId(name.to_owned())
}

fn usage((person, account, calls, cents): (&str, i64, i64, i64)) -> Use {
    let account_name = ["Claude Max", "ChatGPT Plus", "Anthropic Console", "Gemini (trial)"][account as usize];
    let list_price = PicoUsd(cents * 10_000_000_000);
    Use {
        person: id(person),
        account,
        account_name: account_name.to_owned(),
        calls,
        unpriced_calls: calls / 400,
        list_price,
    }
}

fn plan(name: &str, account: i64, price: Price, from: &str, paid_by: &str) -> Subscription {
    Subscription {
        name: name.to_owned(),
        account: Some(account),
        price,
        every: Every::Month,
        from: from.parse().expect("a day"),
        until: None,
        proration: Proration::Days,
        paid_by: id(paid_by),
        shared_by: Vec::new(),
    }
}

fn november() -> Statement {
    let person = |(name, full): (&str, &str)| Person { id: id(name), name: full.to_owned(), shares: Sharing::Shares };
    let mut rows = LedgerRows::default();
    rows.add(&[Some(1), Some(1_793_000_000_000), Some(1)], "complete");
    let server = Subscription {
        account: None,
        every: Every::Year,
        shared_by: vec![id("f1"), id("f2")],
        ..plan("Server <Hetzner> & tunnel", 0, Price::Own(Cents(9_999)), "2026-03-17", "f2")
    };
    let inputs = Inputs {
        month: "2026-11".parse().expect("a month"),
        time_zone: "Europe/Berlin".to_owned(),
        currency: "EUR".parse().expect("a currency"),
        rate: "0.92".parse().expect("a rate"),
        mode: Mode::BaseFee { fee: Cents(500) },
        people: [("f1", "Robin (owner)"), ("f2", "Alex"), ("f3", "小明"), ("f4", "Sam O’Neill")].map(person).to_vec(),
        subscriptions: vec![
            plan("Claude Max", 0, Price::Usd(PicoUsd(100_000_000_000_000)), "2026-01-01", "f1"),
            plan("ChatGPT Plus", 1, Price::Own(Cents(2_300)), "2026-11-11", "f3"),
            server,
        ],
        bills: vec![Bill { account: 2, name: "Anthropic Console".to_owned(), paid_by: id("f1") }],
        uses: [
            ("f1", 0, 812, 12_345),
            ("f2", 0, 1204, 30_001),
            ("f3", 0, 97, 1_502),
            ("f3", 1, 40, 333),
            ("f2", 2, 31, 871),
            ("f4", 2, 5, 96),
            ("f4", 3, 3, 12),
        ]
        .map(usage)
        .to_vec(),
        adjustments: vec![Adjustment {
            from: id("f4"),
            to: id("f2"),
            amount: Cents(1_250),
            why: "Train ticket in October".to_owned(),
        }],
        ledger: rows.finish(),
        made_at: "2026-12-01T08:05:00Z".parse().expect("a time"),
    };
    settle(inputs).expect("it can be settled")
}

#[test]
fn the_pages_and_the_sheet_are_as_they_were_looked_at() {
    let statement = november();
    let page = |reader, language| html(&statement, reader, language).expect("a reader who took part");
    let (alex, xiaoming) = (id("f2"), id("f3"));

    compare("group.en.html", &page(Reader::Group, Language::English));
    compare("group.zh.html", &page(Reader::Group, Language::Chinese));
    compare("alex.en.html", &page(Reader::Person(&alex), Language::English));
    compare("xiaoming.zh.html", &page(Reader::Person(&xiaoming), Language::Chinese));
    compare("november.csv", &csv(&statement, Reader::Group));
    compare("alex.csv", &csv(&statement, Reader::Person(&alex)));
    compare("november.json", &statement.canonical());
}

#[test]
fn a_statement_is_read_again_as_it_was_written() {
    let statement = november();

    let read: Statement = serde_json::from_str(&statement.canonical()).expect("its own form");

    assert!(statement.lines.iter().any(|line| matches!(line.basis, Basis::OwedTo { .. })));
    assert_eq!((read.hash(), read), (statement.hash(), statement));
}

#[test]
fn the_messages_are_as_they_were_read() {
    let statement = november();
    let sam = id("f4");
    let text = |reader, language, standing| message(&statement, reader, language, standing).expect("a reader");

    compare("group.en.txt", &text(Reader::Group, Language::English, Standing::Kept));
    compare("sam.zh.txt", &text(Reader::Person(&sam), Language::Chinese, Standing::Draft));
    assert_eq!(message(&statement, Reader::Person(&id("f9")), Language::English, Standing::Kept), None);
}

#[test]
fn a_page_loads_nothing_and_its_texts_are_only_text() {
    let statement = november();
    let page = html(&statement, Reader::Group, Language::English).expect("the group");

    for loading in ["http:", "https:", "src=", "href=", "url(", "@import", "<script", "<Hetzner>"] {
        assert!(!page.contains(loading), "{loading}");
    }
    assert!(page.contains(&statement.hash()));
}

#[test]
fn the_page_of_a_person_has_nothing_of_the_others_use() {
    let statement = november();
    let sam = html(&statement, Reader::Person(&id("f4")), Language::English).expect("Sam took part");

    let sheet = csv(&statement, Reader::Person(&id("f4")));

    assert!(sam.contains("Train ticket") && sheet.contains("Train ticket"));
    for other in ["Robin (owner)</td>", "小明", "300.01", "Server"] {
        assert!(!sam.contains(other) && !sheet.contains(other), "{other}");
    }
    assert!(html(&statement, Reader::Person(&id("f9")), Language::English).is_none());
}

fn compare(name: &str, found: &str) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statement").join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, found).expect("writable");
    }
    let expected = fs::read_to_string(&golden).unwrap_or_else(|_| panic!("{} is missing", golden.display()));
    assert!(found == expected, "{name} is not as it was looked at");
}
