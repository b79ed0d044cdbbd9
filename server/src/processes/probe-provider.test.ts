import { startSimulator } from "@sluice/simulator/simulator"
import { describe, expect, it } from "vitest"
import { systemClock } from "../platform/clock.ts"
import { createProbe } from "./probe-provider.ts"

const settings = { clock: systemClock, connectTimeoutMs: 1000, allowPrivate: true, baseUrls: {} }
const call = { options: {}, signal: AbortSignal.timeout(10_000) }

describe("trying a credential", () => {
  it.each(["openai", "anthropic", "gemini", "groq"] as const)(
    "is accepted or refused by %s as it deserves",
    async (provider) => {
      const simulator = await startSimulator({ port: 0 })
      const probe = createProbe({ ...settings, baseUrls: { [provider]: simulator.url } })
      const good = await probe({ ...call, provider, baseUrl: null, secret: "sk-good" })
      expect(good).toMatchObject({ status: 200, message: "The provider accepts this credential." })
      const bad = await probe({ ...call, provider, baseUrl: simulator.url, secret: "sk-invalid" })
      expect([400, 401, 403]).toContain(bad.status)
      expect(bad.message).toContain("refuses")
      await simulator.close()
    },
  )

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
