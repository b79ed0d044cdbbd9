import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import { connect, type Socket } from "node:net"
import { Readable } from "node:stream"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"
import { headerOf, type RawAnswer, rawRequest, sendRaw } from "../testing/raw-http.ts"

type Handler = (incoming: IncomingMessage, answer: ServerResponse) => void

let provider: Server
let gateway: TestGateway
let handle: Handler
const sockets = new Set<Socket>()
let id = 0

const answerJson = (answer: ServerResponse, body: object, status = 200): void => {
  answer.writeHead(status, { "content-type": "application/json" })
  answer.end(JSON.stringify(body))
}

/** What arrived at the provider, read to its end. */
interface Arrived {
  readonly bytes: number
  readonly sha256: string
  readonly headers: IncomingMessage["headers"]
  readonly target: string
  readonly method: string
}

/** A provider that hashes what it is sent; resolves with the next request it has read whole. */
function nextArrival(body: object = { ok: true }): Promise<Arrived> {
  return new Promise((resolve) => {
    handle = (incoming, answer) => {
      const hash = createHash("sha256")
      let bytes = 0
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length
        hash.update(chunk)
      })
      incoming.on("end", () => {
        const { headers, url = "", method = "" } = incoming
        resolve({ bytes, sha256: hash.digest("hex"), headers, target: url, method })
        answerJson(answer, body)
      })
    }
  })
}

beforeAll(async () => {
  provider = createServer((incoming, answer) => handle(incoming, answer))
  provider.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.on("error", () => undefined)
    socket.once("close", () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve))
  const { port } = provider.address() as { port: number }
  gateway = await startTestGateway({
    upstream: `http://127.0.0.1:${port}`,
    maxUploadBytes: 200 * 1024 * 1024,
    timeouts: { requestMs: 400 },
  })
})

afterAll(async () => {
  await gateway?.stop()
  provider?.closeAllConnections()
  provider?.close()
})

beforeEach(() => {
  id += 1
})

