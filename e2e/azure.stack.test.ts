import type { Page as ListPage } from "@sluice/protocol/api/common"
import type { CredentialBody, CredentialTestBody } from "@sluice/protocol/api/credentials"
import type { RequestBody } from "@sluice/protocol/api/requests"
import { type Simulator, startSimulator } from "@sluice/simulator/simulator"
import OpenAI, { AzureOpenAI, toFile } from "openai"
import type { Browser, BrowserContext } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  browserPath,
  findViolations,
  issueOwnerLink,
  keepPicture,
  looks,
  openLike,
  startBrowser,
} from "./dashboard-browser.ts"
import { type Installation, startInstallation, until } from "./installation.ts"

let installation: Installation
let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ port: 0 })
  installation = await startInstallation({
    simulator,
    env: {
      AZURE_OPENAI_API_KEY: "azure-key-of-the-environment",
      AZURE_OPENAI_ENDPOINT: `${simulator.url}/openai/v1/`,
      OPENAI_API_VERSION: "2024-10-21",
    },
  })
})

afterAll(async () => {
  await installation?.remove()
  await simulator?.close()
})

const stored = (feature: string): Promise<RequestBody> =>
  until(`a request of ${feature}`, async () => {
    const page = await installation.api<ListPage<RequestBody>>(`requests?limit=1&feature=${feature}`)
    return page.data[0] ?? null
  })
const messages = [{ role: "user" as const, content: "Hello" }]

describe("Azure OpenAI from the environment", () => {
  it("answers its own client, and the request is stored as Azure's", async () => {
    const client = new AzureOpenAI({
      apiKey: installation.key,
      endpoint: installation.gatewayUrl,
      apiVersion: "2025-01-01-preview",
      defaultHeaders: { "x-sluice-feature": "azure-own-client" },
      maxRetries: 0,
    })
    const answer = await client.chat.completions.create({ model: "my-deployment", messages })
    expect(answer.choices[0]?.message.content).toBeTruthy()
    const received = simulator.requests.at(-1)
    expect(received?.path).toBe("/openai/deployments/my-deployment/chat/completions?api-version=2025-01-01-preview")
    expect(received?.header("api-key")).toBe("azure-key-of-the-environment")
    expect(await stored("azure-own-client")).toMatchObject({
      provider: "azure",
      model_requested: "my-deployment",
      credential_source: "environment",
      status: 200,
    })
  })

  it("is reached by name with the configured version, and tested", async () => {
    const client = new OpenAI({
      apiKey: installation.key,
      baseURL: `${installation.gatewayUrl}/v1`,
      defaultHeaders: { "x-sluice-provider": "azure" },
      maxRetries: 0,
    })
    await client.chat.completions.create({ model: "other", messages })
    expect(simulator.requests.at(-1)?.path).toBe("/openai/deployments/other/chat/completions?api-version=2024-10-21")
    const { data } = await installation.api<ListPage<CredentialBody>>("credentials")
    const credential = data.find(({ provider }) => provider === "azure")
    expect(credential).toMatchObject({ source: "env", variable: "AZURE_OPENAI_API_KEY", base_url: simulator.url })
    const result = await installation.api<CredentialTestBody>(`credentials/${credential?.id}/test`, { method: "POST" })
    expect(result).toMatchObject({ ok: true, status: 200 })
    expect(simulator.requests.at(-1)?.path).toBe("/openai/models?api-version=2024-10-21")
  })

  it("is refused by a store that lacks its endpoint, and knows options of its own only", async () => {
    const create = (body: object) => installation.api("credentials", { method: "POST", body })
    await expect(create({ provider: "azure", secret: "s" })).rejects.toThrow("400")
    const wrong = { provider: "openai", secret: "s", options: { api_version: "2024-10-21" } }
    await expect(create(wrong)).rejects.toThrow("400")
  })
})

describe("an upload through the whole product", () => {
  it("is stored with its bytes, its operation and no model", async () => {
    const client = new OpenAI({
      apiKey: installation.key,
      baseURL: `${installation.gatewayUrl}/v1`,
      defaultHeaders: { "x-sluice-provider": "openai", "x-sluice-feature": "upload" },
      maxRetries: 0,
    })
    const file = await client.files.create({
      file: await toFile(Buffer.alloc(5_000_000, "x"), "b.jsonl"),
      purpose: "batch",
    })
    expect(file.bytes).toBe(simulator.requests.at(-1)?.bodyBytes)
    expect(await stored("upload")).toMatchObject({
      endpoint: "/v1/files",
      operation: "files",
      provider: "openai",
      model_requested: null,
      cost_usd: null,
    })
  })
})

const title = browserPath ? "the Providers page" : "the Providers page (needs Chromium: apt-get install chromium)"

describe.skipIf(!browserPath)(title, () => {
  let browser: Browser
  let signedIn: BrowserContext

  beforeAll(async () => {
    browser = await startBrowser()
    signedIn = await browser.newContext()
    const page = await signedIn.newPage()
    await page.goto(await issueOwnerLink(installation))
    await page.getByRole("heading").first().waitFor()
  })

  afterAll(() => browser?.close())

  it.each(looks)("takes an Azure credential with its endpoint and version ($colorScheme, $width px)", async (look) => {
    const { page, close } = await openLike(browser, signedIn, look)
    page.setDefaultTimeout(15_000)
    const label = `resource-${look.colorScheme}-${look.width}`
    await page.goto(`${installation.apiUrl}/providers`)
    await page.getByText("AZURE_OPENAI_API_KEY").first().waitFor()
    expect(await findViolations(page)).toEqual([])
    await keepPicture(page, `providers-all-${look.colorScheme}-${look.width}`)
    await page.getByRole("button", { name: "Add a credential for Azure OpenAI" }).click()
    await page.getByLabel("Endpoint").fill(simulator.url)
    await page.getByLabel("Secret").fill("azure-key-of-the-page")
    await page.getByLabel("Label").fill(label)
    await page.getByLabel("API version").fill("yesterday")
    await page.getByRole("button", { name: "Add and test" }).click()
    await page.locator("[aria-invalid=true]").first().waitFor()
    expect(await findViolations(page)).toEqual([])
    await keepPicture(page, `providers-azure-${look.colorScheme}-${look.width}`)
    await page.getByLabel("API version").fill("2024-10-21")
    await page.getByRole("button", { name: "Add and test" }).click()
    await page.getByText(label, { exact: true }).first().waitFor()
    await page.getByText("Works").first().waitFor()
    await close()
  })
})
