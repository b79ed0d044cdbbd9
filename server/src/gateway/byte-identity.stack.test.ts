import { readdirSync, readFileSync } from "node:fs"
import type { Socket } from "node:net"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"
import {
  headerOf,
  type RawAnswer,
  type RawUpstream,
  rawRequest,
  sendRaw,
  startRawUpstream,
} from "../testing/raw-http.ts"

const recordedFolder = (provider: string): string =>
  fileURLToPath(new URL(`../providers/${provider}/recorded/`, import.meta.url))

/** Every recorded stream there is, by provider and name. */
const streams = ["openai", "anthropic", "gemini"].flatMap((provider) =>
  readdirSync(recordedFolder(provider))
    .filter((name) => name.endsWith(".sse"))
    .map((name) => ({ provider, name, bytes: readFileSync(`${recordedFolder(provider)}${name}`) })),
)

let upstream: RawUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startRawUpstream()
  gateway = await startTestGateway({ upstream: upstream.url })
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const callFor: Readonly<Record<string, { readonly path: string; readonly body: string }>> = {
  openai: { path: "/v1/chat/completions", body: '{"model":"gpt-4o","stream":true,"messages":[]}' },
  anthropic: { path: "/v1/messages", body: '{"model":"claude-sonnet-4-20250514","stream":true,"messages":[]}' },
  gemini: { path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", body: '{"contents":[]}' },
}

async function call(provider: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  const { path, body } = callFor[provider] as (typeof callFor)[string] & object
  return await sendRaw(gateway.port, rawRequest(path, { "x-sluice-key": gateway.key, ...headers }, body))
}

/** Writes a body in these pieces, each in a packet of its own, chunked or with a length. */
function writeIn(pieces: readonly Buffer[], headers: readonly string[], chunked: boolean, socket: Socket): void {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const framing = chunked ? "transfer-encoding: chunked" : `content-length: ${total}`
  socket.write(`HTTP/1.1 200 OK\r\n${[...headers, framing].join("\r\n")}\r\n\r\n`)
  const write = (index: number): void => {
    const piece = pieces[index]
    if (piece === undefined) {
      if (chunked) socket.write("0\r\n\r\n")
      return
    }
    const framed = [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]
    if (piece.length > 0) socket.write(chunked ? Buffer.concat(framed) : piece)
    setImmediate(write, index + 1)
  }
  write(0)
}

const answerIn = (pieces: readonly Buffer[], headers: readonly string[], chunked: boolean): void =>
  upstream.handle((_request, socket) => writeIn(pieces, headers, chunked, socket))

const events = "content-type: text/event-stream; charset=utf-8"

describe("a stream relayed in its own protocol", () => {
  it("has recorded streams of every protocol to try", () => {
    expect(new Set(streams.map((stream) => stream.provider))).toEqual(new Set(["openai", "anthropic", "gemini"]))
  })

  it.each(streams)("gives the bytes of $provider/$name, split at every byte offset", async ({ provider, bytes }) => {
    upstream.handle((request, socket) => {
      const at = Number(/^x-split: (\d+)/m.exec(request.head)?.[1])
      writeIn([bytes.subarray(0, at), bytes.subarray(at)], [events], true, socket)
    })
    const different: number[] = []
    let next = 0
    const split = async (): Promise<void> => {
      while (next <= bytes.length) {
        const at = next
        next += 1
        const answer = await call(provider, { "x-split": String(at) })
        if (!answer.complete || !answer.body.equals(bytes)) different.push(at)
      }
    }
    await Promise.all([split(), split(), split(), split()])
    expect(different).toEqual([])
  })

  it("gives the bytes of any stream under any chunking, compressed or not, chunked or with a length", async () => {
    const encodings = { identity: (b: Buffer) => b, gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...streams),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.constantFrom<keyof typeof encodings>("identity", "gzip", "deflate", "br"),
        fc.boolean(),
        async ({ provider, bytes }, cuts, encoding, chunked) => {
          const body = encodings[encoding](bytes)
          const at = [...new Set([0, ...cuts.map((cut) => cut % (body.length + 1)), body.length])].sort((a, b) => a - b)
          const pieces = at.slice(1).map((end, i) => body.subarray(at[i], end))
          const headers = encoding === "identity" ? [events] : [events, `content-encoding: ${encoding}`]
          answerIn(pieces, headers, chunked)
          const answer = await call(provider, { "accept-encoding": "gzip, deflate, br" })
          return answer.complete && answer.body.equals(body)
        },
      ),
      { numRuns: 150 },
    )
  })

  it("reads the same usage from the copy whatever the chunking and encoding", async () => {
    const stream = streams.find(({ name }) => /usage|cached|plain/.test(name)) ?? streams[0]
    if (!stream) throw new Error("no recorded stream")
    const seen = new Set<string>()
    for (const [encoding, body] of [
      ["identity", stream.bytes],
      ["gzip", gzipSync(stream.bytes)],
      ["deflate", deflateSync(stream.bytes)],
      ["br", brotliCompressSync(stream.bytes)],
    ] as const) {
      for (const size of [1, 7, 100_000]) {
        const pieces: Buffer[] = []
        for (let at = 0; at < body.length; at += size) pieces.push(body.subarray(at, at + size))
        answerIn(pieces, encoding === "identity" ? [events] : [events, `content-encoding: ${encoding}`], true)
        const id = `usage-${encoding}-${size}`
        await call(stream.provider, { "accept-encoding": "gzip, deflate, br", "x-sluice-request-id": id })
        const record = await gateway.recordOf(id)
        seen.add(JSON.stringify([record.usage, record.usage_source, record.finish_reason, record.model_response]))
      }
    }
    expect([...seen]).toHaveLength(1)
  })

  it("passes a single event of 8 MB", async () => {
    const event = Buffer.from(
      `data: {"choices":[{"delta":{"content":"${"x".repeat(8 * 1024 * 1024)}"}}]}\n\ndata: [DONE]\n\n`,
    )
    answerIn([event], [events], true)
    const answer = await call("openai")
    expect(answer.complete).toBe(true)
    expect(answer.body.equals(event)).toBe(true)
  })
})

