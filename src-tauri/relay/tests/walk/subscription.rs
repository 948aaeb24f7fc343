//! Subscriptions serve only their vendor's own client; everybody else is told so, or served by an API key.

use crate::relay::{SECRET, TestRelay, prompt};

const SETUP_TOKEN: &str = "sk-ant-oat01-setup";

#[tokio::test]
async fn a_subscription_serves_claude_code_with_its_own_betas_and_one_more() {
    let relay = TestRelay::start_without_account().await;
    relay.sign_in("mine").await;

    let answer = relay.claude_code(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(answer.status, 200);
    let request = relay.pretend.requests_for("/v1/messages").remove(0);
    assert_eq!(request.target, "/v1/messages?beta=true");
    assert_eq!(request.headers["authorization"], "Bearer sk-ant-oat01-pretend-2");
    assert!(request.headers.get("x-api-key").is_none());
    let betas = "claude-code-20250219,interleaved-thinking-2025-05-14,oauth-2025-04-20";
    assert_eq!(request.headers["anthropic-beta"], betas);
    assert_eq!(request.headers["user-agent"], "claude-cli/2.1.329 (external, cli)");
    relay.finish().await;
}

#[tokio::test]
async fn another_client_is_told_that_a_subscription_does_not_serve_it() {
    for is_setup_token in [false, true] {
        let relay = TestRelay::start_without_account().await;
        if is_setup_token {
            relay.add_account("mine", SETUP_TOKEN).await;
        } else {
            relay.sign_in("mine").await;
        }
        let before = relay.pretend.requests().len();
        let body = prompt("claude-sonnet-4-5", "hello");

        for call in [
            relay.call(body.clone()),
            relay.call(body.clone()).header("user-agent", "Anthropic/Python 0.90"),
            relay.call(body.clone()).header("user-agent", "opencode/1.18"),
            relay.call(body.clone()).header("user-agent", "not claude-cli/2.1.329"),
        ] {
            let answer = call.send().await.whole().await;
            assert_eq!((answer.status.as_u16(), answer.header("x-should-retry")), (403, "false"));
            assert_eq!(answer.json()["error"]["type"], "permission_error");
            assert!(answer.text().contains("serve only Claude Code"), "{}", answer.text());
        }

        assert_eq!(relay.pretend.requests().len(), before, "nothing went upstream");
        assert!(relay.rows().await.iter().all(|row| row.outcome() == ("refused", Some(403), 0)));
        relay.finish().await;
    }
}

#[tokio::test]
async fn a_setup_token_serves_claude_code() {
    let relay = TestRelay::start_without_account().await;
    relay.add_account("mine", SETUP_TOKEN).await;

    let answer = relay.claude_code(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(answer.status, 200);
    assert_eq!(relay.pretend.requests()[0].headers["authorization"], format!("Bearer {SETUP_TOKEN}"));
    relay.finish().await;
}

#[tokio::test]
async fn another_client_is_served_by_an_api_key_even_if_the_subscription_comes_first() {
    let relay = TestRelay::start_without_account().await;
    relay.sign_in("mine").await;
    relay.add_account("paid", SECRET).await;
    crate::rows::change(relay.path(), "UPDATE accounts SET priority = 1 WHERE name = 'mine'").await;
    relay.house.reload().await.unwrap();

    relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;
    relay.claude_code(prompt("claude-sonnet-4-5", "another talk")).send().await.whole().await;

    let secrets: Vec<_> =
        relay.pretend.requests_for("/v1/messages").iter().map(|call| call.secret().unwrap().to_owned()).collect();
    assert_eq!(secrets, [SECRET, "sk-ant-oat01-pretend-2"]);
    relay.finish().await;
}
