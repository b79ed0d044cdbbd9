import { connect, type Socket } from "node:net"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"
import {
  openRaw,
  type RawHandler,
  type RawUpstream,
  rawRequest,
  sendRaw,
  soon,
  startRawUpstream,
} from "../testing/raw-http.ts"

let upstream: RawUpstream
let gateway: TestGateway

const answering: RawHandler = (_request, socket) => {
  socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
}

beforeAll(async () => {
  upstream = await startRawUpstream(answering)
  gateway = await startTestGateway({ upstream: upstream.url, maxBodyBytes: 1_000_000 })
})

beforeEach(() => upstream.handle(answering))

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const chat = "/v1/chat/completions"
const good = '{"model":"gpt-4o","messages":[]}'
const post = (body: Buffer | string, headers: Record<string, string> = {}, path = chat): Buffer =>
  rawRequest(path, { "x-sluice-key": gateway.key, ...headers }, body)

describe("a client that sends its next request before it has the answer", () => {
  it("gets every answer, in order", async () => {
    let count = 0
    upstream.handle((_request, socket) => {
      count += 1
      const body = `{"n":${count}}`
      const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
      setTimeout(() => socket.write(answer), 60 - count * 20)
    })
    const { socket, text } = await openRaw(gateway.port, Buffer.concat([post(good), post(good), post(good)]))
    expect(await soon(() => text().includes('{"n":3}'))).toBe(true)
    expect(text().indexOf('{"n":1}')).toBeLessThan(text().indexOf('{"n":2}'))
    expect(text().indexOf('{"n":2}')).toBeLessThan(text().indexOf('{"n":3}'))
    socket.destroy()
  })

  it("leaves no call and no record behind when it goes away", async () => {
    const called = new Set<Socket>()
    upstream.handle((_request, socket) => void called.add(socket))
    const { socket } = await openRaw(
      gateway.port,
      Buffer.concat([post(good, { "x-sluice-request-id": "pipe-1" }), post(good, { "x-sluice-request-id": "pipe-2" })]),
    )
    expect(await soon(() => gateway.inFlight() === 2 && called.size === 2)).toBe(true)
    socket.destroy()
    expect(await soon(() => gateway.inFlight() === 0)).toBe(true)
    expect(await gateway.recordOf("pipe-1")).toMatchObject({ status: 499 })
    expect(await gateway.recordOf("pipe-2")).toMatchObject({ status: 499, error_code: "client_cancelled" })
    expect(await soon(() => [...called].every(({ destroyed }) => destroyed))).toBe(true)
  })

  it("gets no words of ours inside an answer that has begun", async () => {
    upstream.handle((_request, socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\nhalf")
    })
    const { socket, text } = await openRaw(gateway.port, post(good))
    expect(await soon(() => text().endsWith("half"))).toBe(true)
    socket.write("\u0000garbage\r\n\r\n")
    expect(await soon(() => gateway.inFlight() === 0)).toBe(true)
    expect(text().endsWith("half")).toBe(true)
    socket.destroy()
  })
})

describe("a client that will not leave", () => {
  it("is let go soon after its bytes were refused as no request", async () => {
    const { socket, text } = await openRaw(gateway.port, "\u0000garbage\r\n\r\n")
    expect(await soon(() => text().startsWith("HTTP/1.1 400"))).toBe(true)
    let broken = false
    socket.on("error", () => (broken = true))
    socket.on("close", () => (broken = true))
    // A gateway that still held its side would take these bytes in silence.
    expect(
      await soon(() => {
        socket.write("x")
        return broken
      }, 4000),
    ).toBe(true)
  })
})

describe("what a client says about its body", () => {
  it("is judged before it is invited to send it", async () => {
    const head = (length: number, key: string): string =>
      `POST ${chat} HTTP/1.1\r\nhost: g\r\nx-sluice-key: ${key}\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`
    const large = await openRaw(gateway.port, head(1_000_001, gateway.key))
    expect(await soon(() => large.text().includes("\r\n\r\n"))).toBe(true)
    expect(large.text()).toMatch(/^HTTP\/1\.1 413/)
    large.socket.destroy()
    const unknown = await openRaw(gateway.port, head(10, "slk_nobodyknowsthiskey0000"))
    expect(await soon(() => unknown.text().includes("\r\n\r\n"))).toBe(true)
    expect(unknown.text()).toMatch(/^HTTP\/1\.1 401/)
    unknown.socket.destroy()
    const fine = await openRaw(gateway.port, head(good.length, gateway.key))
    expect(await soon(() => fine.text() === "HTTP/1.1 100 Continue\r\n\r\n")).toBe(true)
    fine.socket.write(good)
    expect(await soon(() => fine.text().includes("HTTP/1.1 200"))).toBe(true)
    fine.socket.destroy()
  })
})

