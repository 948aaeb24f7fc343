//! Sharing for real, once, from the owner's window to a call of the real Claude Code through an SSH tunnel: made by
//! `scripts/share-check`, not by the ring, because it needs Claude Code and Chromium. The friend's half of it is
//! `scripts/pages/share.mjs`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use carpool_ipc::{settings::Language, texts::texts, tunnel::Light};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::{
    desktop::{Desktop, free_port},
    launch::App,
    ssh_server::SshServer,
    support::owner::TOKEN_FIELDS,
};

/// Says where the pictures go; without it there is nothing to do.
const FOLDER: &str = "CARPOOL_SHARE_CHECK";
/// How long one of the friend's steps may take; the longest has Claude Code's start in it.
const STEP: Duration = Duration::from_secs(240);
/// The pause between two words of an answer, so that it can be watched.
const PACE: Duration = Duration::from_millis(150);

#[tokio::test]
async fn an_invite_leads_to_claude_codes_call_through_ssh_and_home_shows_it() {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else { return };
    let (server, desktop) = (SshServer::start().await, Desktop::new().await);
    let ssh = fs::read_to_string(server.programs().join("ssh")).expect("a program");
    desktop.install("ssh", &ssh);
    desktop.set_up_account().await;
    desktop.end_first_run().await;
    let app = App::start(&desktop).await;
    let owner = Owner { app: &app, folder: &folder };

    let url = owner.opens_ssh(&server).await;
    let link = owner.invites_alex(&url).await;
    owner.sees_the_tunnel_work(&url).await;
    let mut friend = Friend::start(&link, &folder, &desktop.folder.path().join("friend"));
    friend.has("redeemed").await;
    owner.sees_the_invite("No call yet", "06-owner-invite-redeemed").await;
    desktop.pretend.set_pace(PACE);
    owner.goes_home().await;
    friend.goes_on().await;
    owner.sees_a_call().await;
    friend.has("called").await;
    desktop.pretend.set_pace(Duration::ZERO);
    owner.sees_the_invite("First call seen", "10-owner-first-call-seen").await;
    friend.goes_on().await;
    friend.has("found").await;
    friend.goes_on().await;
    friend.ends_well().await;
    owner.finds_the_calls(&desktop).await;
    app.stop().await;
}

/// The owner, at the window.
struct Owner<'a> {
    app: &'a App,
    folder: &'a Path,
}

