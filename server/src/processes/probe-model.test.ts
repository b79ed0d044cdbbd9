import { createServer, type Server } from "node:http"
import { startSimulator } from "@sluice/simulator/simulator"
import { afterEach, describe, expect, it } from "vitest"
import { systemClock } from "../platform/clock.ts"
import { createModelProbe } from "./probe-model.ts"

const settings = { clock: systemClock, connectTimeoutMs: 1000, allowPrivate: true, baseUrls: {} }
const call = { model: "ours", credential: null, signal: AbortSignal.timeout(10_000) }
const probe = createModelProbe(settings)

let server: Server | null = null
const paths: string[] = []

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  paths.length = 0
})

/** A server that answers by path; anything else is a 404. */
async function serve(answers: Readonly<Record<string, readonly [number, object]>>): Promise<string> {
  server = createServer((incoming, answer) => {
    paths.push(incoming.url ?? "")
    const [status, body] = answers[incoming.url ?? ""] ?? [404, { error: { message: "no such path" } }]
    incoming.resume()
    answer.writeHead(status, { "content-type": "application/json" })
    answer.end(JSON.stringify(body))
  })
  const listening = server
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve))
  return `http://127.0.0.1:${(listening.address() as { port: number }).port}`
}

const vectors = { model: "bge-m3", data: [{ index: 0, embedding: [0.1, 0.2] }] }
const refused = { error: { message: "the model does not support chat" } }

describe("testing a custom model", () => {
  it.each([
    [{ api_version: "2024-10-21" }, "/openai/deployments/ours/chat/completions?api-version=2024-10-21"],
    [{ api_version: "preview" }, "/openai/v1/chat/completions?api-version=preview"],
    [{}, "/openai/v1/chat/completions"],
  ])("asks Azure by the path of its deployment and version: %j", async (options, path) => {
    const simulator = await startSimulator({ port: 0 })
    const credential = { secret: "good", options }
    const found = await probe({ ...call, provider: "azure", baseUrl: simulator.url, credential })
    expect(found).toMatchObject({ status: 200, answered: true })
    expect(simulator.requests.at(-1)?.path).toBe(path)
    expect(simulator.requests.at(-1)?.header("api-key")).toBe("good")
    await simulator.close()
  })

  it.each([400, 404, 405, 422, 500, 501])(
    "finds a model that gives embeddings only, be its word for chats %i",
    async (status) => {
      const baseUrl = await serve({ "/v1/chat/completions": [status, refused], "/v1/embeddings": [200, vectors] })
      expect(await probe({ ...call, provider: "custom", baseUrl })).toMatchObject({
        status: 200,
        answered: true,
        modelAnswered: "bge-m3",
        message: "The model answers with embeddings; it takes no chats.",
      })
    },
  )

  it("finds an embeddings deployment of Azure by its own path", async () => {
    const place = "/openai/deployments/ours"
    const version = "?api-version=2024-10-21"
    const baseUrl = await serve({
      [`${place}/chat/completions${version}`]: [400, refused],
      [`${place}/embeddings${version}`]: [200, vectors],
    })
    const credential = { secret: "good", options: { api_version: "2024-10-21" } }
    expect(await probe({ ...call, provider: "azure", baseUrl, credential })).toMatchObject({ answered: true })
  })

  it("says why a chat was refused where there are no embeddings either", async () => {
    const baseUrl = await serve({ "/v1/chat/completions": [400, refused], "/v1/embeddings": [200, { data: [] }] })
    expect(await probe({ ...call, provider: "custom", baseUrl })).toMatchObject({
      status: 400,
      answered: false,
      message: "The server refuses a small chat. It says: the model does not support chat",
    })
  })

  it("asks a server once that answers, that refuses the key, or that speaks another protocol", async () => {
    const answers = { "/v1/chat/completions": [200, { model: "ours" }], "/v1/messages": [400, refused] } as const
    const baseUrl = await serve(answers)
    expect(await probe({ ...call, provider: "custom", baseUrl })).toMatchObject({ message: "The model answers." })
    expect(await probe({ ...call, provider: "anthropic", baseUrl })).toMatchObject({ answered: false })
    expect(paths).toEqual(["/v1/chat/completions", "/v1/messages"])
    await new Promise((resolve) => server?.close(resolve) ?? resolve(null))
    const closed = await serve({ "/v1/chat/completions": [401, {}] })
    expect(await probe({ ...call, provider: "custom", baseUrl: closed })).toMatchObject({ status: 401 })
    expect(paths).toHaveLength(3)
  })
})
