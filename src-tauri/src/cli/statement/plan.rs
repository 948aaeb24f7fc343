//! `carpool statement plan …`: the owner's entries, which statements are made of.

mod shown;

use carpool_core::{
    period::Month,
    statement::{Currency, Every, Proration, Rate},
};
use carpool_relay::{
    accounts::Surroundings,
    plan::{self as entries, Adjusting, Change, Entry, Shared},
    store::plan::{self, Named, PlanCost},
};
use clap::{Args, Subcommand, ValueEnum};
use jiff::{civil::Date, tz::TimeZone};

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
    /// Enter a subscription anew, from its beginning on; statements that were kept stay as they are. For another price from
    /// a day on, end it and enter one more
    Change {
        /// The subscription, by id or name
        id: String,
        #[command(flatten)]
        entered: SubscribeArgs,
    },
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
    /// The currency of statements, and of all money in the window, such as EUR
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
        PlanCommand::Subscribe(args) => entries::enter(pool, entry(args, around).await?).await?,
        PlanCommand::Change { id, entered } => {
            let cost = cost(around, &id).await?;
            entries::enter_again(pool, cost.id, entry(entered, around).await?).await?;
        }
        PlanCommand::End { id, on } => {
            let cost = cost(around, &id).await?;
            entries::end(pool, cost.id, on).await?;
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
    let me = match args.me.as_deref() {
        None => None,
        Some("nobody") => Some(None),
        Some(wanted) => Some(Some(named::friend(around, wanted).await?.id)),
    };
    let shared = args.sharing.map(|word| match word {
        SharingWord::Equal => Shared::Equally,
        SharingWord::Use => Shared::ByUse,
        SharingWord::BaseFee => Shared::WithFee,
    });
    let SetArgs { currency, rate, fee, .. } = args;
    Ok(entries::change(around.store.pool(), Change { currency, rate, shared, fee, me }).await?)
}

async fn entry(args: SubscribeArgs, around: &Surroundings) -> Result<Entry, Failure> {
    let account_id = match &args.account {
        Some(wanted) => Some(named::account(around, wanted).await?.id),
        None => None,
    };
    let today = around.clock.now().to_zoned(TimeZone::system()).date();
    let mut shared_by = Vec::new();
    for wanted in &args.shared_by {
        shared_by.push(person(around, wanted).await?);
    }
    Ok(Entry {
        account_id,
        price: args.price,
        currency: args.currency,
        every: match args.every {
            EveryWord::Month => Every::Month,
            EveryWord::Year => Every::Year,
            EveryWord::Once => Every::Once,
        },
        proration: match args.prorate {
            ProrateWord::Days => Proration::Days,
            ProrateWord::Whole => Proration::Whole,
        },
        from: args.from.unwrap_or_else(|| today.first_of_month()),
        ends: args.ends,
        paid_by: person(around, &args.paid_by).await?,
        shared_by,
        name: args.name,
    })
}

async fn adjust(args: AdjustArgs, around: &Surroundings) -> Result<(), Failure> {
    let (from, to) = (person(around, &args.from).await?, person(around, &args.to).await?);
    let AdjustArgs { month, amount, why, .. } = args;
    Ok(entries::adjust(around.store.pool(), Adjusting { month, from, to, amount, why }).await?)
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
