import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type RawUpstream, startRawUpstream } from "../testing/raw-http.ts"
import { createUpstreamPool } from "./http.ts"

let upstream: RawUpstream

beforeAll(async () => {
  upstream = await startRawUpstream((_request, socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
  })
})

afterAll(() => upstream?.close())

const portOf = (url: string): string => new URL(url).port

describe("a pool of connections to a provider", () => {
  it("refuses a name that leads to a private address when the socket is made, before a byte is sent", async () => {
    const pool = createUpstreamPool(`http://localhost:${portOf(upstream.url)}`, {
      connectTimeoutMs: 1000,
      allowPrivate: false,
    })
    const failed = pool.request({ path: "/", method: "GET" })
    await expect(failed).rejects.toMatchObject({ code: "SLUICE_ADDRESS_REFUSED" })
    expect(upstream.bytesReceived()).toBe(0)
    expect(upstream.open.size).toBe(0)
    await pool.destroy()
  })

  it.each(["http://2130706433", "http://0x7f.1", "http://017700000001", "http://[::ffff:7f00:1]", "http://127.1."])(
    "refuses an address whatever its spelling: %s",
    (origin) => {
      const port = portOf(upstream.url)
      const make = () => createUpstreamPool(`${origin}:${port}`, { connectTimeoutMs: 1000, allowPrivate: false })
      expect(make).toThrow(/private address/)
      expect(upstream.open.size).toBe(0)
    },
  )

  it("reaches such a name where private addresses are allowed", async () => {
    const pool = createUpstreamPool(`http://localhost:${portOf(upstream.url)}`, {
      connectTimeoutMs: 1000,
      allowPrivate: true,
    })
    const answer = await pool.request({ path: "/", method: "GET" })
    expect(await answer.body.text()).toBe("{}")
    await pool.destroy()
  })
})