impl Owner<'_> {
    /// Chooses SSH before there is anybody to open it for; returns the address friends will use.
    async fn opens_ssh(&self, server: &SshServer) -> String {
        let screen = &self.app.screen;
        let remote_port = free_port();
        let url = format!("http://127.0.0.1:{remote_port}");
        screen.press("#share").await;
        screen.press("label[for=way-ssh]").await;
        screen.fill("#field-server", &server.remote()).await;
        screen.fill("#field-remote-port", &remote_port.to_string()).await;
        screen.fill("#field-url", &url).await;
        self.pictures("01-owner-chooses-ssh").await;
        screen.press("#start-tunnel").await;
        screen.reads("[data-test=tunnel-standing]", "Waiting for a first key").await;
        screen.press("#share-done").await;
        url
    }

    /// Adds a friend with an invite, which opens the tunnel; returns the link.
    async fn invites_alex(&self, url: &str) -> String {
        let screen = &self.app.screen;
        screen.goes_to("friends").await;
        screen.press("#new-friend").await;
        screen.fill("#add-friend-dialog #field-friend-name", "Alex").await;
        screen.press("#add-friend-dialog [data-test=submit]").await;
        let link = screen.reads("#invite-link", "#k=").await;
        assert!(link.starts_with(&format!("{url}/i/")), "{link}");
        screen.sees("[data-test=invite-open]").await;
        assert_eq!(screen.all("[data-test=scope-warning]").await, Vec::<String>::new());
        self.pictures("02-owner-invite").await;
        screen.press("#invite-done").await;
        link
    }

    /// Looks how friends reach the machine: through the tunnel, and every step of it is well.
    async fn sees_the_tunnel_work(&self, url: &str) {
        let screen = &self.app.screen;
        screen.goes_to("home").await;
        screen.reads("#public-address", url).await;
        screen.press("#share").await;
        screen.reads("[data-test=tunnel-standing]", "Open through SSH").await;
        screen.press("#check-reach").await;
        screen.sees("#check-reach:not([aria-busy])").await;
        screen.reads("[data-test=reach-step][data-verdict=Ok]", "A call from outside").await;
        assert_eq!(screen.all("[data-test=reach-step][data-verdict=Fail]").await, Vec::<String>::new());
        self.pictures("03-owner-tunnel-checked").await;
        screen.press("#share-done").await;
        screen.reads("[data-test=reach-light]", (texts(Language::English).tunnel.light)(Light::Green)).await;
    }

    /// Looks at the friend's card, where it says what has become of the invite.
    async fn sees_the_invite(&self, mark: &str, picture: &str) {
        self.app.screen.goes_to("friends").await;
        self.app.screen.reads("[data-name=Alex] [data-test=invite-mark]", mark).await;
        self.pictures(picture).await;
    }

    async fn goes_home(&self) {
        self.app.screen.goes_to("home").await;
        self.app.screen.reads("#today-calls", "0").await;
    }

    /// Watches the friend's call as it goes on.
    async fn sees_a_call(&self) {
        self.app.screen.reads("[data-test=live-call].answering", "Alex").await;
        self.pictures("08-owner-home-live").await;
    }

    /// Home counts the calls of the ledger, which has what the provider counted, and nothing else.
    async fn finds_the_calls(&self, desktop: &Desktop) {
        let rows = desktop.run("calls").await;
        let rows = rows.as_array().expect("rows");
        let screen = &self.app.screen;
        screen.goes_to("home").await;
        screen.reads("#today-calls", &rows.len().to_string()).await;
        self.pictures("13-owner-home-after").await;

        assert!(rows.iter().all(|row| row["status"] == "complete" && row["friend"] == "Alex"), "{rows:?}");
        let counted = desktop.pretend.totals();
        let counted =
            [counted.input, counted.cache_read, counted.cache_write_5m, counted.cache_write_1h, counted.output];
        let sums = TOKEN_FIELDS.map(|field| rows.iter().filter_map(|row| row[field].as_u64()).sum::<u64>());
        assert_eq!(sums, counted);
    }

    async fn pictures(&self, name: &str) {
        let picture = self.app.screen.picture().await;
        fs::write(self.folder.join(name).with_extension("png"), picture).expect("written");
    }
}

/// The friend, who has Chromium and Claude Code.
struct Friend {
    process: Child,
    owner: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Friend {
    /// Gives somebody the link, who has a home with nothing in it.
    fn start(link: &str, folder: &Path, home: &Path) -> Self {
        fs::create_dir(home).expect("a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/pages/share.mjs");
        let mut command = Command::new("node");
        command.arg(script).arg(link).arg(folder).arg(home);
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("there is Node");
        let owner = process.stdin.take().expect("piped");
        let said = BufReader::new(process.stdout.take().expect("piped")).lines();
        Self { process, owner, said }
    }

    /// Waits until a step is done.
    async fn has(&mut self, done: &str) {
        let said = timeout(STEP, self.said.next_line()).await.unwrap_or_else(|_| panic!("never: {done}"));
        assert_eq!(said.expect("a line").as_deref(), Some(done));
    }

    /// Lets the next step begin.
    async fn goes_on(&mut self) {
        self.owner.write_all(b"\n").await.expect("it listens");
    }

    async fn ends_well(mut self) {
        let ended = timeout(STEP, self.process.wait()).await.expect("it ends").expect("it is waited for");
        assert!(ended.success(), "{ended}");
    }
}
