//! What holds for any month, and a few months worked out by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const PEOPLE: [&str; 4] = ["owner", "f1", "f2", "f3"];

fn id(name: &str) -> PersonId {
    PersonId(name.to_owned())
}

fn usd(dollars: i64) -> PicoUsd {
    PicoUsd(dollars * 1_000_000_000_000)
}

fn usage(person: &str, account: i64, list_price: PicoUsd) -> Use {
    let account_name = format!("account {account}");
    Use { person: id(person), account, account_name, calls: 1, unpriced_calls: 0, list_price }
}

fn plan(name: &str, account: i64, cents: i64, paid_by: &str) -> Subscription {
    Subscription {
        name: name.to_owned(),
        account: Some(account),
        price: Price::Own(Cents(cents)),
        every: Every::Month,
        from: "2026-01-01".parse().unwrap(),
        until: None,
        proration: Proration::Days,
        paid_by: id(paid_by),
        shared_by: Vec::new(),
    }
}

fn inputs() -> Inputs {
    let person = |name: &str| Person {
        id: id(name),
        name: name.to_uppercase(),
        shares: if name == "owner" { Sharing::PaysOnly } else { Sharing::Shares },
    };
    Inputs {
        month: "2026-11".parse().unwrap(),
        time_zone: "Europe/Berlin".to_owned(),
        currency: "EUR".parse().unwrap(),
        rate: "0.9".parse().unwrap(),
        mode: Mode::Equal,
        people: PEOPLE.map(person).to_vec(),
        subscriptions: vec![plan("Max", 1, 10_000, "owner"), plan("Plus", 2, 2_000, "f1")],
        bills: vec![Bill { account: 3, name: "Console".to_owned(), paid_by: id("owner") }],
        uses: vec![
            usage("f1", 1, usd(30)),
            usage("f2", 1, usd(10)),
            usage("f2", 3, usd(5)),
            usage("f3", 3, usd(1)),
            usage("f3", 9, usd(2)),
        ],
        adjustments: Vec::new(),
        ledger: LedgerRows::default().finish(),
        made_at: "2026-12-01T08:00:00Z".parse().unwrap(),
    }
}

/// Everyone's part of a cost, in cents.
fn parts(statement: &Statement, about: &str) -> Vec<(String, i64)> {
    let lines = statement.lines.iter().filter(|line| line.about == about);
    lines.map(|line| (line.person.to_string(), line.amount.0)).collect()
}

fn of(parts: &[(&str, i64)]) -> Vec<(String, i64)> {
    parts.iter().map(|(name, cents)| ((*name).to_owned(), *cents)).collect()
}

#[test]
fn subscriptions_are_shared_as_the_mode_says() {
    let by = |mode| settle(Inputs { mode, ..inputs() }).unwrap();

    let equal = by(Mode::Equal);
    assert_eq!(parts(&equal, "Max"), of(&[("f1", 3334), ("f2", 3333), ("f3", 3333)]));
    assert_eq!(parts(&equal, "Plus"), of(&[("f1", 667), ("f2", 667), ("f3", 666)]));

    let by_use = by(Mode::ByUse);
    assert_eq!(parts(&by_use, "Max"), of(&[("f1", 7500), ("f2", 2500)]));
    assert_eq!(parts(&by_use, "Plus"), of(&[("f1", 667), ("f2", 667), ("f3", 666)]), "nobody used it");
    assert!(by_use.notes.contains(&Note::NobodyUsed { about: "Plus".to_owned() }));

    let fee = by(Mode::BaseFee { fee: Cents(1_000) });
    assert_eq!(parts(&fee, ""), of(&[("f1", 1000), ("f2", 1000), ("f3", 1000)]));
    assert_eq!(parts(&fee, "Max"), of(&[("f1", 5625), ("f2", 1875)]));
    assert_eq!(parts(&fee, "Plus"), of(&[("f1", 500), ("f2", 500), ("f3", 500)]));

    let all_fee = by(Mode::BaseFee { fee: Cents(1_000_000) });
    assert_eq!(parts(&all_fee, ""), of(&[("f1", 4000), ("f2", 4000), ("f3", 4000)]), "no more than there is to pay");
    assert!(parts(&all_fee, "Max").is_empty());
}

#[test]
fn an_account_billed_by_use_is_passed_through_at_cost() {
    let statement = settle(inputs()).unwrap();

    assert_eq!(parts(&statement, "Console"), of(&[("f2", 450), ("f3", 90)]));
    let bill = statement.costs.iter().find(|cost| cost.kind == CostKind::Bill).unwrap();
    assert_eq!((bill.amount, bill.served), (Cents(540), Some(Served { calls: 2, list_price: usd(6) })));
    assert!(statement.notes.contains(&Note::NotEntered { about: "account 9".to_owned(), used: usd(2) }));
}

