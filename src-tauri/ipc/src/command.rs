//! The commands: each is the struct of its arguments, with its name and the shape of its reply.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    accounts, calls, friends, invites, limits, live, own_machine, plan, prices, privacy, providers, settings, shares,
    statement, status, tunnel, usage,
};

/// Something the window may ask of the host. The struct itself is the argument, passed under the name `ask`.
pub trait Command: Serialize + DeserializeOwned {
    /// The name it is invoked by.
    const NAME: &'static str;
    /// What the host replies with.
    type Reply: Serialize + DeserializeOwned;
}

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The failure's name for programs, e.g. `name_taken`; the window translates the ones it knows.
    pub code: String,
    /// A sentence for the owner, in English, with its causes and what to do.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// Gives each command its name and its reply, and lists them all.
macro_rules! commands {
    ($($name:literal $ask:ty => $reply:ty;)*) => {
        $(impl Command for $ask {
            const NAME: &'static str = $name;
            type Reply = $reply;
        })*

        /// Every command the window may call. The build script grants exactly these to the webview.
        pub const COMMANDS: &[&str] = &[$($name),*];
    };
}

commands! {
    "status" status::GetStatus => status::Status;
    "retry" status::Retry => ();
    "accept_terms" status::AcceptTerms => ();
    "settle_reach" status::SettleReach => ();
    "end_first_run" status::EndFirstRun => ();
    "start_demo" status::StartDemo => ();
    "leave_demo" status::LeaveDemo => ();
    "pause_sharing" status::PauseSharing => ();
    "copy" status::Copy => ();
    "open_link" status::OpenLink => ();
    "open_terms" status::OpenTerms => ();
    "quit" status::Quit => ();

    "live" live::GetLive => live::Live;

    "providers" providers::ListProviders => Vec<providers::Provider>;
    "accounts" accounts::ListAccounts => Vec<accounts::Account>;
    "begin_login" accounts::BeginLogin => accounts::Login;
    "finish_login" accounts::FinishLogin => accounts::Tested;
    "import_login" accounts::ImportLogin => accounts::Tested;
    "add_account" accounts::AddAccount => accounts::Tested;
    "test_account" accounts::TestAccount => accounts::Tested;
    "rename_account" accounts::RenameAccount => ();
    "pause_account" accounts::PauseAccount => ();
    "clear_account" accounts::ClearAccount => ();
    "remove_account" accounts::RemoveAccount => ();
    "tune_account" accounts::TuneAccount => ();
    "arrange_accounts" accounts::ArrangeAccounts => ();
    "strategy" accounts::GetStrategy => accounts::Strategy;
    "set_strategy" accounts::SetStrategy => ();
    "explain" accounts::Explain => accounts::Explanation;

    "friends" friends::ListFriends => Vec<friends::Friend>;
    "add_friend" friends::AddFriend => friends::AddedFriend;
    "rename_friend" friends::RenameFriend => ();
    "pause_friend" friends::PauseFriend => ();
    "remove_friend" friends::RemoveFriend => ();
    "create_key" friends::CreateKey => friends::IssuedKey;
    "rotate_key" friends::RotateKey => friends::IssuedKey;
    "pause_key" friends::PauseKey => ();
    "revoke_key" friends::RevokeKey => ();
    "rotate_all_keys" friends::RotateAllKeys => Vec<friends::IssuedKey>;
    "save_keys" friends::SaveKeys => Option<String>;
    "set_friend_limits" limits::SetFriendLimits => ();
    "set_key_limits" limits::SetKeyLimits => ();
    "set_shares" shares::SetShares => ();
    "fair_share" shares::GetFairShare => shares::FairShare;
    "set_fair_share" shares::SetFairShare => ();
    "invites" invites::ListInvites => Vec<invites::Invite>;
    "create_invite" invites::CreateInvite => invites::IssuedInvite;
    "revoke_invite" invites::RevokeInvite => ();

    "reachability" tunnel::GetReachability => tunnel::Reachability;
    "start_tunnel" tunnel::StartTunnel => ();
    "stop_tunnel" tunnel::StopTunnel => ();
    "check_reach" tunnel::CheckReach => ();
    "set_publish" tunnel::SetPublish => ();

    "programs" own_machine::ListPrograms => Vec<own_machine::OwnProgram>;
    "set_up_program" own_machine::SetUpProgram => own_machine::SetupReport;
    "undo_program" own_machine::UndoProgram => own_machine::SetupReport;

    "usage" usage::GetReport => usage::Report;
    "answers" usage::GetAnswers => Vec<usage::Answers>;
    "subscriptions" usage::GetSubscriptions => Vec<usage::Subscription>;
    "export_usage" usage::ExportUsage => Option<String>;
    "calls" calls::ListCalls => calls::Calls;
    "call_names" calls::GetCallNames => calls::CallNames;
    "export_calls" calls::ExportCalls => Option<String>;

    "statement" statement::GetStatement => statement::Statement;
    "subscription_value" statement::GetValue => statement::MonthValue;
    "keep_statement" statement::KeepStatement => i64;
    "export_statement" statement::ExportStatement => Option<String>;
    "copy_statement" statement::CopyStatement => ();
    "plan" plan::GetPlan => plan::Plan;
    "set_currency" plan::SetCurrency => ();
    "set_sharing" plan::SetSharing => ();
    "enter_cost" plan::EnterCost => ();
    "end_cost" plan::EndCost => ();
    "remove_cost" plan::RemoveCost => ();
    "enter_adjustment" plan::EnterAdjustment => ();
    "remove_adjustment" plan::RemoveAdjustment => ();
    "set_bill" plan::SetBill => ();

    "prices" prices::GetPrices => prices::Prices;
    "look_at_prices" prices::LookAtPrices => Option<prices::FoundBook>;
    "take_prices" prices::TakePrices => i64;
    "set_daily_prices" prices::SetDailyPrices => ();
    "set_price" prices::SetPrice => ();
    "unset_price" prices::UnsetPrice => ();
    "recount_prices" prices::RecountPrices => prices::Recounted;

    "settings" settings::GetSettings => settings::Settings;
    "set_address" settings::SetAddress => ();
    "set_theme" settings::SetTheme => ();
    "set_language" settings::SetLanguage => ();
    "set_start_at_login" settings::SetStartAtLogin => ();
    "set_notifications" settings::SetNotifications => ();
    "open_data_folder" settings::OpenDataFolder => ();
    "privacy_proof" privacy::GetPrivacyProof => Option<privacy::PrivacyProof>;
    "prove_privacy" privacy::ProvePrivacy => privacy::PrivacyProof;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_name_of_its_own() {
        let mut names = COMMANDS.to_vec();
        names.sort_unstable();
        names.dedup();

        assert_eq!(names.len(), COMMANDS.len());
    }

    #[test]
    fn the_window_is_allowed_every_command_and_no_other() {
        let configuration = include_str!("../../../tauri.conf.json");
        let allowed = configuration.lines().filter_map(|line| line.trim().strip_prefix("\"allow-"));
        let allowed: Vec<String> = allowed.map(|line| line.trim_end_matches(['"', ',']).replace('-', "_")).collect();

        assert_eq!(allowed, COMMANDS);
    }
}
