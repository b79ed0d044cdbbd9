import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import type { CreatedApiKeyBody } from "@sluice/protocol/api/api-keys"
import type { Page } from "@sluice/protocol/api/common"
import type { RequestBody } from "@sluice/protocol/api/requests"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { bootstrapKey, type Installation, providerSecrets, startInstallation, until } from "./installation.ts"
import { findChild } from "./processes.ts"

/** Words that stand in prompts and answers here and nowhere else. */
const promptText = "canary-of-the-prompt-quartz"
const answerText = "canary-of-the-answer-basalt"
const storedSecret = "sk-stored-by-the-form-0123456789"

let installation: Installation
let minted: CreatedApiKeyBody

beforeAll(async () => {
  installation = await startInstallation({ env: { SLUICE_LOG_LEVEL: "trace" } })
  minted = await installation.api<CreatedApiKeyBody>("api-keys", { method: "POST", body: { name: "for the grep" } })
  await installation.api("credentials", {
    method: "POST",
    body: { provider: "groq", label: "typed", secret: storedSecret },
  })
})

afterAll(() => installation?.remove())

async function send(simulate: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const answer = await fetch(`${installation.gatewayUrl}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${minted.key}`,
      "content-type": "application/json",
      "x-simulate": `text=${answerText},${simulate}`,
      ...more,
    },
    body: JSON.stringify({
      model: "gpt-4o-mini",
      stream: true,
      messages: [{ role: "user", content: `${promptText} and my key is ${minted.key}` }],
    }),
  }).catch(() => null)
  await answer?.text().catch(() => "")
}

function everyFile(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) return []
    if (stat.isDirectory()) return everyFile(path)
    return stat.isFile() ? [path] : []
  })
}

describe("secrets and texts", () => {
  it("are in clear nowhere: not in logs, not in the data directory, not in the spool, not in an answer of the API", async () => {
    for (const fault of [
      "tokens=5",
      "cut-after=2",
      "fault=429",
      "fault=500",
      "fault=401",
      "missing-usage",
      "malformed-chunk",
      "not-http",
      "error-event",
    ]) {
      await send(fault)
    }
    await send("tokens=3", { authorization: `Bearer ${minted.key}x` })
    await until("the requests to be stored", async () => {
      const page = await installation.api<Page<RequestBody>>("requests?limit=50")
      return page.data.length >= 8 ? page : null
    })
    // With control stopped the records go to the spool, which is searched too.
    const control = findChild(installation.process.pid ?? 0, "control")?.pid ?? 0
    process.kill(control, "SIGSTOP")
    await send("tokens=5")
    await send("missing-usage")
    await until(
      "a spool file",
      () => everyFile(installation.dataDir).find((path) => path.endsWith(".ndjson") && statSync(path).size > 0) ?? null,
      30_000,
    )

    const needles = [...Object.values(providerSecrets), bootstrapKey, minted.key, storedSecret, promptText, answerText]
    const found: string[] = []
    for (const path of everyFile(installation.dataDir)) {
      const bytes = readFileSync(path)
      for (const needle of needles) if (bytes.includes(needle)) found.push(`${path}: ${needle.slice(0, 12)}…`)
    }
    process.kill(control, "SIGCONT")
    expect(found).toEqual([])
    for (const needle of needles) expect(installation.output()).not.toContain(needle)
    for (const path of ["requests?limit=200", "api-keys", "credentials", "me", "pipeline-health"]) {
      const text = JSON.stringify(await installation.api(path))
      for (const needle of needles) expect(text).not.toContain(needle)
    }
  })
})