describe("a model a key may not use", () => {
  it("is not reached by a second spelling of the decisive key", async () => {
    for (const body of [
      '{"model":"gpt-4o-mini","Model":"gpt-4o"}',
      '{"MODEL":"gpt-4o","model":"gpt-4o-mini"}',
      '{"model":"gpt-4o-mini","\\u004dodel":"gpt-4o"}',
    ]) {
      const before = upstream.requests.length
      const answer = await sendRaw(gateway.port, rawRequest(chat, { "x-sluice-key": gateway.keys.onlyMini }, body))
      expect(answer.status).toBe(400)
      expect(upstream.requests).toHaveLength(before)
    }
  })
})

describe("the body of a Gemini call", () => {
  it("goes on as it came, though it names its model in a form of its own", async () => {
    const body = '{"model":"models/gemini-2.5-flash","content":{"parts":[{"text":"hi"}]}}'
    await sendRaw(gateway.port, post(body, {}, "/v1beta/models/gemini-2.5-flash:embedContent"))
    expect(upstream.requests.at(-1)?.body.toString()).toBe(body)
  })

  it("is refused when it names another model than the path, which alone was checked", async () => {
    const before = upstream.bytesReceived()
    const body = '{"model":"models/gemini-2.5-pro","content":{"parts":[{"text":"hi"}]}}'
    const answer = await sendRaw(gateway.port, post(body, {}, "/v1beta/models/gemini-2.5-flash:embedContent"))
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { status: "INVALID_ARGUMENT" } })
    expect(upstream.bytesReceived()).toBe(before)
  })
})

describe("a client of HTTP/1.0", () => {
  it("does not take an answer that broke off for a whole one", async () => {
    upstream.handle((_request, socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
      socket.write("5\r\ndata:\r\n", () => setTimeout(() => socket.destroy(), 50))
    })
    const bytes = post(good).toString().replace("HTTP/1.1", "HTTP/1.0")
    const socket = connect({ port: gateway.port, host: "127.0.0.1" })
    let failed = ""
    let text = ""
    socket.on("error", (error: NodeJS.ErrnoException) => (failed = error.code ?? ""))
    socket.on("data", (chunk) => (text += chunk))
    socket.write(bytes)
    await new Promise((resolve) => socket.once("close", resolve))
    expect(text).toContain("data:")
    expect(failed).toBe("ECONNRESET")
  })
})

describe("keys of ours", () => {
  it("are dropped from headers where nobody looks for them", async () => {
    await sendRaw(gateway.port, post(good, { "ocp-apim-subscription-key": gateway.key, "x-note": "task_slk_1" }))
    const { head } = upstream.requests.at(-1) ?? { head: "" }
    expect(head).not.toContain(gateway.key)
    expect(head).toContain("x-note: task_slk_1")
  })

  it("reach no provider in any disguise", async () => {
    const second = "slk_testEverything000000000000"
    for (const [headers, path] of [
      [{ authorization: `Token ${second}` }, chat],
      [{ authorization: `Bearer sk-theirs, Bearer ${second}` }, chat],
      [{ "x-api-key": `"${second}"` }, chat],
      [{}, `${chat}?key=%73lk_testEverything000000000000`],
      [{}, `${chat}?k%65y=slk_testEverything000000000000`],
      [{}, `${chat}?x=%%73lk_testEverything000000000000`],
    ] as const) {
      const before = upstream.requests.length
      await sendRaw(
        gateway.port,
        rawRequest(
          path,
          { "x-sluice-key": gateway.keys.noCredentials, "x-sluice-provider": "openai", ...headers },
          good,
        ),
      )
      await sendRaw(gateway.port, post(good, headers, path))
      for (const { head } of upstream.requests.slice(before)) {
        expect(head.replaceAll("%73", "s")).not.toContain("slk_")
      }
    }
  })

  it("stand beside a Gemini client's own key in the query, which reaches Gemini", async () => {
    const path = "/v1beta/models/gemini-2.5-flash:generateContent?key=AIzaTheirs&alt=json"
    const answer = await sendRaw(gateway.port, rawRequest(path, { "x-sluice-key": gateway.keys.noCredentials }, "{}"))
    expect(answer.status).toBe(200)
    const { head } = upstream.requests.at(-1) ?? { head: "" }
    expect(head).toContain("x-goog-api-key: AIzaTheirs")
    expect(head).toMatch(/:generateContent\?alt=json HTTP/)
  })
})

describe("a label", () => {
  it("cannot break the record it stands in", async () => {
    const labels = {
      "x-sluice-metadata": '{"__proto__":{"admin":true},"a":"\\u0000\\ud800","constructor":{"prototype":1}}',
    }
    await sendRaw(gateway.port, post(good, { ...labels, "x-sluice-request-id": "labels" }))
    const record = await gateway.recordOf("labels")
    expect(record.status).toBe(200)
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
  })
})
