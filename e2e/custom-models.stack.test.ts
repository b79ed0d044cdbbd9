import type { Page } from "@sluice/protocol/api/common"
import type { CredentialBody } from "@sluice/protocol/api/credentials"
import type { CustomModelBody, CustomModelTestBody } from "@sluice/protocol/api/custom-models"
import type { RequestBody } from "@sluice/protocol/api/requests"
import { type Simulator, startSimulator } from "@sluice/simulator/simulator"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Installation, startInstallation, until } from "./installation.ts"

const secret = "sk-of-a-server-of-our-own"

let installation: Installation
let own: Simulator
let model: CustomModelBody
let credential: CredentialBody

beforeAll(async () => {
  own = await startSimulator({ port: 0 })
  installation = await startInstallation({ env: { SLUICE_GATEWAY_PROCESSES: "2" } })
})

afterAll(async () => {
  await installation?.remove()
  await own?.close()
})

const call = async (name: string): Promise<Response> => {
  const answer = await fetch(`${installation.gatewayUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${installation.key}`, "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ model: name, messages: [{ role: "user", content: "Hi" }] }),
  })
  await answer.arrayBuffer()
  return answer
}

describe("a custom model made through the API", () => {
  it("is served by its own server within a second, in every gateway process", async () => {
    credential = await installation.api<CredentialBody>("credentials", {
      method: "POST",
      body: { provider: "custom", label: "second server", secret, base_url: `${own.url}/v1` },
    })
    model = await installation.api<CustomModelBody>("models/custom", {
      method: "POST",
      body: {
        name: "house-model",
        provider: "custom",
        upstream_model: "gpt-4o-mini",
        credential_id: credential.id,
        price: { input_per_million_usd: "1000", output_per_million_usd: "3000" },
      },
    })
    const from = performance.now()
    let row = 0
    await until("ten answers in a row", async () => {
      row = (await call("house-model")).status === 200 ? row + 1 : 0
      return row >= 10 ? true : null
    })
    expect(performance.now() - from).toBeLessThan(1000)
    expect(own.requests.length).toBeGreaterThanOrEqual(10)
    expect(own.requests.at(-1)?.header("authorization")).toBe(`Bearer ${secret}`)
    expect(installation.simulator.requests).toHaveLength(0)
  })

  it("is priced by its own price from its first request on, and the record says what was asked and used", async () => {
    const stored = await until("the requests to be stored", async () => {
      const { data } = await installation.api<Page<RequestBody>>("requests?model=house-model")
      return data.length >= 10 ? data.filter(({ status }) => status === 200) : null
    })
    for (const request of stored) {
      expect(request).toMatchObject({
        model_requested: "house-model",
        model_actual: "gpt-4o-mini",
        provider: "custom",
        price_version: "own-1",
      })
      const { input_tokens: input = null, output_tokens: output = null } = request.usage
      const micros = BigInt(input ?? 0) * 1000n + BigInt(output ?? 0) * 3000n
      expect(Number(request.cost_usd)).toBeCloseTo(Number(micros) / 1_000_000, 12)
    }
  })

  it("answers a test, and says what to mend when its server is gone", async () => {
    const test = () =>
      installation.api<CustomModelTestBody>(`models/custom/${model.id}/test`, { method: "POST", body: undefined })
    expect(await test()).toMatchObject({ ok: true, reachable: true, status: 200, message: "The model answers." })
    expect((await test()).model_answered).toMatch(/^gpt-4o-mini/)
    await own.close()
    expect(await test()).toMatchObject({
      ok: false,
      reachable: false,
      status: null,
      message: expect.stringContaining("could not be reached"),
    })
  })

  it("is gone within a second when it is deleted", async () => {
    await installation.api(`models/custom/${model.id}`, { method: "DELETE" })
    const from = performance.now()
    await until("it to be unknown", async () => ((await call("house-model")).status === 404 ? true : null))
    expect(performance.now() - from).toBeLessThan(1000)
  })
})
