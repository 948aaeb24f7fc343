//! What each way starts, and what it reads.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::WAYS;
use crate::tunnel::{Command, Launch, Part, Place, Remote, Said, Trouble, TunnelSettings, Unfit, Way, WayId};

const SECRET: &str = "canary-7d21-secret";

fn place() -> Place {
    Place { port: 8787, folder: PathBuf::from("/data/tunnel") }
}

fn way(word: &str) -> &'static dyn Way {
    word.parse::<WayId>().unwrap().way()
}

/// All that a way can be told.
fn settings(way: &dyn Way) -> TunnelSettings {
    let has = |part| way.parts().iter().any(|(known, _)| *known == part);
    TunnelSettings {
        way: way.id(),
        to: has(Part::To).then(|| "owner@relay.example.org:2222".parse().unwrap()),
        remote_port: has(Part::RemotePort).then_some(9000),
        url: has(Part::Url).then(|| Url::parse("https://carpool.example.org").unwrap()),
        secret: has(Part::Secret).then(|| SecretString::from(SECRET)),
        client_address_header: has(Part::ClientAddressHeader).then(|| "x-real-ip".parse().unwrap()),
    }
}

fn command(word: &str, settings: &TunnelSettings) -> Command {
    match way(word).launch(settings, &place()).unwrap() {
        Launch::Program(command) => command,
        other => panic!("{word} starts {other:?}"),
    }
}

fn line(word: &str) -> String {
    let command = command(word, &settings(way(word)));
    format!("{} {}", command.program.name, command.args.join(" "))
}

/// What a way makes of what its program prints.
fn read(word: &str, printed: &str) -> Vec<Said> {
    printed.lines().filter_map(|line| way(word).read(line)).collect()
}

fn url(text: &str) -> Said {
    Said::Url(Url::parse(text).unwrap())
}

fn failed(trouble: Trouble) -> Vec<Said> {
    vec![Said::Failed(trouble)]
}

#[test]
fn every_way_has_a_name_of_its_own_and_is_found_by_it() {
    let found: Vec<_> = WAYS.iter().map(|way| way.id().as_str().parse::<WayId>().unwrap()).collect();

    assert_eq!(found, WAYS.iter().map(|way| way.id()).collect::<Vec<_>>());
    let error = "teleport".parse::<WayId>().unwrap_err().to_string();
    assert!(error.contains("cloudflare-quick") && error.contains("own"), "{error}");
}

#[test]
fn programs_are_started_as_their_documentation_says() {
    let cloudflared = "cloudflared tunnel --no-autoupdate --config /data/tunnel/cloudflared.yml";

    assert_eq!(line("cloudflare-quick"), format!("{cloudflared} --url http://127.0.0.1:8787"));
    assert_eq!(line("cloudflare"), format!("{cloudflared} run --url http://127.0.0.1:8787"));
    assert_eq!(line("tailscale-serve"), "tailscale serve http://127.0.0.1:8787");
    assert_eq!(line("tailscale-funnel"), "tailscale funnel http://127.0.0.1:8787");
    assert_eq!(
        line("ngrok"),
        "ngrok http --inspect=false --log stdout --log-format json --url https://carpool.example.org http://127.0.0.1:8787"
    );
    assert_eq!(line("bore"), "bore local 8787 --local-host 127.0.0.1 --to relay.example.org --port 9000");
    let ssh = line("ssh");
    assert!(ssh.contains("-o BatchMode=yes -o ExitOnForwardFailure=yes -o ServerAliveInterval=15"), "{ssh}");
    assert!(ssh.ends_with("-p 2222 -l owner -R 9000:127.0.0.1:8787 -- relay.example.org"), "{ssh}");
}

#[test]
fn a_secret_is_in_the_environment_and_nowhere_else() {
    for way in WAYS {
        let settings = settings(*way);
        let Launch::Program(command) = way.launch(&settings, &place()).unwrap() else { continue };

        let seen = format!("{:?} {:?} {command:?}", command.args, command.files);
        assert!(!seen.contains(SECRET), "{}: {seen}", way.id());
        let kept = command.env.iter().filter(|(_, value)| value.expose_secret() == SECRET).count();
        assert_eq!(kept, usize::from(settings.secret.is_some()), "{}", way.id());
    }
}