#[test]
fn everyone_is_paid_back_in_the_fewest_payments() {
    let statement = settle(inputs()).unwrap();

    let balances: Vec<_> = statement.people.iter().map(|person| (person.id.to_string(), person.balance.0)).collect();
    assert_eq!(balances, of(&[("owner", 10_540), ("f1", -2001), ("f2", -4450), ("f3", -4089)]));
    let payments: Vec<_> =
        statement.transfers.iter().map(|one| (one.from.to_string(), one.to.to_string(), one.amount.0)).collect();
    let expected = [("f1", 2001), ("f2", 4450), ("f3", 4089)];
    assert_eq!(payments, expected.map(|(from, cents)| (from.to_owned(), "owner".to_owned(), cents)));
}

#[test]
fn a_cost_that_names_its_people_is_theirs_alone() {
    let mut inputs = inputs();
    inputs.mode = Mode::ByUse;
    inputs.subscriptions[0].shared_by = vec![id("f2"), id("owner")];

    let statement = settle(inputs).unwrap();

    assert_eq!(parts(&statement, "Max"), of(&[("f2", 10_000)]));
    let used = Note::UsedByOther { about: "Max".to_owned(), person: id("f1"), used: usd(30) };
    assert!(statement.notes.contains(&used));
}

#[test]
fn what_cannot_be_settled_is_refused_with_its_reason() {
    let refused = |change: fn(&mut Inputs)| {
        let mut inputs = inputs();
        change(&mut inputs);
        settle(inputs).unwrap_err()
    };

    assert_eq!(refused(|one| one.people.truncate(1)), CannotSettle::NobodyShares("Max".to_owned()));
    assert_eq!(refused(|one| one.bills[0].paid_by = id("f9")), CannotSettle::Stranger("Console".to_owned()));
    assert_eq!(refused(|one| one.uses[2].person = id("f9")), CannotSettle::Stranger("Console".to_owned()));
    let stranger = |one: &mut Inputs| one.subscriptions[1].shared_by = vec![id("f9")];
    assert_eq!(refused(stranger), CannotSettle::Stranger("Plus".to_owned()));
    assert_eq!(refused(|one| one.subscriptions[0].price = Price::Own(Cents(i64::MAX))), CannotSettle::TooLarge);
}

#[test]
fn the_canonical_form_is_read_back_as_it_was_written() {
    let statement = settle(Inputs { mode: Mode::BaseFee { fee: Cents(5) }, ..inputs() }).unwrap();

    let read: Statement = serde_json::from_str(&statement.canonical()).unwrap();

    assert_eq!(read, statement);
    assert_eq!((read.canonical(), read.hash()), (statement.canonical(), statement.hash()));
}

#[test]
fn the_hash_changes_with_anything_in_the_statement() {
    let changes: [fn(&mut Inputs); 7] = [
        |one| one.uses[0].list_price.0 += 1,
        |one| one.ledger = one_row(),
        |one| one.subscriptions[0].price = Price::Own(Cents(10_001)),
        |one| one.people[1].name = "Al".to_owned(),
        |one| one.rate = "0.9001".parse().unwrap(),
        |one| one.bills[0].paid_by = id("f1"),
        |one| one.adjustments.push(adjustment("f1", "f2", 1)),
    ];
    let before = Inputs { mode: Mode::ByUse, ..inputs() };
    let whole = settle(before.clone()).unwrap().hash();

    assert_eq!(settle(before.clone()).unwrap().hash(), whole);
    for (at, change) in changes.iter().enumerate() {
        let mut after = before.clone();
        change(&mut after);
        assert_ne!(settle(after).unwrap().hash(), whole, "change {at}");
    }
}

fn one_row() -> LedgerDigest {
    let mut rows = LedgerRows::default();
    rows.add(&[Some(1)], "complete");
    rows.finish()
}

fn adjustment(from: &str, to: &str, cents: i64) -> Adjustment {
    Adjustment { from: id(from), to: id(to), amount: Cents(cents), why: "lunch".to_owned() }
}

fn anybody() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&PEOPLE[..])
}

fn any_mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Equal), Just(Mode::ByUse), (0..30_000_i64).prop_map(|fee| Mode::BaseFee { fee: Cents(fee) })]
}

