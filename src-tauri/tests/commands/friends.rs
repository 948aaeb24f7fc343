//! `carpool friend …` and `carpool key …`

use serde_json::{Value, json};

use crate::support::{
    disk::files_with,
    owner::{add_friend, create_key},
    program::{Folder, names},
};

#[tokio::test]
async fn a_friend_has_the_fields_scripts_know() {
    let folder = Folder::new();

    let added = folder.run("friend add Alex --share 1.5").await.done();

    assert_eq!(added, json!({ "id": "f1", "name": "Alex", "share": 1.5, "paused": false, "limits": {} }));
    assert_eq!(folder.run("friend show f1").await.done(), added);
    assert_eq!(folder.run("friend list").await.done(), json!([added]));
    assert_eq!(folder.run("friend pause Alex").await.done()["paused"], true);
    assert_eq!(folder.run("friend resume f1").await.done()["paused"], false);
}

#[tokio::test]
async fn a_friend_who_is_removed_takes_the_keys_along() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;

    let removed = folder.run("friend remove Alex").await.done();

    assert_eq!(removed, json!({ "id": "f1", "name": "Alex", "removed": true }));
    assert_eq!(folder.run("friend list").await.done(), json!([]));
    assert_eq!(folder.run("key list").await.done(), json!([]));
    assert_eq!(folder.run("key create --friend Alex").await.failed(), "not_found");
    assert_eq!(folder.run("friend add Alex").await.done()["id"], "f2");
}

#[tokio::test]
async fn a_friend_who_cannot_be_is_refused() {
    let folder = Folder::new();
    folder.run("friend add Alex").await.done();

    assert_eq!(folder.run("friend add Alex").await.failed(), "name_taken");
    assert_eq!(folder.run("friend add f7").await.failed(), "bad_name");
    assert_eq!(folder.run("friend show Mia").await.failed(), "not_found");
    for share in ["0", "-1", "NaN", "much"] {
        folder.run(&format!("friend add Mia --share={share}")).await.misused();
    }
    assert_eq!(folder.run("friend list").await.done().as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_key_is_shown_once_and_stored_nowhere() {
    let folder = Folder::new();
    folder.run("friend add Alex").await.done();

    let created = folder.run("key create --friend Alex --name phone").await.done();

    assert_eq!(names(&created), ["friend", "id", "key", "name"]);
    assert_eq!((&created["id"], &created["friend"], &created["name"]), (&json!("k1"), &json!("Alex"), &json!("phone")));
    let key = created["key"].as_str().expect("a text");
    let digits = key.strip_prefix("cr_").expect("a key of ours");
    assert!(digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()), "{key}");
    assert_eq!(files_with(&folder.data_dir(), digits), Vec::<std::path::PathBuf>::new());
    for words in ["key list", "key show k1", "key pause k1", "key resume k1", "key revoke k1"] {
        assert!(!folder.run(words).await.stdout.contains(digits), "{words}");
    }
}

#[tokio::test]
async fn a_key_has_the_fields_scripts_know() {
    let folder = Folder::new();
    let key = add_friend(&folder, "Alex").await;

    let listed = folder.run("key list").await.done();

    let [shown] = listed.as_array().expect("a list").as_slice() else { panic!("{listed}") };
    let fields = ["created_at", "expires_at", "friend", "id", "last_used_at", "limits", "name", "paused", "prefix"];
    assert_eq!(names(shown), fields);
    assert_eq!(shown["prefix"], key[..11]);
    assert!(shown["created_at"].as_str().is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok()), "{shown}");
    assert_eq!((&shown["last_used_at"], &shown["expires_at"]), (&Value::Null, &Value::Null));
    assert_eq!(folder.run("key show Alex/laptop").await.done(), *shown);
}

#[tokio::test]
async fn keys_without_a_name_are_told_apart_and_a_name_of_two_is_asked_about() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    create_key(&folder, "Alex").await;
    add_friend(&folder, "Mia").await;

    assert_eq!(folder.run("key show laptop-2").await.done()["friend"], "Alex");
    assert_eq!(folder.run("key show Mia/laptop").await.done()["id"], "k3");
    let ambiguous = folder.run("key revoke laptop").await;
    assert_eq!(ambiguous.failed(), "ambiguous_name");
    assert!(ambiguous.stderr.contains("Alex/laptop, Mia/laptop"), "{ambiguous}");
    assert_eq!(folder.run("key create --friend Alex --name laptop").await.failed(), "name_taken");
    assert_eq!(folder.run("key create --friend Alex --name k1").await.failed(), "bad_name");
    folder.run("key create").await.misused();
}

#[tokio::test]
async fn a_rotated_key_keeps_its_name_and_gets_another_secret() {
    let folder = Folder::new();
    let key = add_friend(&folder, "Alex").await;

    let rotated = folder.run("key rotate k1").await.done();

    assert_eq!(names(&rotated), ["friend", "id", "key", "name"]);
    assert_eq!((&rotated["id"], &rotated["name"]), (&json!("k1"), &json!("laptop")));
    assert_ne!(rotated["key"], json!(key));
}

#[tokio::test]
async fn a_revoked_key_is_gone_and_frees_its_name() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;

    let revoked = folder.run("key revoke laptop").await.done();

    assert_eq!(revoked, json!({ "id": "k1", "friend": "Alex", "name": "laptop", "revoked": true }));
    assert_eq!(folder.run("key show k1").await.failed(), "not_found");
    create_key(&folder, "Alex").await;
    assert_eq!(folder.run("key show laptop").await.done()["id"], "k2");
}