#[test]
fn a_way_says_what_is_missing_and_what_it_has_no_use_for() {
    for way in WAYS {
        settings(*way).check().unwrap();
        for (part, need) in way.parts() {
            let mut settings = settings(*way);
            take_away(&mut settings, *part);
            assert_eq!(settings.check().is_err(), need.is_must(), "{} without {part:?}", way.id());
        }
    }

    let useless = TunnelSettings { remote_port: Some(1), ..TunnelSettings::new(way("local").id()) };
    assert_eq!(useless.check(), Err(Unfit::Useless { way: way("local").id(), part: Part::RemotePort }));
}

fn take_away(settings: &mut TunnelSettings, part: Part) {
    match part {
        Part::To => settings.to = None,
        Part::RemotePort => settings.remote_port = None,
        Part::Url => settings.url = None,
        Part::Secret => settings.secret = None,
        Part::ClientAddressHeader => settings.client_address_header = None,
    }
}

#[test]
fn an_address_for_friends_is_bare() {
    let check = |text: &str| {
        TunnelSettings { url: Some(Url::parse(text).unwrap()), ..TunnelSettings::new(way("own").id()) }.check()
    };

    assert_eq!(check("https://carpool.example.org"), Ok(()));
    assert_eq!(check("http://10.8.0.1:8787"), Ok(()));
    for bad in [
        "https://example.org/carpool",
        "https://example.org/?a",
        "https://example.org/#a",
        "https://me:word@example.org",
        "ftp://example.org",
        "mailto:me@example.org",
    ] {
        assert_eq!(check(bad), Err(Unfit::Url), "{bad}");
    }
}

#[test]
fn a_server_is_no_option_of_ssh() {
    let parse = |text: &str| text.parse::<Remote>().map(|remote| (remote.user, remote.host, remote.port)).ok();
    let some = |text: &str| Some(text.to_owned());

    assert_eq!(parse("relay.example.org"), Some((None, "relay.example.org".to_owned(), None)));
    assert_eq!(parse("me@10.0.0.7:2222"), Some((some("me"), "10.0.0.7".to_owned(), Some(2222))));
    assert_eq!(parse("me@[fe80::1]:22"), Some((some("me"), "fe80::1".to_owned(), Some(22))));
    assert_eq!(parse("2001:db8::1"), Some((None, "2001:db8::1".to_owned(), None)));
    for bad in ["", "-oProxyCommand=sh", "me@-oProxyCommand=sh", "-l@host", "host:port", "host name", "a@b@c", "$(id)"]
    {
        assert_eq!(parse(bad), None, "{bad}");
    }
    let shown: Remote = "me@[fe80::1]:22".parse().unwrap();
    assert_eq!(shown.to_string(), "me@[fe80::1]:22");
}

#[test]
fn only_a_header_that_the_way_itself_sets_tells_the_clients_address() {
    let header = |word: &str| way(word).client_address_header(&settings(way(word))).map(|name| name.to_string());

    assert_eq!(header("cloudflare-quick").as_deref(), Some("cf-connecting-ip"));
    assert_eq!(header("cloudflare").as_deref(), Some("cf-connecting-ip"));
    assert_eq!(header("tailscale-serve").as_deref(), Some("x-forwarded-for"));
    assert_eq!(header("tailscale-funnel").as_deref(), Some("x-forwarded-for"));
    assert_eq!(header("ngrok").as_deref(), Some("x-forwarded-for"));
    assert_eq!(header("own").as_deref(), Some("x-real-ip"));
    assert_eq!(header("local"), None);
    for word in ["bore", "ssh"] {
        assert_eq!(way(word).client_address_header(&TunnelSettings::new(way(word).id())), None);
    }
}

