//! `carpool invite …`, and redeeming what it made at a running relay.

use serde_json::{Value, json};

use crate::support::{
    disk::files_with,
    friend::{Answer, client},
    owner::add_friend,
    program::{Folder, names},
    relay::Relay,
};

#[tokio::test]
async fn an_invite_has_the_fields_scripts_know_and_its_secret_is_stored_nowhere() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;

    let created = folder.run("invite create --friend Alex --base-url https://carpool.example").await.done();

    assert_eq!(names(&created), ["code", "expires_at", "friend", "id", "link"]);
    assert_eq!((&created["id"], &created["friend"]), (&json!("i1"), &json!("Alex")));
    let code = created["code"].as_str().expect("a code");
    let link = created["link"].as_str().expect("a link");
    let secret = link.strip_prefix(&format!("https://carpool.example/i/{code}#k=")).expect("a link of ours");
    assert!(secret.len() >= 43, "{secret}");
    assert_eq!(files_with(&folder.data_dir(), secret), Vec::<std::path::PathBuf>::new());
    let listed = folder.run("invite list").await;
    assert!(!listed.stdout.contains(secret));
    let listed = listed.done();
    let fields =
        ["code", "created_at", "expires_at", "first_call_at", "friend", "id", "key", "key_id", "redeemed_at", "state"];
    assert_eq!(names(&listed[0]), fields);
    assert_eq!((&listed[0]["code"], &listed[0]["state"]), (&created["code"], &json!("open")));
    let times =
        ["created_at", "expires_at"].map(|name| listed[0][name].as_str().expect("a time").parse::<jiff::Timestamp>());
    let [made, over] = times.map(|time| time.expect("RFC 3339"));
    assert_eq!(over.duration_since(made).as_hours(), 72);
}

#[tokio::test]
async fn an_invite_that_is_revoked_or_makes_no_sense_is_said_to_be_so() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    let created = folder.run("invite create --friend f1 --name phone --expires-after 1 --rpm 5").await.done();

    let revoked = folder.run("invite revoke i1").await.done();

    assert_eq!(revoked, json!({ "id": "i1", "friend": "Alex", "revoked": true }));
    assert_eq!(folder.run("invite list").await.done()[0]["state"], "revoked");
    let code = created["code"].as_str().expect("a code");
    assert_eq!(folder.run(&format!("invite revoke {code}")).await.failed(), "invite_revoked");
    assert_eq!(folder.run("invite revoke i7").await.failed(), "not_found");
    assert_eq!(folder.run("invite create --friend Mia").await.failed(), "not_found");
    assert_eq!(folder.run("invite create --friend Alex --name k1").await.failed(), "bad_name");
    for words in
        ["", "--friend Alex --expires-after 0", "--friend Alex --base-url carpool.example", "--friend Alex --rpm x"]
    {
        folder.run(&format!("invite create {words}")).await.misused();
    }
    assert_eq!(folder.run("invite list").await.done().as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_link_of_a_running_relay_is_redeemed_there_for_a_key_with_its_limits() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    let relay = Relay::start(&folder).await;
    let created = folder.run("invite create --friend Alex --name phone --rpm 5").await;
    assert!(created.stderr.contains("only this machine reaches"), "{created}");
    let link = created.done()["link"].as_str().expect("a link").to_owned();
    let (page, secret) = link.split_once("#k=").expect("a secret");
    assert!(page.starts_with(&relay.url("/i/")), "{page}");

    let post = || client().post(page).body(json!({ "secret": secret }).to_string());
    let first = Answer::of(post()).await;
    let second = Answer::of(post()).await;

    assert_eq!((first.status, second.status), (200, 410));
    let key = first.json()["key"].as_str().expect("a key").to_owned();
    let me = Answer::of(client().get(relay.url("/me")).header("x-api-key", &key)).await;
    assert_eq!((me.status, &me.json()["key"]), (200, &json!("phone")));
    assert_eq!(folder.run("key show phone").await.done()["limits"], json!({ "rpm": 5 }));
    let listed = folder.run("invite list").await.done();
    assert_eq!(
        (&listed[0]["state"], &listed[0]["key"], &listed[0]["key_id"]),
        (&json!("redeemed"), &json!("phone"), &json!("k2"))
    );
    assert_eq!(listed[0]["first_call_at"], Value::Null);
    assert_eq!(folder.run("invite revoke i1").await.failed(), "invite_used");
    relay.stop().await;
}
