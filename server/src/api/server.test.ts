import { request } from "node:http"
import { afterEach, describe, expect, it } from "vitest"
import { ApiError } from "../platform/errors.ts"
import { closeServer, type HttpServer, listen } from "../platform/http-server.ts"
import { createClientAddress } from "./client-address.ts"
import { limitBody, maximalBodyBytes } from "./json-bodies.ts"
import { createRoutes } from "./route.ts"
import { createApiServer, readClientAddress } from "./server.ts"

const servers: HttpServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await closeServer(server, AbortSignal.abort())
})

async function start(): Promise<number> {
  const app = createRoutes()
  const clientAddress = readClientAddress(["127.0.0.0/8"])
  app.use(limitBody)
  app.get("/address", (context) => context.text(clientAddress(context) ?? "none"))
  app.delete("/body", async (context) => context.text(JSON.stringify(await context.req.text())))
  app.post("/json", async (context) => context.json(await context.req.json()))
  app.post("/body", async (context) => context.text(String((await context.req.text()).length)))
  app.onError((error, context) => context.text(error instanceof ApiError ? error.code : "unknown", 413))
  const server = createApiServer(app, null)
  servers.push(server)
  return listen(server, { host: "127.0.0.1", port: 0 })
}

function send(
  port: number,
  options: { path: string; method?: string; headers?: Record<string, string> },
  body = "",
): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ agent: false, port, host: "127.0.0.1", ...options }, async (response) => {
      let text = ""
      for await (const chunk of response) text += chunk
      resolve(`${response.statusCode} ${text}`)
    })
    call.on("error", reject)
    call.end(body)
  })
}

describe("the API's server", () => {
  it("knows where a request comes from, through proxies it trusts", async () => {
    const port = await start()
    expect(await send(port, { path: "/address" })).toBe("200 127.0.0.1")
    const forwarded = { "x-forwarded-for": "198.51.100.1, 203.0.113.7, 127.0.0.2" }
    expect(await send(port, { path: "/address", headers: forwarded })).toBe("200 203.0.113.7")
  })

  it("refuses a body over the limit, announced or not", async () => {
    const port = await start()
    const post = { path: "/body", method: "POST" }
    const large = "x".repeat(maximalBodyBytes + 1)
    expect(await send(port, post, large.slice(1))).toBe(`200 ${maximalBodyBytes}`)
    expect(await send(port, { ...post, headers: { "content-length": String(large.length) } }, large)).toBe(
      "413 request_too_large",
    )
    expect(await send(port, { ...post, headers: { "transfer-encoding": "chunked" } }, large)).toBe(
      "413 request_too_large",
    )
  })

  it("takes a body in chunks, and a call without one that could have had one", async () => {
    const port = await start()
    const chunked = { "transfer-encoding": "chunked", "content-type": "application/json" }
    expect(await send(port, { path: "/json", method: "POST", headers: chunked }, '{"a":1}')).toBe('200 {"a":1}')
    expect(await send(port, { path: "/body", method: "DELETE", headers: chunked })).toBe('200 ""')
    expect(await send(port, { path: "/body", method: "DELETE", headers: { "content-type": "application/json" } })).toBe(
      '200 ""',
    )
  })

  it("closes when nothing is under way, keep-alive connections included", async () => {
    const port = await start()
    const [server] = servers
    if (!server) throw new Error("no server")
    await fetch(`http://127.0.0.1:${port}/address`)
    await closeServer(server, new AbortController().signal)
    expect(server.listening).toBe(false)
    await closeServer(server, new AbortController().signal)
  })
})

describe("a client's address", () => {
  const clientAddress = createClientAddress(["10.0.0.0/8", "2001:db8::1", "nonsense"])

  it.each([
    ["203.0.113.5", "198.51.100.1", "203.0.113.5"],
    ["10.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["10.0.0.1", "203.0.113.9, 10.1.1.1", "203.0.113.9"],
    ["10.0.0.1", "not an address", "10.0.0.1"],
    ["10.0.0.1", undefined, "10.0.0.1"],
    ["::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"],
    ["2001:db8::1", "2001:db8::2", "2001:db8::2"],
  ])("from %s with %s is %s", (connection, forwarded, expected) => {
    expect(clientAddress(connection, forwarded)).toBe(expected)
  })

  it("is not known without a connection", () => {
    expect(clientAddress(undefined, "203.0.113.9")).toBeNull()
  })
})
