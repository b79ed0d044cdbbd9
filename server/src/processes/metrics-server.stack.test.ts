import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { headerOf, sendRaw } from "../testing/raw-http.ts"
import { type MetricsServer, startMetricsServer } from "./metrics-server.ts"

let server: MetricsServer
let port: number

beforeAll(async () => {
  server = await startMetricsServer(0, async () => "sluice_up 1\n")
  port = Number(new URL(server.url).port)
})

afterAll(() => server?.close())

const scrape = (host: string) => sendRaw(port, `GET /metrics HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)

describe("the page of metrics", () => {
  it.each(["127.0.0.1:8486", "localhost", "[::1]:8486"])("is for this machine, by the name %s", async (host) => {
    const answer = await scrape(host)
    expect(answer.status).toBe(200)
    expect(headerOf(answer.headers, "content-type")).toContain("text/plain")
  })

  it.each(["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "evil.example:8486"])(
    "is not read by a page that calls itself %s",
    async (host) => {
      expect((await scrape(host)).status).toBe(403)
    },
  )
})
