import { startSimulator } from "@sluice/simulator/simulator"
import { describe, expect, it } from "vitest"
import { systemClock } from "../platform/clock.ts"
import { createProbe } from "./probe-provider.ts"

const settings = { clock: systemClock, connectTimeoutMs: 1000, allowPrivate: true, baseUrls: {} }
const call = { options: {}, signal: AbortSignal.timeout(10_000) }

describe("trying a credential", () => {
  it.each([
    "openai",
    "anthropic",
    "gemini",
    "groq",
    "mistral",
    "deepseek",
    "xai",
    "together",
    "openrouter",
    "azure",
  ] as const)("is accepted or refused by %s as it deserves", async (provider) => {
    const simulator = await startSimulator({ port: 0 })
    const probe = createProbe({ ...settings, baseUrls: { [provider]: simulator.url } })
    const good = await probe({ ...call, provider, baseUrl: null, secret: "sk-good" })
    expect(good).toMatchObject({ status: 200, message: "The provider accepts this credential." })
    const bad = await probe({ ...call, provider, baseUrl: simulator.url, secret: "sk-invalid" })
    expect([400, 401, 403]).toContain(bad.status)
    expect(bad.message).toContain("refuses")
    await simulator.close()
  })

  it("says of a provider that lists its models for everybody that nothing is proven", async () => {
    const simulator = await startSimulator({ port: 0 })
    const probe = createProbe({ ...settings, baseUrls: { huggingface: simulator.url } })
    const found = await probe({ ...call, provider: "huggingface", baseUrl: null, secret: "hf_good" })
    expect(found).toMatchObject({ status: 200 })
    expect(found.message).toContain("says nothing of the secret")
    await simulator.close()
  })

  it("asks Azure by the path of its version", async () => {
    const simulator = await startSimulator({ port: 0 })
    const probe = createProbe({ ...settings, baseUrls: {} })
    const azure = { ...call, provider: "azure" as const, baseUrl: simulator.url, secret: "good" }
    for (const [options, path] of [
      [{ api_version: "2024-10-21" }, "/openai/models?api-version=2024-10-21"],
      [{}, "/openai/v1/models"],
    ] as const) {
      expect(await probe({ ...azure, options })).toMatchObject({ status: 200 })
      expect(simulator.requests.at(-1)?.path).toBe(path)
    }
    await simulator.close()
  })

  it("says when nobody is there, and when an address is not allowed", async () => {
    const lonely = { ...call, provider: "custom", baseUrl: "http://127.0.0.1:1", secret: "sk-good" } as const
    expect(await createProbe(settings)(lonely)).toMatchObject({
      status: null,
      message: "127.0.0.1:1 could not be reached (ECONNREFUSED).",
    })
    const refused = await createProbe({ ...settings, allowPrivate: false })(lonely)
    expect(refused.status).toBeNull()
    expect(refused.message).toContain("SLUICE_ALLOW_PRIVATE_UPSTREAMS")
    expect(await createProbe(settings)({ ...lonely, baseUrl: null })).toMatchObject({ status: null })
  })
})
