//! `carpool statement plan …`: the owner's entries, which statements are made of.

mod shown;

use carpool_core::{
    period::Month,
    statement::{Cents, Currency, Every, Mode, Proration, Rate},
};
use carpool_relay::{
    accounts::Surroundings,
    store::{
        is_taken,
        plan::{self, Named, Plan, PlanAdjustment, PlanCost},
    },
};
use clap::{Args, Subcommand, ValueEnum};
use jiff::{ToSpan, civil::Date, tz::TimeZone};

use super::super::{
    named::{self, database, unknown},
    output::Output,
};
use crate::failure::Failure;

/// How the owner is named where a friend could be.
const OWNER: &str = "owner";

#[derive(Debug, Subcommand)]
pub(super) enum PlanCommand {
    /// Show all entries
    Show,
    /// Set the currency, its rate, how subscriptions are shared, and which friend you are
    Set(SetArgs),
    /// Enter a subscription, or another cost that is shared, such as a server
    Subscribe(SubscribeArgs),
    /// Say on which day a subscription ended
    End {
        /// The subscription, by id or name
        id: String,
        /// Its last day
        #[arg(long, value_name = "DATE")]
        on: Date,
    },
    /// Enter what one person owes another for a reason of their own; nobody else's statement changes
    Adjust(AdjustArgs),
    /// Say who pays the provider of an account that is billed by use [default: the owner]
    Bill {
        /// The account, by id or name
        account: String,
        /// A friend, by id or name, or owner
        #[arg(long, value_name = "N")]
        paid_by: String,
    },
    /// Take a subscription or an adjustment back; statements that were kept stay as they are
    Remove {
        /// The entry's id, or a subscription's name
        id: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct SetArgs {
    /// The currency of statements, such as EUR
    #[arg(long)]
    currency: Option<Currency>,
    /// How much of it one US dollar is, such as 0.92: for API bills and prices in USD
    #[arg(long)]
    rate: Option<Rate>,
    /// How subscriptions are shared: equally, by the list price of what each used, or a base fee each and the rest by use
    #[arg(long, value_enum)]
    sharing: Option<SharingWord>,
    /// The base fee of a month
    #[arg(long, value_name = "AMOUNT")]
    fee: Option<String>,
    /// The friend that you are; nobody: you only pay, and have no part in what all share
    #[arg(long, value_name = "N|nobody")]
    me: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SharingWord {
    Equal,
    Use,
    BaseFee,
}

#[derive(Args, Debug)]
pub(super) struct SubscribeArgs {
    /// What it is called
    name: String,
    /// The price of one period
    #[arg(long, value_name = "AMOUNT")]
    price: String,
    /// The currency of the price, if it is not the statement's
    #[arg(long = "in", value_name = "CURRENCY")]
    currency: Option<Currency>,
    /// The account it pays for, by id or name; without one all use counts
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The period
    #[arg(long, value_enum, default_value = "month")]
    every: EveryWord,
    /// Its first day [default: the first of this month]
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Its last day, if it is known
    #[arg(long, value_name = "DATE")]
    ends: Option<Date>,
    /// What a month costs in which it begins or ends: its days, or the whole price
    #[arg(long, value_enum, default_value = "days")]
    prorate: ProrateWord,
    /// Who pays it: a friend, by id or name, or owner
    #[arg(long, value_name = "N", default_value = OWNER)]
    paid_by: String,
    /// Who shares it [default: everyone]
    #[arg(long, value_name = "N", num_args = 1..)]
    shared_by: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EveryWord {
    Month,
    Year,
    Once,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProrateWord {
    Days,
    Whole,
}

#[derive(Args, Debug)]
pub(super) struct AdjustArgs {
    /// The month, such as 2026-11
    month: Month,
    /// Who owes: a friend, by id or name, or owner
    #[arg(long, value_name = "N")]
    from: String,
    /// Whom
    #[arg(long, value_name = "N", default_value = OWNER)]
    to: String,
    /// How much, in the statement's currency
    #[arg(long)]
    amount: String,
    /// What for
    #[arg(long, value_name = "TEXT")]
    why: String,
}

pub(super) async fn run(command: PlanCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    match command {
        PlanCommand::Show => {}
        PlanCommand::Set(args) => set(args, around).await?,
        PlanCommand::Subscribe(args) => subscribe(args, around).await?,
        PlanCommand::End { id, on } => {
            let cost = cost(around, &id).await?;
            plan::end_cost(pool, cost.id, day_after(cost.from, on)?).await.map_err(database)?;
        }
        PlanCommand::Adjust(args) => adjust(args, around).await?,
        PlanCommand::Bill { account, paid_by } => {
            let (account, payer) = (named::account(around, &account).await?, person(around, &paid_by).await?);
            plan::set_bill(pool, account.id, payer).await.map_err(database)?;
        }
        PlanCommand::Remove { id } => remove(around, &id).await?,
    }
    shown::all(around, output).await
}

async fn set(args: SetArgs, around: &Surroundings) -> Result<(), Failure> {
    let pool = around.store.pool();
    let old = plan::get(pool).await.map_err(database)?;
    let currency = args.currency.unwrap_or(old.currency);
    let rate = match (args.rate, currency) {
        (Some(rate), _) => rate,
        (None, same) if same == old.currency => old.rate,
        (None, Currency::USD) => Rate::ONE,
        (None, other) => {
            let message = format!("say with --rate how much {other} one US dollar is: API bills are in dollars");
            return Err(Failure::new("rate_missing", message));
        }
    };
    let me = match args.me.as_deref() {
        None => old.me,
        Some("nobody") => None,
        Some(wanted) => Some(named::friend(around, wanted).await?.id),
    };
    let sharing = sharing(args.sharing, args.fee.as_deref(), currency, &old)?;
    plan::put(pool, &Plan { currency, rate, sharing, me }).await.map_err(database)
}

fn sharing(word: Option<SharingWord>, fee: Option<&str>, currency: Currency, old: &Plan) -> Result<Mode, Failure> {
    let fee = fee.map(|text| amount(text, currency)).transpose()?;
    let old_fee = match old.sharing {
        Mode::BaseFee { fee } if currency == old.currency => Some(fee),
        _ => None,
    };
    let keeps_fee = matches!(old.sharing, Mode::BaseFee { .. }) && word.is_none();
    match (word, fee.or(old_fee)) {
        (Some(SharingWord::Equal), _) if fee.is_none() => Ok(Mode::Equal),
        (Some(SharingWord::Use), _) if fee.is_none() => Ok(Mode::ByUse),
        (Some(SharingWord::BaseFee), Some(fee)) => Ok(Mode::BaseFee { fee }),
        (None, Some(fee)) if keeps_fee => Ok(Mode::BaseFee { fee }),
        (None, None) if !keeps_fee => Ok(old.sharing),
        (Some(SharingWord::BaseFee), None) | (None, None) => {
            Err(Failure::new("fee_missing", format!("say with --fee how much {currency} the base fee of a month is")))
        }
        _ => Err(Failure::new("fee_without_use", "--fee is for --sharing base-fee")),
    }
}

async fn subscribe(args: SubscribeArgs, around: &Surroundings) -> Result<(), Failure> {
    let pool = around.store.pool();
    let shown = plan::get(pool).await.map_err(database)?.currency;
    let currency = args.currency.unwrap_or(shown);
    if currency != shown && currency != Currency::USD {
        let message = format!("prices can be in {shown}, as statements are, or in USD");
        return Err(Failure::new("wrong_currency", message));
    }
    let account_id = match &args.account {
        Some(wanted) => Some(named::account(around, wanted).await?.id),
        None => None,
    };
    let today = around.clock.now().to_zoned(TimeZone::system()).date();
    let from = args.from.unwrap_or_else(|| today.first_of_month());
    let mut shared_by = Vec::new();
    for wanted in &args.shared_by {
        shared_by.push(person(around, wanted).await?);
    }
    let cost = PlanCost {
        id: 0,
        account_id,
        price: amount(&args.price, currency)?,
        currency,
        every: match args.every {
            EveryWord::Month => Every::Month,
            EveryWord::Year => Every::Year,
            EveryWord::Once => Every::Once,
        },
        proration: match args.prorate {
            ProrateWord::Days => Proration::Days,
            ProrateWord::Whole => Proration::Whole,
        },
        from,
        until: args.ends.map(|ends| day_after(from, ends)).transpose()?,
        paid_by: person(around, &args.paid_by).await?,
        shared_by,
        name: args.name,
    };
    let taken = |error| {
        if is_taken(&error) {
            let message = format!("there is a subscription named '{}' already: choose another name", cost.name);
            Failure::new("name_taken", message)
        } else {
            database(error)
        }
    };
    plan::add_cost(pool, &cost).await.map(drop).map_err(taken)
}

async fn adjust(args: AdjustArgs, around: &Surroundings) -> Result<(), Failure> {
    let pool = around.store.pool();
    let plan = plan::get(pool).await.map_err(database)?;
    let (from, to) = (person(around, &args.from).await?, person(around, &args.to).await?);
    if from.or(plan.me) == to.or(plan.me) {
        return Err(Failure::new("same_person", "an adjustment is between two people: --from and --to are the same"));
    }
    let amount = amount(&args.amount, plan.currency)?;
    if amount == Cents(0) {
        return Err(Failure::new("bad_amount", "an adjustment is more than zero"));
    }
    let AdjustArgs { month, why, .. } = args;
    let adjustment = PlanAdjustment { id: 0, month, from, to, amount, currency: plan.currency, why };
    plan::add_adjustment(pool, &adjustment).await.map(drop).map_err(database)
}

async fn remove(around: &Surroundings, wanted: &str) -> Result<(), Failure> {
    let pool = around.store.pool();
    let adjustments = plan::adjustments(pool).await.map_err(database)?;
    if let Some(found) = adjustments.iter().find(|one| shown::adjustment_id(one.id) == wanted) {
        return plan::remove_adjustment(pool, found.id).await.map_err(database);
    }
    let cost = cost(around, wanted).await?;
    plan::remove_cost(pool, cost.id).await.map_err(database)
}

/// The cost with this id or name.
async fn cost(around: &Surroundings, wanted: &str) -> Result<PlanCost, Failure> {
    let all = plan::costs(around.store.pool()).await.map_err(database)?;
    let found = all.iter().find(|cost| shown::cost_id(cost.id) == wanted || cost.name == wanted);
    let names: Vec<_> = all.iter().map(|cost| cost.name.as_str()).collect();
    found.cloned().ok_or_else(|| unknown("subscription", wanted, &names))
}

async fn person(around: &Surroundings, wanted: &str) -> Result<Named, Failure> {
    if wanted == OWNER {
        return Ok(None);
    }
    named::friend(around, wanted).await.map(|friend| Some(friend.id))
}

fn amount(text: &str, currency: Currency) -> Result<Cents, Failure> {
    currency.parse(text).map_err(|error| Failure::new("bad_amount", error.to_string()))
}

/// The first day after the last one, which is not before the first.
fn day_after(first: Date, last: Date) -> Result<Date, Failure> {
    if last < first {
        return Err(Failure::new("bad_range", format!("it cannot end on {last}: it begins on {first}")));
    }
    Ok(last.saturating_add(1.day()))
}