prop_compose! {
    fn any_month()(
        mode in any_mode(),
        prices in prop::collection::vec((0..50_000_i64, 0..4_i64, anybody()), 0..4),
        bills in prop::collection::vec((4..8_i64, anybody()), 0..3),
        uses in prop::collection::btree_map((anybody(), 0..9_i64), 0..40_000_000_000_000_i64, 0..16),
        adjustments in prop::collection::vec((anybody(), anybody(), 1..9_000_i64), 0..4),
        rate in 1..1_000_000_u32,
    ) -> Inputs {
        let mut accounts: BTreeMap<i64, &str> = BTreeMap::new();
        accounts.extend(bills);
        let bills = accounts.into_iter().map(|(account, paid_by)| Bill {
            account,
            name: format!("bill {account}"),
            paid_by: id(paid_by),
        });
        let plans = prices.into_iter().enumerate().map(|(at, (cents, account, paid_by))| {
            plan(&format!("plan {at}"), account, cents, paid_by)
        });
        Inputs {
            mode,
            subscriptions: plans.collect(),
            bills: bills.collect(),
            uses: uses.into_iter().map(|((who, account), pico)| usage(who, account, PicoUsd(pico))).collect(),
            adjustments: adjustments.into_iter().map(|(from, to, cents)| adjustment(from, to, cents)).collect(),
            rate: format!("0.{rate:06}").parse().unwrap(),
            ..inputs()
        }
    }
}

proptest! {
    #[test]
    fn every_sum_is_exact_to_the_cent(inputs in any_month()) {
        let statement = settle(inputs).unwrap();

        for cost in &statement.costs {
            let parts: i64 = parts(&statement, &cost.about).iter().map(|(_, cents)| cents).sum();
            let fees: i64 = parts_of_fee(&statement);
            prop_assert!(parts == cost.amount.0 || fees > 0 && parts <= cost.amount.0, "{}", cost.about);
        }
        let shares: i64 = statement.people.iter().map(|person| person.share.0).sum();
        let costs: i64 = statement.costs.iter().map(|cost| cost.amount.0).sum();
        let paid: i64 = statement.people.iter().map(|person| person.paid.0).sum();
        prop_assert_eq!((shares, paid), (costs, costs));
        prop_assert_eq!(statement.people.iter().map(|person| person.balance.0).sum::<i64>(), 0);
    }

    #[test]
    fn the_payments_bring_every_balance_to_zero(inputs in any_month()) {
        let statement = settle(inputs).unwrap();

        let mut left: BTreeMap<&PersonId, i64> = BTreeMap::new();
        for person in &statement.people {
            left.insert(&person.id, person.balance.0);
        }
        for transfer in &statement.transfers {
            prop_assert!(transfer.amount > Cents(0));
            *left.get_mut(&transfer.from).unwrap() += transfer.amount.0;
            *left.get_mut(&transfer.to).unwrap() -= transfer.amount.0;
        }
        prop_assert!(left.values().all(|rest| *rest == 0));
        prop_assert!(statement.transfers.len() < PEOPLE.len());
    }

    #[test]
    fn nobody_pays_for_an_adjustment_of_others(
        inputs in any_month(),
        (from, to, cents) in (anybody(), anybody(), 1..9_000_i64),
    ) {
        let before = settle(inputs.clone()).unwrap();
        let mut with = inputs;
        with.adjustments.push(adjustment(from, to, cents));
        let after = settle(with).unwrap();

        for (one, other) in before.people.iter().zip(&after.people) {
            let owed = i64::from(one.id.0 == from) * cents - i64::from(one.id.0 == to) * cents;
            prop_assert_eq!(other.balance.0, one.balance.0 - owed, "{}", one.id);
            prop_assert_eq!(other.paid, one.paid);
        }
        prop_assert_eq!(after.costs, before.costs);
    }

    #[test]
    fn nobody_pays_for_a_bill_of_others(inputs in any_month()) {
        let statement = settle(inputs.clone()).unwrap();

        for line in statement.lines.iter().filter(|line| matches!(line.basis, Basis::AtCost { .. })) {
            let bill = inputs.bills.iter().find(|bill| bill.name == line.about).unwrap();
            let used = inputs.uses.iter().find(|one| one.account == bill.account && one.person == line.person);
            let exact = inputs.rate.convert(used.unwrap().list_price, inputs.currency);
            prop_assert!((line.amount.0 - exact.0).abs() <= 1, "{:?} {:?}", line, exact);
        }
    }

    #[test]
    fn the_same_month_gives_the_same_statement(inputs in any_month()) {
        let (one, other) = (settle(inputs.clone()).unwrap(), settle(inputs).unwrap());

        prop_assert_eq!(one.hash(), other.hash());
    }
}

fn parts_of_fee(statement: &Statement) -> i64 {
    statement.lines.iter().filter(|line| line.basis == Basis::BaseFee).map(|line| line.amount.0).sum()
}
