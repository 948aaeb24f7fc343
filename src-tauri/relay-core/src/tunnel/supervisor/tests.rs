//! A tunnel over time: what is done when.

use super::*;
use crate::tunnel::WAYS;

const START: i64 = 1_795_176_000;
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const OFFLINE: &str = "failed to request quick Tunnel: Post \"https://api.trycloudflare.com/tunnel\": no such host";
const READY: &str = "2025-05-01T09:25:38Z INF Registered tunnel connection connIndex=0 protocol=quic";

/// A machine with a network, and a program that opens quick tunnels, each with another name.
struct World {
    supervisor: Supervisor,
    now: Timestamp,
    is_online: bool,
    /// Whether the program ends when the network is gone, or connects anew by itself.
    ends_offline: bool,
    runs: bool,
    /// Whether what is asked of the address gets through the tunnel.
    gets_through: bool,
    /// When the program was started.
    starts: Vec<Timestamp>,
    checks: Vec<Timestamp>,
}

impl World {
    fn new(word: &str) -> Self {
        let now = Timestamp::from_second(START).unwrap();
        let way = *WAYS.iter().find(|way| way.id().as_str() == word).unwrap();
        let mut world = Self {
            supervisor: Supervisor::new(now),
            now,
            is_online: true,
            ends_offline: true,
            runs: false,
            gets_through: true,
            starts: Vec::new(),
            checks: Vec::new(),
        };
        let runs = if way.program().is_some() { Runs::Something } else { Runs::Nothing };
        let fixed_url = (runs == Runs::Nothing).then(|| Url::parse("https://carpool.example.org").unwrap());
        let effects = world.supervisor.want(Some(Wanted { way, runs }), fixed_url, now);
        world.act(effects);
        world
    }

    fn open(word: &str) -> Self {
        let mut world = Self::new(word);
        world.let_in();
        world
    }

    fn let_in(&mut self) {
        let effects = self.supervisor.may_open(None, self.now);
        self.act(effects);
    }

    fn act(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Stop => {
                    assert!(self.runs, "what does not run is stopped");
                    self.runs = false;
                }
                Effect::Launch => self.launch(),
                Effect::Check(_) => {
                    self.checks.push(self.now);
                    let answer = if self.is_online && self.runs && self.gets_through {
                        Ok(())
                    } else {
                        Err("no connection".to_owned())
                    };
                    let effects = self.supervisor.on_answer(answer, self.now);
                    self.act(effects);
                }
            }
        }
    }

    fn launch(&mut self) {
        assert!(!self.runs, "it is started twice");
        self.runs = true;
        self.starts.push(self.now);
        let effects = self.supervisor.on_launched(self.now);
        self.act(effects);
        if self.supervisor.way().unwrap().as_str() != "cloudflare-quick" {
            return;
        }
        if self.is_online {
            self.says(&format!("INF |  https://name-{}.trycloudflare.com  |", self.starts.len()));
            self.says(READY);
        } else if self.ends_offline {
            self.says(OFFLINE);
            self.ends();
        }
    }

    fn says(&mut self, line: &str) {
        let effects = self.supervisor.on_line(line, self.now);
        self.act(effects);
    }

    fn ends(&mut self) {
        self.runs = false;
        self.supervisor.on_exit("cloudflared tunnel", self.now);
    }

    /// Lets time pass, second by second.
    fn pass(&mut self, time: Duration) {
        for _ in 0..time.as_secs() {
            self.now += SECOND;
            let effects = self.supervisor.on_time(self.now);
            self.act(effects);
        }
    }

    fn state(&self) -> &'static str {
        self.supervisor.state().as_str()
    }

    fn url(&self) -> Option<&str> {
        self.supervisor.public_url().map(Url::as_str)
    }

    fn why(&self) -> Option<Trouble> {
        match self.supervisor.state() {
            State::Retrying { why, .. } => Some(why.clone()),
            _ => None,
        }
    }

    /// The pauses between starts, in seconds.
    fn pauses(&self) -> Vec<i64> {
        self.starts.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs()).collect()
    }
}

#[test]
fn nothing_is_started_before_there_is_a_key_and_it_ends_with_the_last_one() {
    let mut world = World::new("cloudflare-quick");
    let effects = world.supervisor.may_open(Some(Shut::NoKey), world.now);
    world.act(effects);
    world.pass(10 * MINUTE);
    assert_eq!((world.starts.len(), world.supervisor.state()), (0, &State::Waiting { why: Shut::NoKey }));

    world.let_in();
    world.pass(5 * SECOND);
    assert_eq!((world.state(), world.url()), ("up", Some("https://name-1.trycloudflare.com/")));

    let effects = world.supervisor.may_open(Some(Shut::NoKey), world.now);
    assert_eq!(effects, [Effect::Stop]);
    world.act(effects);
    assert_eq!((world.state(), world.url()), ("waiting", None));
}