#[test]
fn cloudflareds_lines_are_understood() {
    let opened = "\
2025-05-01T09:25:34Z INF Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, is a quick way to \
experiment and try it out. (https://www.cloudflare.com/website-terms/), https://developers.cloudflare.com/cloudflare-one/
2025-05-01T09:25:34Z INF Requesting new quick Tunnel on trycloudflare.com...
2025-05-01T09:25:37Z INF +--------------------------------------------------------------------------------------------+
2025-05-01T09:25:37Z INF |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |
2025-05-01T09:25:37Z INF |  https://four-dashed-words-here.trycloudflare.com                                          |
2025-05-01T09:25:37Z INF +--------------------------------------------------------------------------------------------+
2025-05-01T09:25:37Z INF Settings: map[ha-connections:1 protocol:quic url:http://127.0.0.1:8787]
2025-05-01T09:25:38Z INF Registered tunnel connection connIndex=0 connection=5e91 event=0 ip=198.41.200.13 location=fra protocol=quic";
    let limited = "2026-05-29T09:25:34Z ERR Error unmarshaling QuickTunnel response: error code: 1015 error=\"invalid character \
'e' looking for beginning of value\" status_code=\"429 Too Many Requests\"";
    let offline = "failed to request quick Tunnel: Post \"https://api.trycloudflare.com/tunnel\": dial tcp: lookup \
api.trycloudflare.com on 127.0.0.11:53: no such host";

    assert_eq!(
        read("cloudflare-quick", opened),
        [url("https://four-dashed-words-here.trycloudflare.com"), Said::Ready]
    );
    assert_eq!(read("cloudflare-quick", limited), failed(Trouble::TooMany));
    assert_eq!(read("cloudflare-quick", offline), failed(Trouble::Unreachable));
    for refused in [
        "Provided Tunnel token is not valid.",
        "2024-09-11T21:31:09Z ERR Register tunnel error from server side error=\"Unauthorized: Failed to get tunnel\" connIndex=0",
    ] {
        assert_eq!(read("cloudflare", refused), failed(Trouble::Refused));
    }
    let registered = "2022-06-01T16:23:12Z INF Connection c206cf44-945f registered connIndex=0 location=ORD";
    assert_eq!(read("cloudflare", registered), [Said::Ready]);
}

#[test]
fn tailscales_lines_are_understood() {
    let opened = "\
Available on the internet:

https://desk.tail1234.ts.net/
|-- proxy http://127.0.0.1:8787

Press Ctrl+C to exit.";
    let switched_off = "\
Funnel is not enabled on your tailnet.
To enable, visit:

         https://login.tailscale.com/f/funnel?node=nho4oGYG7X11CNTRL
";
    let denied = "\
sending serve config: Access denied: serve config denied

Use 'sudo tailscale serve http://127.0.0.1:8787'.
To not require root, use 'sudo tailscale set --operator=$USER' once.";
    let page = "https://login.tailscale.com/f/funnel?node=nho4oGYG7X11CNTRL".to_owned();

    assert_eq!(read("tailscale-funnel", opened), [url("https://desk.tail1234.ts.net/")]);
    assert_eq!(read("tailscale-funnel", switched_off), failed(Trouble::SwitchOn(page)));
    assert_eq!(read("tailscale-serve", denied), failed(Trouble::NotPermitted));
    for away in [
        "failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)",
        "Logged out.",
    ] {
        assert_eq!(read("tailscale-serve", away), failed(Trouble::SignedOut));
    }
    let taken = "background configuration already exists, use `tailscale serve --https=443 off` to remove it";
    assert_eq!(read("tailscale-serve", taken), failed(Trouble::InUse));
}

#[test]
fn ngroks_lines_are_understood() {
    let opened = "\
{\"lvl\":\"info\",\"msg\":\"no configuration paths supplied\",\"t\":\"2025-05-01T09:25:34Z\"}
{\"addr\":\"http://127.0.0.1:8787\",\"lvl\":\"info\",\"msg\":\"started tunnel\",\"name\":\"command_line\",\"obj\":\"tunnels\",\
\"t\":\"2025-05-01T09:25:35Z\",\"url\":\"https://one-two.ngrok-free.app\"}
{\"id\":\"1\",\"l\":\"127.0.0.1:8787\",\"lvl\":\"info\",\"msg\":\"join connections\",\"obj\":\"join\",\"r\":\"203.0.113.7:1\"}";
    let refused = "{\"err\":\"authentication failed: The authtoken you specified does not look like a proper ngrok tunnel \
authtoken.\\nYour authtoken: 1yaP\\r\\n\\r\\nERR_NGROK_105\\r\\n\",\"lvl\":\"eror\",\"msg\":\"failed to reconnect session\",\
\"obj\":\"csess\"}";
    let lost = "{\"err\":\"failed to dial ngrok server with address \\\"connect.ngrok-agent.com:443\\\": dial tcp: lookup \
connect.ngrok-agent.com: no such host\",\"lvl\":\"eror\",\"msg\":\"failed to reconnect session\",\"obj\":\"tunnels.session\"}";

    assert_eq!(read("ngrok", opened), [url("https://one-two.ngrok-free.app")]);
    assert_eq!(read("ngrok", refused), failed(Trouble::Refused));
    assert_eq!(read("ngrok", lost), failed(Trouble::Unreachable));
    assert_eq!(read("ngrok", "ERROR:  ERR_NGROK_4018"), failed(Trouble::NoSecret));
    assert_eq!(read("ngrok", "ERROR:  ERR_NGROK_108"), failed(Trouble::InUse));
    assert_eq!(read("ngrok", "ERROR:  ERR_NGROK_121"), failed(Trouble::Outdated));
    assert_eq!(read("ngrok", "ERROR:  unknown flag: --url"), failed(Trouble::Outdated));
    let page = "https://ngrok.com/docs/errors/err_ngrok_9999".to_owned();
    assert_eq!(read("ngrok", "ERROR:  ERR_NGROK_9999"), failed(Trouble::SwitchOn(page)));
}

#[test]
fn bores_lines_are_understood() {
    let opened = "\
2022-09-17T10:25:24.894038Z  INFO bore_cli::client: connected to server remote_port=52569
2022-09-17T10:25:24.906120Z  INFO bore_cli::client: listening at bore.pub:52569";

    assert_eq!(read("bore", opened), [url("http://bore.pub:52569")]);
    for (line, trouble) in [
        ("Error: server requires authentication, but no client secret was provided", Trouble::NoSecret),
        ("Error: server error: invalid secret", Trouble::Refused),
        ("Error: expected authentication challenge, but no secret was required", Trouble::Refused),
        ("Error: server error: port already in use", Trouble::RemotePort),
        ("Error: could not connect to bore.pub:7835", Trouble::Unreachable),
    ] {
        assert_eq!(read("bore", line), failed(trouble), "{line}");
    }
}

#[test]
fn sshs_lines_are_understood() {
    let opened = "\
debug1: Authenticated to relay.example.org ([203.0.113.7]:22) using \"publickey\".
debug1: Remote connections from LOCALHOST:9000 forwarded to local address 127.0.0.1:8787
debug1: remote forward success for: listen 9000, connect 127.0.0.1:8787";

    assert_eq!(read("ssh", opened), [Said::Ready]);
    for (line, trouble) in [
        ("Host key verification failed.", Trouble::HostKey),
        ("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @", Trouble::HostKey),
        ("Error: remote port forwarding failed for listen port 9000", Trouble::RemotePort),
        ("owner@relay.example.org: Permission denied (publickey).", Trouble::Refused),
        ("ssh: Could not resolve hostname relay.example.org: Name or service not known", Trouble::Unreachable),
        ("ssh: connect to host relay.example.org port 22: Connection refused", Trouble::Unreachable),
        ("Timeout, server relay.example.org not responding.", Trouble::Unreachable),
    ] {
        assert_eq!(read("ssh", line), failed(trouble), "{line}");
    }
}

#[test]
fn how_a_program_is_installed_is_said_for_each_system_and_never_done() {
    for program in WAYS.iter().filter_map(|way| way.program()) {
        for os in ["linux", "macos", "windows", "freebsd"] {
            let told = program.how_to_install(os);
            assert!(told.contains("https://"), "{told}");
        }
    }
}
