import { spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { CreatedApiKeyBody } from "@sluice/protocol/api/api-keys"
import type { Page } from "@sluice/protocol/api/common"
import type { CredentialBody } from "@sluice/protocol/api/credentials"
import type { RequestBody } from "@sluice/protocol/api/requests"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freePort, type Installation, startInstallation, until } from "./installation.ts"
import { findChild } from "./processes.ts"

let installation: Installation

beforeAll(async () => {
  installation = await startInstallation({ env: { SLUICE_GATEWAY_PROCESSES: "2" } })
})

afterAll(() => installation?.remove())

const call = async (key: string, more: Readonly<Record<string, string>> = {}): Promise<Response> => {
  const answer = await fetch(`${installation.gatewayUrl}/v1/chat/completions`, {
    method: "POST",
    // A connection of its own each time, so that both gateway processes are asked.
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close", ...more },
    body: '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]}',
  })
  await answer.arrayBuffer()
  return answer
}

/** How long until ten calls in a row, over both processes, are answered so; in milliseconds. */
async function untilAll(status: number, key: string): Promise<number> {
  const from = performance.now()
  let row = 0
  await until(`ten answers of ${status} in a row`, async () => {
    row = (await call(key)).status === status ? row + 1 : 0
    return row >= 10 ? true : null
  })
  return performance.now() - from
}

describe("a change made through the API", () => {
  it("lets a new key in, and a revoked one out, in every gateway process within a second", async () => {
    const made = await installation.api<CreatedApiKeyBody>("api-keys", {
      method: "POST",
      body: { name: "short-lived" },
    })
    expect(await untilAll(200, made.key)).toBeLessThan(1000)
    await installation.api(`api-keys/${made.id}`, { method: "DELETE" })
    expect(await untilAll(401, made.key)).toBeLessThan(1000)
  })

  it("puts a stored credential before the environment's, and takes it back, within a second", async () => {
    const made = await installation.api<CredentialBody>("credentials", {
      method: "POST",
      body: { provider: "openai", label: "stored", secret: "sk-stored-and-used-0001" },
    })
    const keyAtProvider = (): string | null =>
      installation.simulator.requests.at(-1)?.header("authorization")?.replace("Bearer ", "") ?? null
    const from = performance.now()
    await until("the stored credential to be used", async () => {
      await call(installation.key)
      return keyAtProvider() === "sk-stored-and-used-0001" ? true : null
    })
    expect(performance.now() - from).toBeLessThan(1000)
    await installation.api(`credentials/${made.id}`, { method: "DELETE" })
    await until("the environment's credential to be used again", async () => {
      await call(installation.key)
      return keyAtProvider() === "sk-stored-and-used-0001" ? null : true
    })
  })

  it("names no secret when it lists credentials, and tests one with a call", async () => {
    const { data } = await installation.api<Page<CredentialBody>>("credentials")
    expect(data.every((credential) => credential.source === "env" && credential.variable !== null)).toBe(true)
    const openai = data.find((credential) => credential.provider === "openai")
    const tested = await installation.api<{ ok: boolean; status: number }>(`credentials/${openai?.id}/test`, {
      method: "POST",
    })
    expect(tested).toMatchObject({ ok: true, status: 200 })
  })
})

describe("a gateway on its own", () => {
  it("starts from its last snapshot while control is away, and says so", async () => {
    const supervisor = installation.process.pid ?? 0
    const control = findChild(supervisor, "control")?.pid ?? 0
    process.kill(control, "SIGSTOP")
    const gateway = findChild(supervisor, "gateway")?.pid ?? 0
    process.kill(gateway, "SIGKILL")
    const source = await until("a gateway that serves from disk", async () => {
      const ready = await fetch(`${installation.gatewayUrl}/readyz`, { headers: { connection: "close" } }).catch(
        () => null,
      )
      const body = ready?.status === 200 ? ((await ready.json()) as { snapshot: { source: string } }) : null
      return body?.snapshot.source === "disk" ? body.snapshot.source : null
    })
    expect(source).toBe("disk")
    expect((await call(installation.key)).status).toBe(200)
    process.kill(control, "SIGCONT")
    await until("the snapshot to be live again", async () => {
      const ready = await fetch(`${installation.gatewayUrl}/readyz`, { headers: { connection: "close" } })
      return ((await ready.json()) as { snapshot: { source: string } }).snapshot.source === "live" ? true : null
    })
  })

  it("refuses to carry credentials over plain HTTP to another machine", async () => {
    const child = spawn(
      process.execPath,
      [join(fileURLToPath(new URL("..", import.meta.url)), "server/dist/main.js"), "gateway"],
      {
        env: {
          PATH: process.env.PATH ?? "",
          SLUICE_CONTROL_URL: "http://192.0.2.1:8487",
          SLUICE_CONTROL_TOKEN: "t".repeat(43),
          SLUICE_DATA_DIR: join(installation.dataDir, "elsewhere"),
          SLUICE_GATEWAY_PORT: String(await freePort()),
        },
      },
    )
    let said = ""
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()))
    const code = await new Promise((resolve) => child.once("exit", resolve))
    expect(code).not.toBe(0)
    expect(said).toMatch(/SLUICE_CONTROL_URL: .* expected https/)
  })
})

describe("what a request says about itself", () => {
  it("is stored with it and can be searched by", async () => {
    await call(installation.key, {
      "x-sluice-feature": "checkout",
      "x-sluice-task": "extraction",
      "x-sluice-session": "s-1",
      "x-sluice-user": "u-1",
      "x-sluice-metadata": '{"tier":"gold"}',
      "x-sluice-request-id": "mine-1",
    })
    const found = await until("the request", async () => {
      const page = await installation.api<Page<RequestBody>>("requests?feature=checkout&status=2xx&provider=openai")
      return page.data[0] ?? null
    })
    expect(found).toMatchObject({
      feature: "checkout",
      task: "extraction",
      session_id: "s-1",
      user_id: "u-1",
      metadata: { tier: "gold" },
      client_request_id: "mine-1",
    })
    expect((await installation.api<RequestBody>(`requests/${found.id}`)).id).toBe(found.id)
    const received = installation.simulator.requests.at(-1)
    expect(received?.rawHeaders.some((header) => /sluice/i.test(header))).toBe(false)
  })
})
