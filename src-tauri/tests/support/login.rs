//! Signing an account in from the command line, as an owner does it: open the address, paste what the page shows.

use std::{fs, process::Stdio};

use carpool_relay::pretend::Pretend;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::timeout,
};
use url::Url;

use super::{
    PATIENCE,
    program::{Folder, Ran},
};

/// Puts the pretend provider in the place of Claude; `token_path` is where its token endpoint is said to be.
pub(crate) fn point_at(folder: &Folder, pretend: &Pretend, token_path: &str) {
    let base = pretend.url();
    let base = base.as_str().trim_end_matches('/');
    let addresses = format!(
        "[claude]\napi_base = '{base}'\nauthorize_url = '{base}/oauth/authorize'\ntoken_url = '{base}{token_path}'\n\
         redirect_uri = '{base}/oauth/code/callback'\nusage_url = '{base}/api/oauth/usage'\n\
         profile_url = '{base}/api/oauth/profile'\n"
    );
    fs::write(folder.providers_file(), addresses).expect("written");
}

/// Signs an account in, from the first step to the last.
pub(crate) async fn sign_in(folder: &Folder, pretend: &Pretend, name: &str) -> Ran {
    let login = Login::begin(&mut login_command(folder, name)).await;
    let code = pretend.sign_in(&login.authorize_url);
    login.paste(&code).await
}

/// The command that signs an account in.
pub(crate) fn login_command(folder: &Folder, name: &str) -> Command {
    folder.program(&format!("account login claude --json --name {name}"))
}

/// A sign-in that waits for its code.
pub(crate) struct Login {
    told: String,
    child: Child,
    stdout: BufReader<ChildStdout>,
    first_line: String,
    pub(crate) authorize_url: Url,
}

impl Login {
    pub(crate) async fn begin(command: &mut Command) -> Self {
        Self::begin_with(command, "").await
    }

    /// The same for a command that reads a line before it tells the address.
    pub(crate) async fn begin_with(command: &mut Command, line: &str) -> Self {
        let told = format!("{:?}", command.as_std());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be run");
        if !line.is_empty() {
            let stdin = child.stdin.as_mut().expect("piped");
            stdin.write_all(format!("{line}\n").as_bytes()).await.expect("it reads");
        }
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut first_line = String::new();
        timeout(PATIENCE, stdout.read_line(&mut first_line)).await.expect("an address in time").expect("readable");
        let event: serde_json::Value =
            serde_json::from_str(&first_line).unwrap_or_else(|error| panic!("{told}: {error} in {first_line:?}"));
        let authorize_url = event["authorize_url"].as_str().and_then(|url| Url::parse(url).ok()).expect("an address");
        Self { told, child, stdout, first_line, authorize_url }
    }

    /// A parameter of the address that is to be opened.
    pub(crate) fn parameter(&self, wanted: &str) -> Option<String> {
        let mut pairs = self.authorize_url.query_pairs();
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    }

    /// Pastes a text, line end included, and tells how the command ended.
    pub(crate) async fn paste(mut self, text: &str) -> Ran {
        let mut stdin = self.child.stdin.take().expect("piped");
        stdin.write_all(format!("{text}\n").as_bytes()).await.expect("it reads");
        drop(stdin);
        self.ends().await
    }

    /// Tells how the command ended, without anything being pasted.
    pub(crate) async fn ends(mut self) -> Ran {
        let mut rest = Vec::new();
        let ending = async {
            self.stdout.read_to_end(&mut rest).await.expect("readable");
            self.child.wait_with_output().await.expect("it is waited for")
        };
        let mut output = timeout(PATIENCE, ending).await.expect("it does not end");
        output.stdout = [self.first_line.into_bytes(), rest].concat();
        Ran::read(self.told, output)
    }
}