#[test]
fn a_name_is_not_asked_for_before_the_tunnel_is_connected() {
    let mut world = World::open("cloudflare-quick");
    world.ends();
    (world.is_online, world.ends_offline) = (false, false);
    world.pass(SECOND);
    world.is_online = true;
    let checks = world.checks.len();

    world.says("INF |  https://late.trycloudflare.com  |");
    world.pass(30 * SECOND);
    assert_eq!((world.checks.len(), world.url()), (checks, Some("https://late.trycloudflare.com/")));
    world.says(READY);
    world.pass(5 * SECOND);

    assert_eq!(world.state(), "up");
}

#[test]
fn a_late_address_is_waited_for_and_a_silent_program_is_started_again() {
    let mut world = World::open("tailscale-funnel");
    world.pass(80 * SECOND);
    assert_eq!((world.state(), world.starts.len()), ("starting", 1));
    world.says("https://desk.tail1234.ts.net/");
    world.pass(5 * SECOND);
    assert_eq!((world.state(), world.starts.len()), ("up", 1));

    let mut silent = World::open("tailscale-funnel");
    silent.pass(91 * SECOND);
    assert_eq!(silent.why(), Some(Trouble::Silent));
    silent.pass(2 * SECOND);
    assert_eq!(silent.starts.len(), 2);
}

#[test]
fn what_a_program_says_is_in_the_way_is_shown_while_it_runs_and_after_it_ended() {
    let mut world = World::open("tailscale-funnel");

    world.says("         https://login.tailscale.com/f/funnel?node=n1");
    assert!(matches!(world.why(), Some(Trouble::SwitchOn(page)) if page.contains("node=n1")));
    world.ends();
    assert!(matches!(world.why(), Some(Trouble::SwitchOn(_))));

    world.pass(SECOND);
    world.ends();
    assert_eq!(world.why(), Some(Trouble::Ended("cloudflared tunnel".to_owned())));
}

