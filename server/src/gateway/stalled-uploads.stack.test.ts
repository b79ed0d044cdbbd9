import { createServer, request, type Server } from "node:http"
import { Readable } from "node:stream"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"

const idleMs = 300

let provider: Server
let gateway: TestGateway
let closedAtProvider: Promise<boolean>

beforeAll(async () => {
  closedAtProvider = new Promise((resolve) => {
    provider = createServer((incoming) => {
      // Reads what came with the head, and nothing more.
      incoming.pause()
      incoming.on("error", () => undefined)
      incoming.on("close", () => resolve(incoming.complete))
    })
  })
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve))
  const { port } = provider.address() as { port: number }
  gateway = await startTestGateway({
    upstream: `http://127.0.0.1:${port}`,
    maxUploadBytes: 400 * 1024 * 1024,
    // A client could not be silent for so long: what ends this is the provider's silence.
    timeouts: { idleMs, requestMs: 60_000, firstByteMs: 60_000 },
  })
})

afterAll(async () => {
  await gateway?.stop()
  provider?.closeAllConnections()
  provider?.close()
})

describe("an upload that the provider takes no more of", () => {
  it("is a 504 that says so, and is broken off on both sides", async () => {
    const piece = Buffer.alloc(64 * 1024, 1)
    let drawn = 0
    const draw = function* (): Generator<Buffer> {
      for (; drawn < 4000; drawn += 1) yield piece
    }
    const headers = {
      authorization: `Bearer ${gateway.key}`,
      "content-type": "application/octet-stream",
      "x-sluice-provider": "openai",
      "x-sluice-request-id": "stalled",
    }
    const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
      const call = request(
        { port: gateway.port, host: "127.0.0.1", path: "/v1/files", method: "POST", headers },
        (answer) => {
          let text = ""
          answer.on("data", (chunk) => {
            text += chunk
          })
          answer.on("end", () => {
            resolve({ status: answer.statusCode ?? 0, text })
            call.destroy()
          })
        },
      )
      call.on("error", reject)
      Readable.from(draw(), { objectMode: false }).pipe(call)
    })
    const { status, text } = await answered
    expect(status).toBe(504)
    expect(JSON.parse(text)).toMatchObject({
      error: { code: "provider_timeout", message: `the provider took none of the request for ${idleMs} ms` },
    })
    expect(drawn).toBeLessThan(4000)
    expect(await gateway.recordOf("stalled")).toMatchObject({
      status: 504,
      error_code: "provider_timeout",
      error_category: "timeout",
      provider: "openai",
      endpoint: "/v1/files",
    })
    provider.closeAllConnections()
    expect(await closedAtProvider).toBe(false)
    expect(gateway.inFlight()).toBe(0)
  })
})
