"""Scenarios with the real OpenAI Python SDK: Responses, Chat Completions, embeddings, the list of models."""

import json

import httpx2
import openai
from openai import OpenAI
from sdk_scenario import KEY, LIMIT, SCHEMA, URL, WRONG_KEY, count, expect, expect_limit, raised, refusal, run
from upstream.answer import OVERLOADED, PONG

MODEL, EMBEDDER = "gpt-5.5", "text-embedding-3-small"
FUNCTION = {"name": "get_weather", "description": "Weather of a city", "parameters": SCHEMA}
USE_TOOL, WEATHER = "Please use the tool get_weather.", "7 °C, rain"
CREDENTIALS = {"api_key": {"api_key": KEY}}
# What a refusal because of a limit is to the SDK, and its type and code, by its status. It has no class for a 402.
REFUSALS = {
    402: (openai.APIStatusError, "insufficient_quota", "insufficient_quota"),
    403: (openai.PermissionDeniedError, "permission_error", None),
    429: (openai.RateLimitError, "rate_limit_error", "rate_limit_exceeded"),
}


def client(**options):
    # No retries: one would meet an account that is cooling down, which is another story.
    return OpenAI(base_url=f"{URL}/openai/v1", **{"max_retries": 0, **options})


def counted_response(response):
    seen = response.usage
    count(
        input=seen.input_tokens - seen.input_tokens_details.cached_tokens,
        cache_read=seen.input_tokens_details.cached_tokens,
        output=seen.output_tokens,
        reasoning=seen.output_tokens_details.reasoning_tokens,
    )
    return response


def counted_chat(seen):
    count(
        input=seen.prompt_tokens - seen.prompt_tokens_details.cached_tokens,
        cache_read=seen.prompt_tokens_details.cached_tokens,
        output=seen.completion_tokens,
        reasoning=seen.completion_tokens_details.reasoning_tokens,
    )


def user(text):
    return [{"role": "user", "content": text}]


def streamed_response(sdk, **request):
    with sdk.responses.stream(model=MODEL, **request) as stream:
        kinds = {event.type for event in stream}
        return counted_response(stream.get_final_response()), kinds


def streamed_chat(sdk, prompt, **more):
    """(all text, the chunks) of a stream that was not asked for anything else."""
    chunks = list(sdk.chat.completions.create(model=MODEL, messages=user(prompt), stream=True, **more))
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices), chunks


def response(sdk):
    answer = counted_response(sdk.responses.create(model=MODEL, input="Say pong."))
    expect((answer.output_text, answer.status), (PONG, "completed"))


def response_stream(sdk):
    answer, kinds = streamed_response(sdk, input="Say pong.")
    expect(answer.output_text, PONG)
    assert {"response.created", "response.output_text.delta", "response.completed"} <= kinds, kinds


def response_tools(sdk):
    """The call streamed, its result sent back without streaming."""
    tools = [{"type": "function", "strict": False, **FUNCTION}]
    answer, kinds = streamed_response(sdk, input=user(USE_TOOL), tools=tools)
    assert "response.function_call_arguments.delta" in kinds, kinds
    call = next(item for item in answer.output if item.type == "function_call")
    expect((call.name, json.loads(call.arguments)), ("get_weather", {"city": "Göteborg"}))
    said = [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in answer.output]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": WEATHER}
    last = counted_response(sdk.responses.create(model=MODEL, input=[*user(USE_TOOL), *said, result], tools=tools))
    expect(last.output_text, f"The tool said: {WEATHER}")


def chat(sdk):
    answer = sdk.chat.completions.create(model=MODEL, messages=user("Say pong."))
    counted_chat(answer.usage)
    expect((answer.choices[0].message.content, answer.choices[0].finish_reason), (PONG, "stop"))


def chat_stream(sdk):
    text, chunks = streamed_chat(sdk, "Say pong.", stream_options={"include_usage": True})
    counted_chat(chunks[-1].usage)
    expect((text, chunks[-1].choices), (PONG, []))


def chat_unasked(sdk):
    """Who does not ask for usage sees none, though the relay has to learn it."""
    text, chunks = streamed_chat(sdk, "Say pong.")
    expect((text, [chunk.usage for chunk in chunks if chunk.usage]), (PONG, []))
    assert all(chunk.choices for chunk in chunks), chunks