#[test]
fn one_that_falls_is_started_again_ever_more_slowly_and_never_given_up() {
    let mut world = World::open("cloudflare-quick");
    world.ends();
    world.is_online = false;

    world.pass(24 * 60 * MINUTE);

    let pauses = world.pauses();
    assert_eq!(pauses[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
    assert!(pauses[8..].iter().all(|pause| *pause == 60) && pauses.len() > 1400, "{}", pauses.len());
}

#[test]
fn a_network_that_is_gone_for_half_an_hour_heals() {
    let mut world = World::open("cloudflare-quick");
    world.pass(10 * MINUTE);
    assert_eq!((world.state(), world.url()), ("up", Some("https://name-1.trycloudflare.com/")));

    world.is_online = false;
    world.says("ERR Serve tunnel error error=\"timeout: no recent network activity\"");
    world.ends();
    assert_eq!((world.why(), world.url()), (Some(Trouble::Unreachable), None));
    world.pass(30 * MINUTE);
    assert_eq!(world.why(), Some(Trouble::Unreachable));
    let starts = world.starts.len();
    world.is_online = true;
    world.pass(MINUTE + 5 * SECOND);

    assert_eq!((world.state(), world.starts.len()), ("up", starts + 1));
    assert_eq!(world.url(), Some(format!("https://name-{}.trycloudflare.com/", starts + 1)).as_deref());
}

#[test]
fn a_program_that_connects_anew_by_itself_keeps_its_address() {
    let mut world = World::open("cloudflare-quick");
    world.pass(10 * MINUTE);

    world.is_online = false;
    world.says("WRN Connection terminated error=\"timeout: no recent network activity\"");
    world.says("ERR Serve tunnel error error=\"timeout: no recent network activity\"");
    world.pass(4 * MINUTE);
    assert!(matches!(world.why(), Some(Trouble::NoAnswer(_))), "{:?}", world.supervisor.state());
    assert_eq!(world.url(), Some("https://name-1.trycloudflare.com/"));
    world.is_online = true;
    world.says(READY);
    world.pass(5 * SECOND);

    assert_eq!((world.state(), world.url()), ("up", Some("https://name-1.trycloudflare.com/")));
    assert_eq!(world.starts.len(), 1);
}

#[test]
fn a_program_whose_address_stays_silent_is_started_again_with_growing_patience() {
    let mut world = World::open("cloudflare-quick");
    world.pass(10 * MINUTE);
    world.gets_through = false;

    world.pass(60 * MINUTE);

    let pauses = world.pauses();
    assert!(pauses[0] >= 15 * 60 && pauses[0] <= 16 * 60 + 30, "{pauses:?}");
    assert!(pauses[1] >= 10 * 60 && pauses[1] <= 11 * 60 + 30, "{pauses:?}");
}

#[test]
fn another_address_replaces_the_former_one_and_is_asked_for() {
    let mut world = World::open("ngrok");
    let says = |name: &str| format!(r#"{{"lvl":"info","msg":"started tunnel","url":"https://{name}.ngrok-free.app"}}"#);
    world.says(&says("one"));
    world.pass(5 * SECOND);
    assert_eq!((world.state(), world.url()), ("up", Some("https://one.ngrok-free.app/")));
    let checks = world.checks.len();

    world.says(&says("two"));
    assert_eq!((world.state(), world.url()), ("starting", Some("https://two.ngrok-free.app/")));
    world.pass(5 * SECOND);

    assert_eq!((world.state(), world.starts.len()), ("up", 1));
    assert!(world.checks.len() > checks);
}

#[test]
fn one_that_falls_after_it_was_up_for_a_while_is_started_again_at_once() {
    let mut world = World::open("cloudflare-quick");
    world.is_online = false;
    world.ends();
    world.pass(10 * MINUTE);
    world.is_online = true;
    world.pass(10 * MINUTE);
    assert_eq!(world.state(), "up");

    world.ends();
    world.pass(SECOND);

    assert_eq!(
        world.pauses().last(),
        Some(&(world.now.duration_since(world.starts[world.starts.len() - 2]).as_secs()))
    );
    assert!(world.runs);
}

#[test]
fn one_that_falls_over_and_over_is_not_hurried_by_being_up_for_a_moment() {
    let mut world = World::open("cloudflare-quick");
    for _ in 0..8 {
        world.pass(5 * SECOND);
        world.ends();
        while !world.runs {
            world.pass(SECOND);
        }
    }

    assert_eq!(world.pauses(), [6, 7, 9, 13, 21, 37, 65, 65]);
}

#[test]
fn whoever_opened_too_many_waits_a_minute() {
    let mut world = World::open("cloudflare-quick");
    world.ends();
    (world.is_online, world.ends_offline) = (false, false);
    world.pass(SECOND);
    world.says("ERR Error unmarshaling QuickTunnel response: error code: 1015 status_code=\"429 Too Many Requests\"");
    world.says("failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value");

    world.ends();

    assert_eq!(world.why(), Some(Trouble::TooMany));
    world.pass(59 * SECOND);
    assert!(!world.runs);
    world.pass(SECOND);
    assert!(world.runs);
}

#[test]
fn a_program_that_is_missing_is_looked_for_until_it_is_there() {
    let mut world = World::new("ngrok");
    let effects = world.supervisor.may_open(None, world.now);
    assert_eq!(effects, [Effect::Launch]);
    world.supervisor.on_missing("ngrok", world.now);
    assert_eq!(world.supervisor.state(), &State::Missing { program: "ngrok" });

    world.pass(10 * SECOND);

    assert_eq!((world.runs, world.state()), (true, "starting"));
}

#[test]
fn what_the_owner_sees_to_is_only_asked_for() {
    let mut world = World::open("own");
    world.pass(2 * SECOND);
    assert_eq!((world.state(), world.url()), ("up", Some("https://carpool.example.org/")));

    world.is_online = false;
    world.pass(60 * MINUTE);
    assert!(matches!(world.why(), Some(Trouble::NoAnswer(_))));
    assert_eq!(world.url(), Some("https://carpool.example.org/"));
    world.is_online = true;
    world.pass(MINUTE);

    assert_eq!((world.state(), world.starts.len()), ("up", 1));
}

#[test]
fn an_address_that_the_owner_named_is_the_one_for_friends() {
    let mut world = World::new("bore");
    let url = Url::parse("https://carpool.example.org").unwrap();
    let way = world.supervisor.way().unwrap().way();
    let effects = world.supervisor.want(Some(Wanted { way, runs: Runs::Something }), Some(url), world.now);
    world.act(effects);
    world.let_in();

    world.says("INFO bore_cli::client: listening at bore.example.org:9000");

    assert_eq!(world.url(), Some("https://carpool.example.org/"));
}

#[test]
fn a_clock_that_was_put_back_delays_nothing() {
    let mut world = World::open("cloudflare-quick");
    world.is_online = false;
    world.ends();
    world.pass(10 * MINUTE);
    let starts = world.starts.len();

    world.now -= Duration::from_secs(365 * 24 * 3600);
    world.is_online = true;
    world.pass(5 * SECOND);

    assert_eq!((world.state(), world.starts.len()), ("up", starts + 1));
}
