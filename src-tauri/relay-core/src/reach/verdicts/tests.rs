//! What the steps' findings mean, as tables.

use super::*;
use crate::reach::{Light, STEPS, light, look_again_after};

fn answered(status: u16, is_ours: bool) -> Result<Answered, Unreached> {
    Ok(Answered { status, is_ours, date: None, took: Duration::from_millis(42) })
}

fn all_unreached() -> [Unreached; 5] {
    let why = || "why".to_owned();
    [
        Unreached::Way(why()),
        Unreached::Connection(why()),
        Unreached::Tls(why()),
        Unreached::Late(why()),
        Unreached::Broken(why()),
    ]
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn pieces(millis: &[u64]) -> Step {
    stream(&Ok(millis.iter().map(|&millis| Duration::from_millis(millis)).collect()))
}

#[test]
fn only_this_relay_is_an_answer_on_its_own_port() {
    assert_eq!(listener(Some(answered(200, true))).verdict, Verdict::Ok);
    assert_eq!(listener(Some(answered(200, false))).cause, Cause::PortSilent, "another program has the port");
    assert_eq!(listener(None).cause, Cause::NotListening);
    for why in all_unreached() {
        assert_eq!(listener(Some(Err(why))).verdict, Verdict::Fail);
    }
}

#[test]
fn a_tunnel_that_is_wanted_is_up_only_with_an_address() {
    let seen = |state, url: Option<&str>| tunnel(&TunnelSeen { state, url: url.map(str::to_owned) });

    assert_eq!(seen(TunnelState::Up, Some("https://a.example")).verdict, Verdict::Ok);
    assert_eq!(seen(TunnelState::Up, None).cause, Cause::NoAddress);
    assert_eq!(seen(TunnelState::Off, None).cause, Cause::NoTunnel);
    assert_eq!(seen(TunnelState::NoKey, None).verdict, Verdict::Warn);
    assert_eq!(seen(TunnelState::Starting, None).verdict, Verdict::Warn);
    let retrying = seen(TunnelState::Retrying("exit 1".to_owned()), Some("https://a.example"));
    assert_eq!((retrying.verdict, retrying.detail.as_deref()), (Verdict::Fail, Some("exit 1")));
    assert_eq!(seen(TunnelState::Missing("bore".to_owned()), None).cause, Cause::ProgramMissing);
}

#[test]
fn a_name_is_looked_up_where_there_is_one_and_no_proxy_does_it() {
    let found = Seen::Addresses(vec!["192.0.2.1".parse().expect("an address")]);

    assert_eq!(dns(Some(&found)).detail.as_deref(), Some("192.0.2.1"));
    assert_eq!(dns(Some(&Seen::Unknown("no such name".to_owned()))).verdict, Verdict::Fail);
    assert_eq!(dns(Some(&Seen::AtTheProxy)).verdict, Verdict::Skipped);
    assert_eq!(dns(None).verdict, Verdict::Skipped);
}

#[test]
fn what_is_not_encrypted_is_fine_within_a_private_network_only() {
    let ours = answered(200, true);

    for (address, verdict, cause) in [
        ("https://relay.example", Verdict::Ok, Cause::Fine),
        ("http://192.168.1.5:8787", Verdict::Ok, Cause::PlainInside),
        ("http://100.101.102.103:8787", Verdict::Ok, Cause::PlainInside),
        ("http://[fd7a::1]:8787", Verdict::Ok, Cause::PlainInside),
        ("http://localhost:8787", Verdict::Ok, Cause::PlainInside),
        ("http://bore.pub:31337", Verdict::Warn, Cause::Plain),
        ("http://203.0.113.5:9000", Verdict::Warn, Cause::Plain),
        ("http://100.200.1.1", Verdict::Warn, Cause::Plain),
    ] {
        let step = tls(&url(address), &ours);
        assert_eq!((step.verdict, step.cause), (verdict, cause), "{address}");
    }
}

#[test]
fn a_probe_that_fails_is_told_at_the_step_that_failed_and_at_no_other() {
    let at = url("https://relay.example");

    for why in all_unreached() {
        let failed = Err(why);
        let verdicts = [tls(&at, &failed), probe(&failed)].map(|step| step.verdict);
        assert_eq!(verdicts.iter().filter(|&&verdict| verdict == Verdict::Fail).count(), 1, "{failed:?}");
    }
    let elsewhere = answered(502, false);
    assert_eq!(tls(&at, &elsewhere).verdict, Verdict::Ok);
    assert_eq!(probe(&elsewhere).cause, Cause::SomebodyElse);
    assert_eq!(probe(&answered(200, false)).cause, Cause::SomebodyElse, "another site says 200, too");
    assert_eq!(probe(&answered(200, true)).verdict, Verdict::Ok);
}

#[test]
fn pieces_that_come_together_were_held_back() {
    for (came, cause) in [
        (&[0, 200, 400, 600, 800], Cause::Fine),
        (&[0, 0, 390, 390, 790], Cause::Fine),
        (&[350, 400, 500, 700, 900], Cause::Fine),
        (&[0, 0, 0, 0, 399], Cause::Buffered),
        (&[800, 800, 800, 801, 801], Cause::Buffered),
    ] {
        assert_eq!(pieces(came).cause, cause, "{came:?}");
    }
    assert_eq!(pieces(&[0, 200]).verdict, Verdict::Fail);
    assert_eq!(pieces(&[]).verdict, Verdict::Fail);
    assert_eq!(stream(&Err(Unreached::Late("10 s".to_owned()))).cause, Cause::TooSlow);
}

#[test]
fn a_clock_that_is_more_than_two_minutes_off_is_yellow() {
    let now = Timestamp::from_second(1_795_176_000).expect("a time");
    let off = |seconds: i64, took: u64| {
        clock(Some(now - SignedDuration::from_secs(seconds)), now, Duration::from_secs(took)).verdict
    };

    for (seconds, verdict) in
        [(0, Verdict::Ok), (120, Verdict::Ok), (121, Verdict::Warn), (-120, Verdict::Ok), (-121, Verdict::Warn)]
    {
        assert_eq!(off(seconds, 0), verdict, "{seconds} s");
    }
    assert_eq!(off(125, 10), Verdict::Ok, "the answer was under way for that long");
    assert_eq!(clock(None, now, Duration::ZERO).verdict, Verdict::Skipped);
}

#[test]
fn the_light_is_that_of_the_worst_step() {
    let steps = |verdicts: &[Verdict]| -> Vec<Step> {
        let steps = STEPS.into_iter().zip(verdicts);
        steps.map(|(id, &verdict)| Step { id, verdict, cause: Cause::Fine, detail: None }).collect()
    };
    use Verdict::{Fail, Ok, Skipped, Warn};

    assert_eq!(light(&steps(&[Ok, Ok, Skipped, Ok, Ok, Ok, Skipped])), Light::Green);
    assert_eq!(light(&steps(&[Ok, Ok, Ok, Warn, Ok, Ok, Ok])), Light::Yellow);
    assert_eq!(light(&steps(&[Ok, Warn, Ok, Fail, Skipped, Skipped, Skipped])), Light::Red);
    assert_eq!(light(&[]), Light::Off);
    assert_eq!(light(&[listener(None), tunnel(&TunnelSeen::default())]), Light::Off, "nobody is to reach it");
}

#[test]
fn it_is_looked_again_soon_only_while_friends_are_not_served() {
    let up = || tunnel(&TunnelSeen { state: TunnelState::Up, url: Some("https://a.example".to_owned()) });
    let after = |probed: Step, streamed: Step| {
        let steps = [up(), probed, streamed];
        (light(&steps), look_again_after(&steps).map(|pause| pause.as_secs()))
    };
    let (served, not_served) = (probe(&answered(200, true)), probe(&answered(502, false)));

    assert_eq!(after(served.clone(), pieces(&[0, 200, 400, 600, 800])), (Light::Green, Some(60)));
    assert_eq!(after(served, pieces(&[0, 0, 0, 0, 0])), (Light::Yellow, Some(60)), "it stays like that");
    assert_eq!(after(not_served, pieces(&[])), (Light::Red, Some(10)));
    let starting = tunnel(&TunnelSeen { state: TunnelState::Starting, url: None });
    assert_eq!(look_again_after(&[starting]), Some(Duration::from_secs(10)));
    assert_eq!(look_again_after(&[tunnel(&TunnelSeen::default())]), None);
}

#[test]
fn whatever_is_wrong_says_what_to_do() {
    let now = Timestamp::UNIX_EPOCH;
    let at = url("http://relay.example");
    let mut steps = vec![
        listener(None),
        tunnel(&TunnelSeen { state: TunnelState::Up, url: None }),
        tunnel(&TunnelSeen { state: TunnelState::NoKey, url: None }),
        tunnel(&TunnelSeen { state: TunnelState::Retrying(String::new()), url: None }),
        tunnel(&TunnelSeen { state: TunnelState::Missing(String::new()), url: None }),
        tunnel(&TunnelSeen { state: TunnelState::Unfit(String::new()), url: None }),
        dns(Some(&Seen::Unknown(String::new()))),
        tls(&at, &answered(200, true)),
        probe(&answered(200, false)),
        pieces(&[0, 0, 0, 0, 0]),
        pieces(&[]),
        clock(Some(now), now + SignedDuration::from_hours(1), Duration::ZERO),
    ];
    for why in all_unreached() {
        let failed = Err(why);
        steps.extend([tls(&at, &failed), probe(&failed)]);
    }

    for step in steps {
        let is_wrong = matches!(step.verdict, Verdict::Warn | Verdict::Fail);
        assert!(!is_wrong || step.cause.advice().is_some(), "{step:?}");
    }
}
