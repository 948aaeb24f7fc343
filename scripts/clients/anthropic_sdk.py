"""Scenarios with the real Anthropic Python SDK."""

import anthropic
import httpx2
from anthropic import Anthropic
from sdk_scenario import KEY, LIMIT, SCHEMA, URL, WRONG_KEY, expect, expect_limit, raised, refusal, run
from sdk_scenario import count as add
from upstream.answer import OVERLOADED, PONG, THOUGHT

MODEL = "claude-sonnet-5-5"
TOOL = {"name": "get_weather", "description": "Weather of a city", "input_schema": SCHEMA}

# Every way to hand the key over. Current SDKs send `api_key=` as Bearer, older ones sent x-api-key.
CREDENTIALS = {
    "api_key": {"api_key": KEY},
    "auth_token": {"auth_token": KEY},
    "x-api-key": {"default_headers": {"x-api-key": KEY}},
}

# What a refusal because of a limit is to the SDK, and its type, by its status.
REFUSALS = {
    402: (anthropic.PaymentRequiredError, "billing_error"),
    403: (anthropic.PermissionDeniedError, "permission_error"),
    429: (anthropic.RateLimitError, "rate_limit_error"),
}


def client(**options):
    # No retries: one would meet an account that is cooling down, which is another story.
    return Anthropic(base_url=f"{URL}/api", **{"max_retries": 0, **options})


def ask(prompt, **more):
    messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    return {"model": MODEL, "max_tokens": 4096, "messages": messages, **more}


def conversation(request, message, reply):
    answered = {"role": "assistant", "content": message.content}
    return [*request["messages"], answered, {"role": "user", "content": reply}]


def count(message):
    seen = message.usage
    add(
        input=seen.input_tokens,
        cache_read=seen.cache_read_input_tokens,
        cache_write_5m=seen.cache_creation.ephemeral_5m_input_tokens,
        cache_write_1h=seen.cache_creation.ephemeral_1h_input_tokens,
        output=seen.output_tokens,
    )
    return message


def streamed(sdk, **request):
    with sdk.messages.stream(**request) as stream:
        kinds = {event.type for event in stream}
        return count(stream.get_final_message()), kinds


def text(sdk):
    message = count(sdk.messages.create(**ask("Say pong.")))
    expect((message.content[0].text, message.stop_reason), (PONG, "end_turn"))


def stream(sdk):
    message, kinds = streamed(sdk, **ask("Say pong."))
    expect(message.content[0].text, PONG)
    assert {"text", "message_stop"} <= kinds, kinds


def tools(sdk):
    """The call streamed, its result sent back without streaming."""
    request = ask("Please use the tool get_weather.", tools=[TOOL])
    message, kinds = streamed(sdk, **request)
    assert "input_json" in kinds, kinds
    call = next(block for block in message.content if block.type == "tool_use")
    expect((message.stop_reason, call.name, call.input), ("tool_use", "get_weather", {"city": "Göteborg"}))
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "7 °C, rain"}
    turns = conversation(request, message, [result])
    expect(count(sdk.messages.create(**ask(turns, tools=[TOOL]))).content[0].text, "The tool said: 7 °C, rain")


def thinking(sdk):
    """Streamed, then sent back: the upstream refuses a thinking block whose signature changed on the way."""
    options = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    request = ask("Say pong.", **options)
    message, kinds = streamed(sdk, **request)
    assert {"thinking", "signature"} <= kinds, kinds
    expect((message.content[0].type, message.content[0].thinking), ("thinking", THOUGHT))
    turns = conversation(request, message, "And?")
    expect([block.type for block in count(sdk.messages.create(**ask(turns, **options))).content], ["thinking", "text"])


def count_tokens(sdk):
    expect(sdk.messages.count_tokens(model=MODEL, messages=ask("Say pong.")["messages"]).input_tokens, 4242)


def models(sdk):
    listed = list(sdk.models.list())
    assert MODEL in [model.id for model in listed], listed
    assert all(model.type == "model" and model.display_name and model.created_at for model in listed), listed


def gzip(sdk):
    headers = {"x-test-gzip": "1"}
    expect(count(sdk.messages.create(**ask("Say pong."), extra_headers=headers)).content[0].text, PONG)
    message, _ = streamed(sdk, **ask("Say pong."), extra_headers=headers)
    expect(message.content[0].text, PONG)


def wrong_key(_):
    sdk = client(api_key=WRONG_KEY, max_retries=2)
    raised(anthropic.AuthenticationError, lambda: sdk.messages.create(**ask("Say pong.")))


def cut(sdk):
    # The SDK lets the transport's own error through; a relay that reports the cut as an event causes an APIError.
    raised((anthropic.APIError, httpx2.TransportError), lambda: streamed(sdk, **ask("CUTSTREAM")))


def stream_error(sdk):
    error = raised(anthropic.APIStatusError, lambda: streamed(sdk, **ask("STREAMERROR")))
    expect((error.type, error.api_message), ("overloaded_error", OVERLOADED))


def overloaded(sdk):
    error = raised(anthropic.OverloadedError, lambda: sdk.messages.create(**ask("OVERLOADED")))
    expect((error.status_code, error.type, error.api_message), (529, "overloaded_error", OVERLOADED))


def not_own_client(sdk):
    """A subscription serves the vendor's own client only, and says so to anyone else."""
    error = raised(anthropic.PermissionDeniedError, lambda: sdk.messages.create(**ask("Say pong.")))
    assert "Claude Code" in error.api_message, error.api_message


def use_up(sdk):
    """Makes a call, unless there is no room for one any more."""
    try:
        sdk.messages.create(**ask("Say pong."))
    except anthropic.APIStatusError as error:
        expect(error.status_code, LIMIT["status"])


def limited(sdk):
    kind, word = REFUSALS[LIMIT["status"]]
    sdk, request = sdk.with_options(max_retries=LIMIT["retries"]), ask("Say pong.")
    for call in (lambda: sdk.messages.create(**request), lambda: streamed(sdk, **request)):
        error = refusal(kind, call)
        expect(error.type, word)
        expect_limit(error.status_code, error.api_message)


def crowded(sdk):
    """While a stream is under way."""
    with sdk.messages.stream(**ask("HOLDSTREAM")) as stream:
        next(stream)
        limited(sdk)
        count(stream.get_final_message())


ANSWERED = [text, stream, tools, thinking, count_tokens, models, gzip]
run(globals(), ANSWERED, client, CREDENTIALS)
