"""Scenarios with the real Google Gen AI Python SDK."""

import httpx2
from google import genai
from google.genai import errors, types
from sdk_scenario import KEY, LIMIT, SCHEMA, URL, WRONG_KEY, count, expect, expect_limit, raised, refusal, run
from upstream.answer import OVERLOADED, PONG, THOUGHT

MODEL, EMBEDDER = "gemini-3.8-flash", "gemini-embedding-2"
FUNCTION = types.FunctionDeclaration(
    name="get_weather", description="Weather of a city", parameters_json_schema=SCHEMA
)
CREDENTIALS = {"api_key": {"api_key": KEY}}
# The status word of a refusal because of a limit, by its status. Google has none of its own for a 402.
REFUSALS = {402: "RESOURCE_EXHAUSTED", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED"}


def client(**options):
    return genai.Client(http_options=types.HttpOptions(base_url=f"{URL}/gemini"), **options)


def counted(answer):
    seen = answer.usage_metadata
    count(
        input=seen.prompt_token_count - seen.cached_content_token_count,
        cache_read=seen.cached_content_token_count,
        output=seen.candidates_token_count + seen.thoughts_token_count,
        reasoning=seen.thoughts_token_count,
    )
    return answer


def user(part):
    return types.Content(role="user", parts=[part])


def thoughts(parts):
    return [part.text for part in parts if part.thought]


def text(sdk):
    answer = counted(sdk.models.generate_content(model=MODEL, contents="Say pong."))
    expect((answer.text, thoughts(answer.candidates[0].content.parts)), (PONG, [THOUGHT]))
    expect(answer.candidates[0].finish_reason, types.FinishReason.STOP)


def stream(sdk):
    chunks = list(sdk.models.generate_content_stream(model=MODEL, contents="Say pong."))
    counted(chunks[-1])
    expect("".join(chunk.text or "" for chunk in chunks), PONG)


def tools(sdk):
    """The call streamed, its result sent back without streaming."""
    config = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[FUNCTION])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    question = user(types.Part.from_text(text="Please use the tool get_weather."))
    chunks = list(sdk.models.generate_content_stream(model=MODEL, contents=[question], config=config))
    counted(chunks[-1])
    said = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
    call = next(part.function_call for part in said if part.function_call)
    expect((call.name, call.args), ("get_weather", {"city": "Göteborg"}))
    result = types.FunctionResponse(id=call.id, name=call.name, response={"result": "7 °C, rain"})
    turns = [question, types.Content(role="model", parts=said), user(types.Part(function_response=result))]
    last = counted(sdk.models.generate_content(model=MODEL, contents=turns, config=config))
    expect(last.text, "The tool said: 7 °C, rain")


def count_tokens(sdk):
    expect(sdk.models.count_tokens(model=MODEL, contents="Say pong.").total_tokens, 4242)


def embed(sdk):
    answer = sdk.models.embed_content(model=EMBEDDER, contents="one")
    expect(answer.embeddings[0].values, [0.5, -0.25, 0.125])


def models(sdk):
    listed = [model.name for model in sdk.models.list()]
    assert f"models/{MODEL}" in listed, listed


def wrong_key(_):
    sdk = client(api_key=WRONG_KEY)
    error = raised(errors.ClientError, lambda: sdk.models.generate_content(model=MODEL, contents="Say pong."))
    # Google itself answers 400 to a wrong key, the relay 401.
    assert error.code in (400, 401), error


def cut(sdk):
    kinds = (errors.APIError, httpx2.TransportError)
    raised(kinds, lambda: list(sdk.models.generate_content_stream(model=MODEL, contents="CUTSTREAM")))


def overloaded(sdk):
    error = raised(errors.ServerError, lambda: sdk.models.generate_content(model=MODEL, contents="OVERLOADED"))
    expect((error.code, error.message), (503, OVERLOADED))


def not_own_client(sdk):
    """A subscription serves the vendor's own client only, and says so to anyone else."""
    error = raised(errors.ClientError, lambda: sdk.models.generate_content(model=MODEL, contents="Say pong."))
    expect(error.code, 403)
    assert "Gemini CLI" in error.message, error.message


def use_up(sdk):
    """Makes a call, unless there is no room for one any more."""
    try:
        sdk.models.generate_content(model=MODEL, contents="Say pong.")
    except errors.ClientError as error:
        expect(error.code, LIMIT["status"])


def limited(sdk):
    request = {"model": MODEL, "contents": "Say pong."}
    calls = (
        lambda: sdk.models.generate_content(**request),
        lambda: list(sdk.models.generate_content_stream(**request)),
    )
    for call in calls:
        error = refusal(errors.ClientError, call)
        expect(error.status, REFUSALS[LIMIT["status"]])
        expect_limit(error.code, error.message)


def crowded(sdk):
    """While a stream is under way."""
    stream = sdk.models.generate_content_stream(model=MODEL, contents="HOLDSTREAM")
    next(stream)
    limited(sdk)
    counted(list(stream)[-1])


ANSWERED = [text, stream, tools, count_tokens, embed, models]
run(globals(), ANSWERED, client, CREDENTIALS)