const recorded = () => gateway.recordOf(`upload-${id}`)
const boundary = "gateway-test-boundary"
const head = (more: Record<string, string> = {}): Record<string, string> => ({
  authorization: `Bearer ${gateway.key}`,
  "content-type": `multipart/form-data; boundary=${boundary}`,
  "x-sluice-request-id": `upload-${id}`,
  ...more,
})
const field = (name: string, value: string): string =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const filePart = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`
const end = `\r\n--${boundary}--\r\n`
const openai = { "x-sluice-provider": "openai" }

interface Sent {
  readonly status: number
  readonly error: string | null
}

/** Sends a body of any size as it is drawn; `length` null: chunked. */
function send(path: string, body: Readable, length: number | null, more: Record<string, string> = {}): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const headers = { ...head(more), ...(length === null ? {} : { "content-length": String(length) }) }
    const call = request({ port: gateway.port, host: "127.0.0.1", path, method: "POST", headers }, (answer) => {
      answer.resume()
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, error: String(answer.headers["x-sluice-error"] ?? "") || null }),
      )
    })
    call.on("error", reject)
    body.pipe(call)
  })
}

/** A form with one file of so many bytes, a piece at a time, and its hash once it was drawn. */
function largeForm(pieces: number, piece: Buffer) {
  const hash = createHash("sha256")
  const draw = function* (): Generator<Buffer> {
    const parts = [Buffer.from(field("model", "whisper-1") + filePart), ...Array<Buffer>(pieces).fill(piece)]
    for (const part of [...parts, Buffer.from(end)]) {
      hash.update(part)
      yield part
    }
  }
  const length = Buffer.byteLength(field("model", "whisper-1") + filePart + end) + pieces * piece.length
  return { body: Readable.from(draw(), { objectMode: false }), length, sha256: () => hash.digest("hex") }
}

describe("an upload", () => {
  it("of 100 MB arrives byte by byte, with or without a length, and is never held", async () => {
    const piece = Buffer.alloc(1024 * 1024, "sluice")
    for (const chunked of [false, true]) {
      let highest = 0
      const before = process.memoryUsage.rss()
      const watch = setInterval(() => {
        highest = Math.max(highest, process.memoryUsage.rss() - before)
      }, 10)
      const arrival = nextArrival({ text: "hello", usage: { type: "tokens", input_tokens: 14, output_tokens: 3 } })
      const form = largeForm(100, piece)
      const { status } = await send("/v1/audio/transcriptions", form.body, chunked ? null : form.length)
      clearInterval(watch)
      expect(status).toBe(200)
      const arrived = await arrival
      expect(arrived).toMatchObject({ bytes: form.length, sha256: form.sha256(), target: "/v1/audio/transcriptions" })
      expect(arrived.headers["content-length"]).toBe(chunked ? undefined : String(form.length))
      expect(arrived.headers.authorization).toBe("Bearer stored-openai-secret")
      // Client, gateway and provider are this process: far below the 100 MB that one copy of the body would be.
      expect(highest).toBeLessThan(80 * 1024 * 1024)
      expect(await recorded()).toMatchObject({
        endpoint: "/v1/audio/transcriptions",
        operation: "audio",
        provider: "openai",
        model_requested: "whisper-1",
        prompt_bytes: form.length,
        usage: { input: 14, output: 3 },
        usage_source: "provider",
      })
      id += 1
    }
  })

  it("is read from the client no faster than the provider takes it", async () => {
    let stalled: IncomingMessage | null = null
    const begun = new Promise<void>((resolve) => {
      handle = (incoming, answer) => {
        stalled = incoming
        incoming.pause()
        incoming.on("end", () => answerJson(answer, {}))
        resolve()
      }
    })
    let drawn = 0
    const piece = Buffer.alloc(64 * 1024, 1)
    const pieces = 1600
    const draw = function* (): Generator<Buffer> {
      yield Buffer.from(filePart)
      for (; drawn < pieces; drawn += 1) yield piece
      yield Buffer.from(end)
    }
    const sent = send("/v1/files", Readable.from(draw(), { objectMode: false }), null, openai)
    await begun
    let last = -1
    while (drawn !== last) {
      last = drawn
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    // What sockets and streams hold on the way, and no more.
    expect(drawn * piece.length).toBeLessThan(40 * 1024 * 1024)
    ;(stalled as IncomingMessage | null)?.resume()
    expect((await sent).status).toBe(200)
    expect(drawn).toBe(pieces)
  })

  it("that the client breaks off is broken off at the provider", async () => {
    const closed = new Promise<boolean>((resolve) => {
      handle = (incoming) => {
        incoming.resume()
        incoming.on("error", () => undefined)
        incoming.on("close", () => resolve(incoming.complete))
      }
    })
    const client = connect(gateway.port, "127.0.0.1")
    client.on("error", () => undefined)
    const bytes = rawRequest("/v1/files", head(openai), filePart)
      .toString()
      .replace(/content-length: \d+/, "content-length: 900000")
    const called = new Promise<void>((resolve) => {
      const before = handle
      handle = (incoming, answer) => {
        before(incoming, answer)
        resolve()
      }
    })
    client.write(bytes)
    await called
    client.destroy()
    expect(await closed).toBe(false)
    expect(await recorded()).toMatchObject({ status: 499, error_code: "client_cancelled", endpoint: "/v1/files" })
  })

  it("that the provider answers early is answered at once, and the rest of it is thrown away", async () => {
    handle = (_incoming, answer) => answerJson(answer, { error: { message: "too big", code: "too_big" } }, 413)
    const form = largeForm(150, Buffer.alloc(1024 * 1024, 2))
    const client = connect(gateway.port, "127.0.0.1")
    client.on("error", () => undefined)
    const answer = new Promise<string>((resolve) => client.once("data", (data) => resolve(data.toString())))
    const start = rawRequest("/v1/files", head(openai), filePart).toString()
    client.write(start.replace(/content-length: \d+/, `content-length: ${form.length}`))
    expect(await answer).toContain("HTTP/1.1 413")
    expect(await answer).toContain("too big")
    client.destroy()
    expect(await recorded()).toMatchObject({ status: 413, error_source: "provider", error_code: "too_big" })
  })

  it("that the provider breaks off is a 502", async () => {
    handle = (incoming) => incoming.socket.destroy()
    const form = largeForm(4, Buffer.alloc(1024 * 1024, 3))
    const broken = await send("/v1/files", form.body, form.length, openai)
    expect(broken).toEqual({ status: 502, error: "provider_unreachable" })
  })

  it("that stops coming is a 408 and closes the provider's connection", async () => {
    const closed = new Promise<void>((resolve) => {
      handle = (incoming) => {
        incoming.resume()
        incoming.on("error", () => undefined)
        incoming.on("close", () => resolve())
      }
    })
    const bytes = rawRequest("/v1/files", head(openai), filePart)
      .toString()
      .replace(/content-length: \d+/, "content-length: 900000")
    const answer = await sendRaw(gateway.port, bytes)
    expect(answer.status).toBe(408)
    expect(headerOf(answer.headers, "x-sluice-error")).toBe("request_timeout")
    await closed
  })
})

const refused = async (code: string, status: number, bytes: Buffer | string): Promise<RawAnswer> => {
  let called = false
  handle = (_incoming, answer) => {
    called = true
    answerJson(answer, {})
  }
  const answer = await sendRaw(gateway.port, bytes)
  expect([headerOf(answer.headers, "x-sluice-error"), answer.status]).toEqual([code, status])
  expect(called).toBe(false)
  return answer
}

describe("a request without a readable model", () => {
  const form = (...parts: string[]): string => `${parts.join("")}--${boundary}--\r\n`

  it("goes where its header says, whatever the method", async () => {
    for (const [method, path] of [
      ["GET", "/v1/files?purpose=batch"],
      ["GET", "/v1/files/file-1/content"],
      ["DELETE", "/v1/files/file-1"],
      ["POST", "/v1/batches/batch_1/cancel"],
    ] as const) {
      const arrival = nextArrival()
      const bytes = rawRequest(path, { ...head(openai), "content-type": "text/plain" }, "").toString()
      const answer = await sendRaw(gateway.port, bytes.replace("POST", method))
      expect(answer.status).toBe(200)
      expect(await arrival).toMatchObject({ method, target: path, bytes: 0 })
    }
  })

  it("goes where the form's model says, under the name that provider knows", async () => {
    const arrival = nextArrival()
    const body = form(field("model", "groq/whisper-large-v3"), filePart, "sound\r\n")
    await sendRaw(gateway.port, rawRequest("/v1/audio/transcriptions", head(), body))
    const renamed = body.replace("groq/whisper", "whisper")
    expect(await arrival).toMatchObject({
      bytes: renamed.length,
      sha256: createHash("sha256").update(renamed).digest("hex"),
    })
    expect(await recorded()).toMatchObject({
      provider: "groq",
      model_requested: "groq/whisper-large-v3",
      model_actual: "whisper-large-v3",
    })
  })

  it("is refused where nothing says whose it is", async () => {
    await refused("provider_required", 400, rawRequest("/v1/files", head(), form(filePart, "x\r\n")))
    await refused(
      "provider_required",
      400,
      rawRequest("/v1/moderations", { ...head(), "content-type": "application/json" }, '{"input":"x"}'),
    )
    await refused(
      "invalid_provider",
      400,
      rawRequest("/v1/files", head({ "x-sluice-provider": "nobody" }), form(filePart, "x\r\n")),
    )
    expect(await recorded()).toMatchObject({ error_code: "provider_required", model_requested: null })
  })

  it("goes to the one OpenAI-compatible credential that a project has, and never to its default provider", async () => {
    const arrival = nextArrival()
    const own = { ...head(), authorization: `Bearer ${gateway.keys.onlyMistral}` }
    await sendRaw(gateway.port, rawRequest("/v1/files", own, form(filePart, "x\r\n")))
    expect((await arrival).headers.authorization).toBe("Bearer stored-mistral-secret")
  })

  it("needs the scope passthrough from a key for certain models, even where the form says one of them", async () => {
    const limited = { authorization: `Bearer ${gateway.keys.onlyMini}` }
    const said = form(field("model", "gpt-4o-mini-transcribe"), filePart, "x\r\n")
    await refused("scope_missing", 403, rawRequest("/v1/audio/transcriptions", head(limited), said))
    await refused(
      "scope_missing",
      403,
      rawRequest("/v1/files", head({ ...limited, ...openai }), form(filePart, "x\r\n")),
    )
    const scoped = { authorization: `Bearer ${gateway.keys.onlyMiniPassthrough}` }
    const arrival = nextArrival()
    await sendRaw(gateway.port, rawRequest("/v1/audio/transcriptions", head({ ...scoped, ...openai }), said))
    expect((await arrival).bytes).toBe(said.length)
    const other = form(field("model", "gpt-4o-transcribe"), filePart, "x\r\n")
    await refused(
      "model_not_allowed",
      403,
      rawRequest("/v1/audio/transcriptions", head({ ...scoped, ...openai }), other),
    )
  })

  it("is broken off when a model comes late that is not allowed, or a second one", async () => {
    const large = "x".repeat(200_000)
    handle = (incoming) => {
      incoming.resume()
      incoming.on("error", () => undefined)
    }
    const scoped = { authorization: `Bearer ${gateway.keys.onlyMiniPassthrough}`, ...openai }
    const late = form(filePart, large, "\r\n", field("model", "gpt-4o-transcribe"))
    const forbidden = await sendRaw(gateway.port, rawRequest("/v1/audio/transcriptions", head(scoped), late))
    expect(headerOf(forbidden.headers, "x-sluice-error")).toBe("model_not_allowed")
    const twice = form(field("model", "whisper-1"), filePart, large, "\r\n", field("model", "whisper-2"))
    const repeated = await sendRaw(gateway.port, rawRequest("/v1/audio/transcriptions", head(openai), twice))
    expect(headerOf(repeated.headers, "x-sluice-error")).toBe("invalid_request")
  })

  it("is refused before it is read when it says that it is too large, and when it turns out to be", async () => {
    const bytes = rawRequest("/v1/files", head(openai), "").toString()
    const answer = await refused(
      "request_too_large",
      413,
      bytes.replace("content-length: 0", "content-length: 300000000"),
    )
    expect(answer.body.toString()).toContain("SLUICE_MAX_UPLOAD_BYTES")
    handle = (incoming) => {
      incoming.resume()
      incoming.on("error", () => undefined)
    }
    const form = largeForm(201, Buffer.alloc(1024 * 1024, 4))
    const sent = await send("/v1/files", form.body, null, openai).catch((error: NodeJS.ErrnoException) => error.code)
    if (typeof sent === "object") expect(sent).toEqual({ status: 413, error: "request_too_large" })
    expect(await recorded()).toMatchObject({ error_code: "request_too_large" })
  })

  it("is refused when it is compressed", async () => {
    await refused("invalid_request", 400, rawRequest("/v1/files", head({ ...openai, "content-encoding": "gzip" }), "x"))
  })

  it("keeps the method and body of what it does not know", async () => {
    await refused("method_not_allowed", 405, rawRequest("/v1/files/file-1", head(openai), ""))
    const arrival = nextArrival()
    const binary = Buffer.from([0, 255, 13, 10, 45, 45])
    const octets = { ...head(openai), "content-type": "application/octet-stream" }
    await sendRaw(gateway.port, rawRequest("/v1/audio/voices", octets, binary))
    expect(await arrival).toMatchObject({
      sha256: createHash("sha256").update(binary).digest("hex"),
      target: "/v1/audio/voices",
    })
  })
})