describe("an answer that is no stream", () => {
  it("keeps status, reason, header order, spelling and repetition, and its compressed bytes", async () => {
    const body = gzipSync('{"id":"x","usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}')
    upstream.handle((_request, socket) => {
      socket.write(
        `HTTP/1.1 201 Made Up\r\nX-Second: 2\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n`,
      )
      socket.write(body)
    })
    let head = ""
    const { path, body: sent } = callFor.openai as { path: string; body: string }
    const answer = await sendRaw(
      gateway.port,
      rawRequest(
        path,
        { "x-sluice-key": gateway.key, "accept-encoding": "gzip", "x-sluice-request-id": "made-up" },
        sent,
      ),
      (chunk) => {
        head += chunk.toString("latin1")
      },
    )
    expect(head.split("\r\n")[0]).toBe("HTTP/1.1 201 Made Up")
    expect(answer.headers.slice(0, 14)).toEqual([
      "X-Second",
      "2",
      "Set-Cookie",
      "a=1",
      "set-cookie",
      "b=2",
      "Content-Type",
      "application/json",
      "Content-Encoding",
      "gzip",
      "Content-Length",
      String(body.length),
      "Date",
      "Thu, 01 Jan 1970 00:00:00 GMT",
    ])
    expect(answer.body.equals(body)).toBe(true)
    expect(headerOf(answer.headers, "x-sluice-provider")).toBe("openai")
    expect(await gateway.recordOf("made-up")).toMatchObject({
      status: 201,
      usage: { input: 3, output: 2 },
      usage_source: "provider",
    })
  })
})

describe("the request the provider gets", () => {
  const odd = [
    '{ "model" :"gpt-4o", "messages":[{"role":"user","content":"caf\\u00e9 \\ud83d\\ude00 \\/"}],\n\t"seed":12345678901234567890123, "temperature":1.0e-2,"unknown_field":{"a":[1,2,{}]},"x":"\u00e9" }',
    '{"messages":[],"user":"a","user":"b","model":"gpt-4o"}\r\n ',
  ]

  it.each(odd)("is the client's bytes: %s", async (body) => {
    answerIn([Buffer.from("{}")], ["content-type: application/json"], false)
    await sendRaw(
      gateway.port,
      rawRequest("/v1/chat/completions?beta=1", { "x-sluice-key": gateway.key, "X-Custom": "Kept As Is" }, body),
    )
    const received = upstream.requests.at(-1)
    expect(received?.body.equals(Buffer.from(body))).toBe(true)
    expect(received?.head.split("\r\n")[0]).toBe("POST /v1/chat/completions?beta=1 HTTP/1.1")
    expect(received?.head).toContain("X-Custom: Kept As Is")
    expect(received?.head).not.toContain("slk_")
    expect(received?.head).not.toMatch(/x-sluice/i)
  })

  it("differs in the model's bytes alone when a prefix named the provider", async () => {
    answerIn([Buffer.from("{}")], ["content-type: application/json"], false)
    const body = '{ "seed": 1e5 ,"model" : "openai\\/gpt-9-new" , "messages":[ ] }'
    await sendRaw(
      gateway.port,
      rawRequest("/v1/chat/completions", { "x-sluice-key": gateway.key, "x-sluice-request-id": "prefixed" }, body),
    )
    expect(upstream.requests.at(-1)?.body.toString()).toBe('{ "seed": 1e5 ,"model" : "gpt-9-new" , "messages":[ ] }')
    expect(await gateway.recordOf("prefixed")).toMatchObject({
      model_requested: "openai/gpt-9-new",
      model_actual: "gpt-9-new",
      provider_unknown: true,
    })
  })
})