def chat_tools(sdk):
    tools, turns = [{"type": "function", "function": FUNCTION}], user(USE_TOOL)
    options = {"tools": tools, "stream_options": {"include_usage": True}}
    with sdk.chat.completions.stream(model=MODEL, messages=turns, **options) as stream:
        kinds = {event.type for event in stream}
        answer = stream.get_final_completion()
    counted_chat(answer.usage)
    assert "tool_calls.function.arguments.delta" in kinds, kinds
    [call] = answer.choices[0].message.tool_calls
    expect((call.function.name, json.loads(call.function.arguments)), ("get_weather", {"city": "Göteborg"}))
    said = {"role": "assistant", "tool_calls": [call.model_dump(exclude_none=True)]}
    turns += [said, {"role": "tool", "tool_call_id": call.id, "content": WEATHER}]
    last = sdk.chat.completions.create(model=MODEL, messages=turns, tools=tools)
    counted_chat(last.usage)
    expect(last.choices[0].message.content, f"The tool said: {WEATHER}")


def embeddings(sdk):
    answer = sdk.embeddings.create(model=EMBEDDER, input=["one", "zwei"])
    count(input=answer.usage.prompt_tokens)
    expect([list(each.embedding) for each in answer.data], [[0.5, -0.25, 0.125]] * 2)


def models(sdk):
    listed = [model.id for model in sdk.models.list()]
    assert MODEL in listed, listed


def wrong_key(_):
    sdk = client(api_key=WRONG_KEY, max_retries=2)
    raised(openai.AuthenticationError, lambda: sdk.responses.create(model=MODEL, input="Say pong."))
    raised(openai.AuthenticationError, lambda: sdk.chat.completions.create(model=MODEL, messages=user("Say pong.")))


def cut(sdk):
    # The SDK lets the transport's own error through; what a relay says instead is no completed response.
    kinds = (openai.APIError, httpx2.TransportError, RuntimeError)
    raised(kinds, lambda: streamed_response(sdk, input="CUTSTREAM"))


def stream_error(sdk):
    with sdk.responses.create(model=MODEL, input="STREAMERROR", stream=True) as stream:
        last = list(stream)[-1]
    expect((last.type, last.response.error.message), ("response.failed", OVERLOADED))


def chat_cut(sdk):
    raised((openai.APIError, httpx2.TransportError), lambda: streamed_chat(sdk, "CUTSTREAM"))


def overloaded(sdk):
    error = raised(openai.APIStatusError, lambda: sdk.responses.create(model=MODEL, input="OVERLOADED"))
    expect((error.status_code, error.body["message"]), (503, OVERLOADED))


def not_own_client(sdk):
    """A subscription serves the vendor's own client only, and says so to anyone else."""
    error = raised(openai.PermissionDeniedError, lambda: sdk.responses.create(model=MODEL, input="Say pong."))
    assert "Codex" in error.message, error.message


def use_up(sdk):
    """Makes a call, unless there is no room for one any more."""
    try:
        sdk.responses.create(model=MODEL, input="Say pong.")
    except openai.APIStatusError as error:
        expect(error.status_code, LIMIT["status"])


def limited(sdk):
    kind, *words = REFUSALS[LIMIT["status"]]
    sdk = sdk.with_options(max_retries=LIMIT["retries"])
    calls = (
        lambda: sdk.responses.create(model=MODEL, input="Say pong."),
        lambda: streamed_response(sdk, input="Say pong."),
        lambda: sdk.chat.completions.create(model=MODEL, messages=user("Say pong.")),
        lambda: streamed_chat(sdk, "Say pong."),
    )
    for call in calls:
        error = refusal(kind, call)
        expect([error.type, error.code], words)
        expect_limit(error.status_code, error.body["message"])


def crowded(sdk):
    """While a stream is under way."""
    with sdk.responses.stream(model=MODEL, input="HOLDSTREAM") as stream:
        next(stream)
        limited(sdk)
        counted_response(stream.get_final_response())


ANSWERED = [response, response_stream, response_tools, chat, chat_stream, chat_unasked, chat_tools, embeddings, models]
run(globals(), ANSWERED, client, CREDENTIALS)
