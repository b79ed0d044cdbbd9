"""The Python clients as their manuals show them, with nothing changed but base URL and key.

Prints one JSON object: what each call gave. Reads SLUICE_URL (the gateway's root) and SLUICE_KEY.
"""

import asyncio
import json
import os

import anthropic
import openai
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

ROOT = os.environ["SLUICE_URL"]
KEY = os.environ["SLUICE_KEY"]
PROMPT = [{"role": "user", "content": "Say hello."}]


def feature(name):
    return {"x-sluice-feature": name}


def use_openai():
    client = openai.OpenAI(
        base_url=f"{ROOT}/v1", api_key=KEY, max_retries=0, default_headers=feature("python-openai")
    )
    plain = client.chat.completions.create(model="gpt-4o-mini", messages=PROMPT)
    stream = client.chat.completions.create(
        model="gpt-4o-mini", messages=PROMPT, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    response = client.responses.create(model="gpt-4o-mini", input="Say hello.")
    vectors = client.embeddings.create(model="text-embedding-3-small", input=["hello"])
    try:
        client.chat.completions.create(
            model="gpt-4o-mini", messages=PROMPT, extra_headers={"x-simulate": "fault=429,retry-after=2"}
        )
        refused = None
    except openai.RateLimitError as error:
        refused = {"status": error.status_code, "retry_after": error.response.headers["retry-after"]}
    try:
        openai.OpenAI(base_url=f"{ROOT}/v1", api_key="slk_wrong", max_retries=0).models.list()
        stranger = None
    except openai.AuthenticationError as error:
        stranger = error.code
    return {
        "text": plain.choices[0].message.content,
        "usage": plain.usage.total_tokens,
        "streamed": "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices),
        "stream_usage": chunks[-1].usage.total_tokens,
        "response": response.output_text,
        "dimensions": len(vectors.data[0].embedding),
        "refused": refused,
        "stranger": stranger,
    }


async def use_openai_async():
    client = openai.AsyncOpenAI(
        base_url=f"{ROOT}/v1", api_key=KEY, max_retries=0, default_headers=feature("python-openai-async")
    )
    answers = await asyncio.gather(
        *(client.chat.completions.create(model="gpt-4o-mini", messages=PROMPT) for _ in range(8))
    )
    return len([answer for answer in answers if answer.choices[0].message.content])


def use_anthropic():
    client = anthropic.Anthropic(
        base_url=ROOT, api_key=KEY, max_retries=0, default_headers=feature("python-anthropic")
    )
    plain = client.messages.create(model="claude-sonnet-4-6", max_tokens=64, messages=PROMPT)
    with client.messages.stream(model="claude-sonnet-4-6", max_tokens=64, messages=PROMPT) as stream:
        text = "".join(stream.text_stream)
        usage = stream.get_final_message().usage.output_tokens
    counted = client.messages.count_tokens(model="claude-sonnet-4-6", messages=PROMPT)
    return {
        "text": plain.content[0].text,
        "streamed": text,
        "stream_output_tokens": usage,
        "counted": counted.input_tokens,
    }


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def use_langchain():
    model = ChatOpenAI(
        model="gpt-4o-mini",
        base_url=f"{ROOT}/v1",
        api_key=KEY,
        max_retries=0,
        stream_usage=True,
        default_headers=feature("python-langchain"),
    )
    plain = model.invoke("Say hello.")
    chunks = list(model.stream("Say hello."))
    called = model.bind_tools([weather], tool_choice="any").invoke("What is the weather in Paris?")
    return {
        "text": plain.content,
        "usage": plain.usage_metadata["total_tokens"],
        "chunks": len(chunks),
        "streamed": "".join(chunk.content for chunk in chunks),
        "tool": called.tool_calls[0]["name"],
    }


print(
    json.dumps(
        {
            "openai": use_openai(),
            "openai_async": asyncio.run(use_openai_async()),
            "anthropic": use_anthropic(),
            "langchain": use_langchain(),
        }
    )
)
