import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../testing/gateway.ts"
import { openRaw, type RawUpstream, rawRequest, sendRaw, soon, startRawUpstream } from "../testing/raw-http.ts"

let upstream: RawUpstream

beforeAll(async () => {
  upstream = await startRawUpstream((_request, socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
  })
})

afterAll(() => upstream?.close())

const chat = "/v1/chat/completions"
const good = '{"model":"gpt-4o","messages":[]}'

async function withGateway(
  options: Omit<TestGatewayOptions, "upstream">,
  use: (gateway: TestGateway) => Promise<void>,
): Promise<void> {
  const gateway = await startTestGateway({ upstream: upstream.url, ...options })
  try {
    await use(gateway)
  } finally {
    await gateway.stop()
  }
}

const post = (gateway: TestGateway): Buffer => rawRequest(chat, { "x-sluice-key": gateway.key }, good)

describe("a body that never falls silent", () => {
  it("must be whole in time all the same", async () => {
    await withGateway({ timeouts: { requestMs: 2000, requestTotalMs: 300 } }, async (gateway) => {
      const before = upstream.bytesReceived()
      const head = `POST ${chat} HTTP/1.1\r\nhost: g\r\nx-sluice-key: ${gateway.key}\r\ncontent-length: 5000\r\n\r\n`
      const client = await openRaw(gateway.port, head)
      const drip = setInterval(() => client.socket.write(" "), 20)
      expect(await soon(() => client.text().includes("\r\n\r\n"))).toBe(true)
      clearInterval(drip)
      expect(client.text()).toMatch(/^HTTP\/1\.1 408 /)
      expect(client.text()).toContain("x-sluice-error: request_timeout")
      expect(await soon(() => client.isClosed())).toBe(true)
      expect(upstream.bytesReceived()).toBe(before)
    })
  })

  it("must come, not drip, when it is passed through as it comes", async () => {
    await withGateway({ timeouts: { requestMs: 300 } }, async (gateway) => {
      const head = ["POST /v1/files HTTP/1.1", "host: g", `x-sluice-key: ${gateway.key}`, "x-sluice-provider: openai"]
      for (const type of ["multipart/form-data; boundary=b", "application/octet-stream"]) {
        const lines = [...head, `content-type: ${type}`, "content-length: 50000", "", ""]
        const client = await openRaw(gateway.port, lines.join("\r\n"))
        const drip = setInterval(() => client.socket.write("x"), 20)
        expect(await soon(() => client.isClosed())).toBe(true)
        clearInterval(drip)
        expect(client.text()).toMatch(/^HTTP\/1\.1 408 /)
        expect(await soon(() => gateway.inFlight() === 0)).toBe(true)
      }
    })
  })

  it("is invited when it waits to be, passed through or not", async () => {
    await withGateway({}, async (gateway) => {
      const form = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n'
      for (const [path, type, sent] of [
        ["/v1/files", "multipart/form-data; boundary=b", form],
        ["/v1/files", "application/octet-stream", "bytes"],
        [chat, "application/json", good],
      ] as const) {
        const lines = [
          ...[`POST ${path} HTTP/1.1`, "host: g", `x-sluice-key: ${gateway.key}`, "x-sluice-provider: openai"],
          ...[`content-type: ${type}`, "expect: 100-continue", `content-length: ${sent.length}`, "", ""],
        ]
        const client = await openRaw(gateway.port, lines.join("\r\n"))
        expect(await soon(() => client.text() === "HTTP/1.1 100 Continue\r\n\r\n")).toBe(true)
        client.socket.write(sent)
        expect(await soon(() => client.text().includes("HTTP/1.1 200"))).toBe(true)
        client.socket.destroy()
      }
    })
  })

  it("ends what an unknown caller sends as well", async () => {
    await withGateway({}, async (gateway) => {
      const head = `POST ${chat} HTTP/1.1\r\nhost: g\r\nx-sluice-key: slk_nobody00000000000000\r\ncontent-length: 5000\r\n\r\n`
      const client = await openRaw(gateway.port, head)
      const drip = setInterval(() => client.socket.write(" "), 50)
      expect(await soon(() => client.text().startsWith("HTTP/1.1 401"))).toBe(true)
      expect(await soon(() => client.isClosed(), 8000)).toBe(true)
      clearInterval(drip)
    })
  })
})

describe("a head that never ends", () => {
  it("is refused, whether it is one header or thousands", async () => {
    await withGateway({}, async (gateway) => {
      for (const [flood, status] of [
        [`x: ${"y".repeat(70_000)}\r\n`, 431],
        [`${"name-of-it: value-of-it\r\n".repeat(5000)}`, 431],
        ["a: b\r\n".repeat(20_000), 400],
      ] as const) {
        const answer = await sendRaw(gateway.port, `POST ${chat} HTTP/1.1\r\nhost: g\r\n${flood}\r\n`)
        expect(answer.status).toBe(status)
      }
    })
  })

  it("is refused by its number too, and no header is left out in silence", async () => {
    await withGateway({}, async (gateway) => {
      const before = upstream.bytesReceived()
      const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`a${index}`, "b"]))
      // A length or a second key past the number of headers a server looks at would be a way around it.
      const twice = { ...many, authorization: "Bearer slk_another0000000000000000", "x-sluice-key": gateway.key }
      expect((await sendRaw(gateway.port, rawRequest(chat, twice, good))).status).toBe(400)
      expect(upstream.bytesReceived()).toBe(before)
    })
  })
})

describe("too many connections", () => {
  it("are closed before a byte of them is read, and the others are served", async () => {
    await withGateway({ connections: { total: 4, perAddress: 0 } }, async (gateway) => {
      const inside = await Promise.all(Array.from({ length: 4 }, () => openRaw(gateway.port, "")))
      const late = await openRaw(gateway.port, post(gateway))
      expect(await soon(() => late.isClosed())).toBe(true)
      expect(late.text()).toBe("")
      inside[0]?.socket.write(post(gateway))
      expect(await soon(() => inside[0]?.text().startsWith("HTTP/1.1 200") === true)).toBe(true)
      for (const { socket } of inside) socket.destroy()
      expect(await soon(() => gateway.openConnections() === 0)).toBe(true)
      expect((await sendRaw(gateway.port, post(gateway))).status).toBe(200)
    })
  })

  it("from one address are closed too, and make room when they end", async () => {
    await withGateway({ connections: { total: 0, perAddress: 2 } }, async (gateway) => {
      const inside = await Promise.all([openRaw(gateway.port, ""), openRaw(gateway.port, "")])
      const late = await openRaw(gateway.port, post(gateway))
      expect(await soon(() => late.isClosed())).toBe(true)
      expect(late.text()).toBe("")
      const other = connect({ port: gateway.port, host: "127.0.0.1", localAddress: "127.0.0.2" })
      await new Promise((resolve) => other.once("connect", resolve).once("error", resolve))
      other.write(post(gateway))
      const text = await new Promise<Buffer>((resolve) => other.once("data", resolve))
      expect(text.toString()).toMatch(/^HTTP\/1\.1 200 /)
      other.destroy()
      for (const { socket } of inside) socket.destroy()
      expect(await soon(() => gateway.openConnections() === 0)).toBe(true)
      expect((await sendRaw(gateway.port, post(gateway))).status).toBe(200)
    })
  })
})
