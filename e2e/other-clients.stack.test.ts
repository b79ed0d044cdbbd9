import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Page } from "@sluice/protocol/api/common"
import type { RequestBody } from "@sluice/protocol/api/requests"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Installation, startInstallation, until } from "./installation.ts"

const run = promisify(execFile)
const folder = fileURLToPath(new URL("clients", import.meta.url))
const isInstalled = existsSync(join(folder, "node_modules/.sluice-installed"))
const title = isInstalled
  ? "programs of others, with base URL and key changed"
  : "programs of others (not installed: npm run clients)"
const programTimeoutMs = 60_000

describe.skipIf(!isInstalled)(title, () => {
  let installation: Installation

  beforeAll(async () => {
    installation = await startInstallation()
  })

  afterAll(() => installation?.remove())

  const environment = () => ({
    PATH: process.env.PATH ?? "",
    SLUICE_URL: installation.gatewayUrl,
    SLUICE_KEY: installation.key,
  })

  async function runProgram(program: string, args: readonly string[], env: Record<string, string> = {}) {
    const options = { cwd: installation.dataDir, env: { ...environment(), ...env }, timeout: programTimeoutMs }
    const running = run(program, args, options)
    running.child.stdin?.end()
    return (await running).stdout
  }

  const recorded = (query: string, count: number): Promise<readonly RequestBody[]> =>
    until(`${count} requests of ${query}`, async () => {
      const page = await installation.api<Page<RequestBody>>(`requests?limit=50&${query}`)
      return page.data.length >= count ? page.data : null
    })

  describe("in Python", () => {
    // What the program printed: see clients/python_clients.py.
    let given: {
      openai: Record<string, unknown>
      openai_async: number
      anthropic: Record<string, unknown>
      langchain: Record<string, unknown>
    }

    beforeAll(async () => {
      const python = join(folder, "node_modules/.python/bin/python")
      given = JSON.parse(await runProgram(python, [join(folder, "python_clients.py")]))
    }, 2 * programTimeoutMs)

    it("the openai client chats, streams, embeds, and raises its own errors", async () => {
      expect(given.openai).toMatchObject({
        text: expect.stringMatching(/./),
        streamed: expect.stringMatching(/./),
        response: expect.stringMatching(/./),
        dimensions: 1536,
        refused: { status: 429, retry_after: "2" },
        stranger: "invalid_key",
      })
      const requests = await recorded("feature=python-openai", 5)
      expect(requests.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 429])
      expect(given.openai_async).toBe(8)
      await recorded("feature=python-openai-async", 8)
    })

    it("the anthropic client chats, streams and counts tokens", async () => {
      expect(given.anthropic).toMatchObject({
        text: expect.stringMatching(/./),
        streamed: expect.stringMatching(/./),
        stream_output_tokens: expect.any(Number),
        counted: expect.any(Number),
      })
      const requests = await recorded("feature=python-anthropic", 3)
      expect(requests.every(({ provider, status }) => provider === "anthropic" && status === 200)).toBe(true)
    })

    it("LangChain's ChatOpenAI chats, streams with usage, and calls a tool", async () => {
      expect(given.langchain).toMatchObject({
        text: expect.stringMatching(/./),
        streamed: expect.stringMatching(/./),
        usage: expect.any(Number),
        tool: "weather",
      })
      const requests = await recorded("feature=python-langchain", 3)
      expect(requests.every(({ usage_source }) => usage_source === "provider")).toBe(true)
    })
  })

  it("the Vercel AI SDK chats, streams and calls tools in the protocols of OpenAI, Anthropic and Gemini", async () => {
    const given = JSON.parse(await runProgram(process.execPath, [join(folder, "ai-sdk.mjs")]))
    expect(Object.keys(given)).toEqual(["chat", "responses", "anthropic", "google"])
    for (const answers of Object.values<Record<string, unknown>>(given)) {
      expect(answers).toMatchObject({
        text: expect.stringMatching(/./),
        streamed: expect.stringMatching(/./),
        toolCalls: [{ toolName: "weather", input: { city: expect.any(String) } }],
        usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
      })
    }
    const requests = await recorded("feature=ai-sdk", 12)
    expect(requests.every(({ status, usage }) => status === 200 && usage.output_tokens !== null)).toBe(true)
  })

  it("a coding agent (Gemini CLI) takes a turn, tools and all", async () => {
    const home = join(installation.dataDir, "agent-home")
    await mkdir(join(home, ".gemini"), { recursive: true })
    const settings = {
      security: { auth: { selectedType: "gemini-api-key" } },
      privacy: { usageStatisticsEnabled: false },
    }
    await writeFile(join(home, ".gemini/settings.json"), JSON.stringify(settings))
    const agent = join(folder, "node_modules/@google/gemini-cli/bundle/gemini.js")
    const answer = await runProgram(
      process.execPath,
      [agent, "--skip-trust", "-m", "gemini-2.5-pro", "-p", "Say hello"],
      {
        HOME: home,
        GEMINI_API_KEY: installation.key,
        GOOGLE_GEMINI_BASE_URL: installation.gatewayUrl,
      },
    )
    expect(answer.trim()).not.toBe("")
    const requests = await recorded("provider=gemini&model=gemini-2.5-pro", 1)
    expect(requests.every(({ status, streaming }) => status === 200 && streaming)).toBe(true)
  })
})
