//! What the window may ask: one statement each, one file for each place.

mod account_options;
mod accounts;
mod calls;
mod devices;
mod friends;
mod invites;
mod keys;
mod limits;
mod own_machine;
mod plan;
mod pool;
mod prices;
mod privacy;
mod reach_words;
mod save;
mod settings;
mod shares;
pub(super) mod shown;
mod statement;
mod status;
mod tunnel;
mod usage;
mod windows;

use carpool_ipc::{Command, Failure};
use tauri::ipc::Invoke;

pub(super) use self::{
    accounts::listed as listed_accounts, friends::listed as listed_friends, reach_words::shown_tunnel,
};

/// The reply to a command.
type Reply<Ask> = Result<<Ask as Command>::Reply, Failure>;

/// Every command, by the names in `carpool_ipc::COMMANDS`.
#[expect(clippy::too_many_lines, reason = "it is a list")]
pub(super) fn handler() -> impl Fn(Invoke) -> bool {
    tauri::generate_handler![
        status::status,
        status::retry,
        status::accept_terms,
        status::settle_reach,
        status::end_first_run,
        status::start_demo,
        status::leave_demo,
        status::pause_sharing,
        status::copy,
        status::open_link,
        status::open_terms,
        status::quit,
        status::live,
        accounts::providers,
        accounts::accounts,
        accounts::begin_login,
        accounts::finish_login,
        accounts::import_login,
        accounts::add_account,
        accounts::test_account,
        accounts::rename_account,
        accounts::pause_account,
        accounts::clear_account,
        accounts::remove_account,
        pool::tune_account,
        pool::arrange_accounts,
        pool::strategy,
        pool::set_strategy,
        pool::explain,
        friends::friends,
        friends::add_friend,
        friends::rename_friend,
        friends::pause_friend,
        friends::remove_friend,
        friends::create_key,
        friends::rotate_key,
        friends::pause_key,
        friends::revoke_key,
        keys::rotate_all_keys,
        keys::save_keys,
        limits::set_friend_limits,
        limits::set_key_limits,
        shares::set_shares,
        shares::fair_share,
        shares::set_fair_share,
        invites::invites,
        invites::create_invite,
        invites::revoke_invite,
        tunnel::reachability,
        tunnel::start_tunnel,
        tunnel::stop_tunnel,
        tunnel::check_reach,
        tunnel::set_publish,
        own_machine::programs,
        own_machine::set_up_program,
        own_machine::undo_program,
        usage::usage,
        usage::answers,
        usage::subscriptions,
        usage::export_usage,
        calls::calls,
        calls::call_names,
        calls::export_calls,
        statement::statement,
        statement::subscription_value,
        statement::keep_statement,
        statement::export_statement,
        statement::copy_statement,
        plan::plan,
        plan::set_currency,
        plan::set_sharing,
        plan::enter_cost,
        plan::end_cost,
        plan::remove_cost,
        plan::enter_adjustment,
        plan::remove_adjustment,
        plan::set_bill,
        prices::prices,
        prices::look_at_prices,
        prices::take_prices,
        prices::set_daily_prices,
        prices::set_price,
        prices::unset_price,
        prices::recount_prices,
        settings::settings,
        settings::set_address,
        settings::set_theme,
        settings::set_language,
        settings::set_start_at_login,
        settings::set_notifications,
        settings::open_data_folder,
        privacy::privacy_proof,
        privacy::prove_privacy,
    ]
}
