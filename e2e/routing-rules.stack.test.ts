import { readFileSync } from "node:fs"
import type { Page as ListPage } from "@sluice/protocol/api/common"
import type { RequestBody } from "@sluice/protocol/api/requests"
import type { EvaluationBody, ReplayBody, RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import {
  browserPath,
  findViolations,
  issueOwnerLink,
  keepPicture,
  looks,
  openLike,
  startBrowser,
  watchPage,
} from "./dashboard-browser.ts"
import { type Installation, startInstallation, until } from "./installation.ts"

let installation: Installation

beforeAll(async () => {
  installation = await startInstallation({ env: { SLUICE_GATEWAY_PROCESSES: "2" } })
})

afterAll(() => installation?.remove())

afterEach(async () => {
  for (const rule of await rules()) await installation.api(`routing-rules/${rule.id}`, { method: "DELETE" })
  await untilRouted(null)
})

const rules = async () => (await installation.api<ListPage<RoutingRuleBody>>("routing-rules?limit=200")).data

const make = (body: object) => installation.api<RoutingRuleBody>("routing-rules", { method: "POST", body })

interface Told {
  readonly rule: string | null
  readonly model: string | null
  readonly provider: string | null
  readonly id: string
}

async function send(options: { model?: string; body?: object; headers?: Record<string, string> } = {}): Promise<Told> {
  const answer = await fetch(`${installation.gatewayUrl}/v1/chat/completions`, {
    method: "POST",
    // A connection of its own each time, so that both gateway processes are asked.
    headers: {
      authorization: `Bearer ${installation.key}`,
      "content-type": "application/json",
      connection: "close",
      ...options.headers,
    },
    body: JSON.stringify({
      model: options.model ?? "gpt-4o",
      messages: [{ role: "user", content: "Hi" }],
      ...options.body,
    }),
  })
  await answer.arrayBuffer()
  expect(answer.status).toBe(200)
  return {
    rule: answer.headers.get("x-sluice-rule"),
    model: answer.headers.get("x-sluice-model"),
    provider: answer.headers.get("x-sluice-provider"),
    id: answer.headers.get("x-sluice-request-id") ?? "",
  }
}

/** How long until ten calls in a row, over both processes, follow this rule (null: none), in milliseconds. */
async function untilRouted(rule: string | null, headers: Record<string, string> = {}): Promise<number> {
  const from = performance.now()
  let row = 0
  await until(`ten answers by ${rule} in a row`, async () => {
    row = (await send({ headers })).rule === rule ? row + 1 : 0
    return row >= 10 ? true : null
  })
  return performance.now() - from
}

describe("a routing rule made through the API", () => {
  it("holds in every gateway process within a second, and so does each change of it", async () => {
    const rule = await make({ name: "small", match: { model: "gpt-4o" }, action: { model: "gpt-4o-mini" } })
    expect(await untilRouted(rule.id)).toBeLessThan(1000)
    await installation.api(`routing-rules/${rule.id}`, { method: "PATCH", body: { enabled: false } })
    expect(await untilRouted(null)).toBeLessThan(1000)
    await installation.api(`routing-rules/${rule.id}`, { method: "PATCH", body: { enabled: true } })
    expect(await untilRouted(rule.id)).toBeLessThan(1000)
    await installation.api(`routing-rules/${rule.id}`, { method: "DELETE" })
    expect(await untilRouted(null)).toBeLessThan(1000)
  })

  it("is told in the record of each request, with those that were skipped, and can be replayed", async () => {
    const crossing = await make({
      name: "crossing",
      match: { feature: "recorded" },
      action: { provider: "anthropic", model: "claude-sonnet-4-5" },
    })
    const rule = await make({
      name: "groq",
      match: { feature: "recorded" },
      action: { provider: "groq", model: "llama-3.3-70b-versatile" },
    })
    const headers = { "x-sluice-feature": "recorded" }
    await untilRouted(rule.id, headers)
    const { id } = await send({ headers })
    const request = await until("the record", () => installation.api<RequestBody>(`requests/${id}`).catch(() => null))
    expect(request).toMatchObject({
      rule_id: rule.id,
      rule_skipped: [{ rule_id: crossing.id, reason: "translation_unavailable" }],
      model_requested: "gpt-4o",
      model_actual: "llama-3.3-70b-versatile",
      provider: "groq",
    })
    const replay = await installation.api<ReplayBody>("routing-rules/replay", { method: "POST", body: { limit: 5 } })
    expect(replay).toMatchObject({ requests: 5, routed_when_recorded: 5, estimate: true })
    const caught = replay.rules.find(({ rule_id: other }) => other === rule.id)
    expect(caught?.routes[0]).toMatchObject({
      from: { provider: "openai", model: "gpt-4o" },
      to: { provider: "groq", model: "llama-3.3-70b-versatile" },
    })
    expect(Number(caught?.cost.difference_usd)).toBeLessThan(0)
  })
})

/** The rules of the guide's examples, as they stand there. */
const examples = (): readonly (readonly object[])[] => {
  const guide = readFileSync(new URL("../docs/rules.md", import.meta.url), "utf8")
  const blocks = guide.slice(guide.indexOf("## Three examples")).matchAll(/```json\n([\s\S]*?)```/g)
  return [...blocks].map(([, json = ""]) => [JSON.parse(json) as object | object[]].flat())
}

const evaluate = (body: object) => installation.api<EvaluationBody>("routing-rules/evaluate", { method: "POST", body })

describe("the guide's example", () => {
  it("of a cheaper model for one feature does what it says", async () => {
    const [rule] = await Promise.all((examples()[0] ?? []).map(make))
    await untilRouted(rule?.id ?? "", { "x-sluice-feature": "classify-tickets" })
    expect(await send({ headers: { "x-sluice-feature": "classify-tickets" } })).toMatchObject({ model: "gpt-4o-mini" })
    expect(await send({ headers: { "x-sluice-feature": "chat" } })).toMatchObject({ rule: null, model: "gpt-4o" })
    expect((await send({ model: "gpt-4.1", headers: { "x-sluice-feature": "classify-x" } })).rule).toBeNull()
  })

  it("of a tenth of the sessions on a new model does what it says, in every process", async () => {
    const [rule] = await Promise.all((examples()[1] ?? []).map(make))
    await untilRouted(rule?.id ?? "", { "x-sluice-session": "first" })
    const sessions = Array.from({ length: 40 }, (_, i) => `session-${i}`)
    const expected = new Map<string, string | null>()
    for (const session of sessions) {
      const { model } = await evaluate({ model: "gpt-4o", environment: "production", session })
      expected.set(session, model)
    }
    expect(new Set(expected.values())).toEqual(new Set(["gpt-4o", "llama-3.3-70b-versatile"]))
    for (const session of [...sessions, ...sessions.slice(0, 10)]) {
      expect((await send({ headers: { "x-sluice-session": session } })).model).toBe(expected.get(session))
    }
    const tools = [{ type: "function", function: { name: "f" } }]
    expect((await send({ body: { tools }, headers: { "x-sluice-session": "first" } })).rule).toBeNull()
  })

  it("of large prompts elsewhere, except for gold customers, does what it says", async () => {
    const made: RoutingRuleBody[] = []
    for (const rule of examples()[2] ?? []) made.push(await make(rule))
    const [gold, large] = made
    const metadata = { "x-sluice-metadata": '{"tier":"gold"}' }
    await untilRouted(gold?.id ?? "", metadata)
    const body = { user: "x".repeat(100_000) }
    expect(await send({ body, headers: metadata })).toMatchObject({ rule: gold?.id, provider: "openai" })
    expect(await send({ body })).toMatchObject({ rule: large?.id, provider: "groq" })
    expect(await send()).toMatchObject({ rule: null, provider: "openai" })
  })
})

const title = browserPath
  ? "the page Rules"
  : "the page Rules (needs Chromium: apt-get install chromium, or CHROMIUM_PATH)"

describe.skipIf(!browserPath)(title, () => {
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let faults: readonly string[]

  beforeAll(async () => {
    browser = await startBrowser()
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    page = await context.newPage()
    page.setDefaultTimeout(15_000)
    faults = watchPage(page, installation.apiUrl)
    await page.goto(await issueOwnerLink(installation))
    await page.getByRole("heading").first().waitFor()
  })

  afterAll(async () => {
    expect(faults).toEqual([])
    await browser?.close()
  })

  const open = async (path = "/rules") => {
    await page.goto(`${installation.apiUrl}${path}`)
    await page.getByRole("heading", { name: "Rules", exact: true }).waitFor()
  }
  const names = () =>
    page
      .getByRole("list", { name: "Rules in order" })
      .locator("li > div > p:first-child > span:first-child")
      .allTextContents()

  it("teaches what a rule is when there is none, makes one, and says beside a field what is wrong", async () => {
    await open()
    await page.getByText("No rules: every request goes where it asked to go").waitFor()
    await keepPicture(page, "rules-empty-light-1280")
    await page.getByRole("button", { name: "New rule" }).click()
    await page.getByRole("button", { name: "Make the rule" }).click()
    await page.locator("[aria-invalid=true]").first().waitFor()
    await page.getByRole("alert").filter({ hasText: "takes a provider, a model or both" }).waitFor()
    await page.getByLabel("Name").fill("Small model")
    await page.getByLabel("Feature").first().fill("classify-*")
    await page.getByLabel("Model of target 1").fill("gpt-4o-mini")
    await keepPicture(page, "rules-form-light-1280")
    expect(await findViolations(page)).toEqual([])
    await page.getByRole("button", { name: "Make the rule" }).click()
    await page.getByRole("list", { name: "Rules in order" }).getByText("Small model").waitFor()
    const [made] = await rules()
    expect(made).toMatchObject({ match: { feature: "classify-*" }, action: { model: "gpt-4o-mini" } })
  })

  it("puts rules in another order by button and by keyboard, and keeps the focus on what moves", async () => {
    for (const name of ["first", "second", "third"]) await make({ name, action: { model: name } })
    await open()
    await page.getByRole("button", { name: "Move third up" }).click()
    await until("the new order", async () =>
      (await rules()).map((rule) => rule.name).join() === "first,third,second" ? true : null,
    )
    expect(await names()).toEqual(["first", "third", "second"])
    await page.getByRole("button", { name: "Move third up" }).focus()
    await page.keyboard.press("Alt+ArrowUp")
    await page.keyboard.press("Alt+ArrowDown")
    await page.keyboard.press("Alt+ArrowDown")
    await until("the last of three quick moves", async () =>
      (await rules()).map((rule) => rule.name).join() === "first,second,third" ? true : null,
    )
    expect(await names()).toEqual(["first", "second", "third"])
    await until("the focus", async () =>
      (await page.evaluate("document.activeElement?.getAttribute('aria-label')")) === "Move third down" ? true : null,
    )
  })

  it("turns a rule off at once, and on again with the reason when the server refuses", async () => {
    const rule = await make({ name: "switched", action: { model: "gpt-4o-mini" } })
    await open()
    const control = page.getByRole("switch", { name: "switched is enabled" })
    await control.click()
    await until("it to be off", async () => ((await rules())[0]?.enabled === false ? true : null))
    await until("the page to have read it again", async () => ((await control.isEnabled()) ? true : null))
    // Behind the page's back: what it shows is now an older state.
    await installation.api(`routing-rules/${rule.id}`, { method: "PATCH", body: { priority: 7 } })
    await control.click()
    await page.getByText("was not turned on. This routing rule was changed since it was read.").waitFor()
    expect(await control.getAttribute("aria-checked")).toBe("false")
    expect((await rules())[0]).toMatchObject({ enabled: false, priority: 7 })
  })

  it("tries a described request, changes a rule and deletes it", async () => {
    await make({ name: "tried", match: { feature: "checkout" }, action: { provider: "groq", model: "llama-x" } })
    await open()
    const dryRun = page.getByRole("region", { name: "Dry run" })
    await dryRun.getByLabel("Model").fill("gpt-4o")
    await dryRun.getByLabel("Feature").fill("checkout")
    await dryRun.getByRole("button", { name: "Try it" }).click()
    await dryRun.getByText("groq · llama-x").waitFor()
    await dryRun.getByText("Every condition holds; this rule decides.").waitFor()
    await page.getByRole("button", { name: "Edit tried" }).click()
    await page.getByRole("button", { name: "Split between targets" }).click()
    await page.getByLabel("Model of target 2").fill("llama-y")
    await page.getByLabel("Weight of target 1").fill("3")
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText("75 %").waitFor()
    await page.getByRole("button", { name: "Delete tried" }).click()
    await page.getByRole("button", { name: "Delete rule" }).click()
    await page.getByText("No rules: every request").waitFor()
  })

  it("shows the share of traffic that rules sent elsewhere in a period that the address keeps", async () => {
    await make({ name: "any", action: { model: "gpt-4o-mini" } })
    await open("/rules?period=last_7d")
    const period = page.getByRole("combobox", { name: "Period" })
    expect(await period.inputValue()).toBe("last_7d")
    await period.selectOption("last_30d")
    await page.waitForURL("**/rules?period=last_30d")
    await page.getByText("Would be routed, of the last").waitFor()
  })

  it("is reached from a request that a rule sent elsewhere", async () => {
    const rule = await make({ name: "linked", action: { model: "gpt-4o-mini" } })
    await untilRouted(rule.id)
    const { id } = await send()
    await until("the record", () => installation.api(`requests/${id}`).catch(() => null))
    await page.goto(`${installation.apiUrl}/requests/${id}`)
    await page.getByRole("link", { name: rule.id }).click()
    await page.getByRole("heading", { name: "Rules", exact: true }).waitFor()
    expect(new URL(page.url()).search).toBe(`?rule=${rule.id}`)
  })

  it.each(looks)("has no violation and no sideways scroll at $width pixels in the $colorScheme theme", async (look) => {
    const name = `rules-${look.colorScheme}-${look.width}`
    for (const example of examples().flat()) await make(example)
    await make({
      name: "Mistral for long documents",
      enabled: false,
      match: { model: "gpt-4o" },
      action: { provider: "mistral", model: "mistral-large" },
    })
    const window = await openLike(browser, context, look)
    try {
      await window.page.goto(`${installation.apiUrl}/rules`)
      await window.page.getByText("of the last").first().waitFor()
      await keepPicture(window.page, name)
      const dryRun = window.page.getByRole("region", { name: "Dry run" })
      await dryRun.getByLabel("Model").fill("gpt-4o")
      await dryRun.getByRole("button", { name: "Try it" }).click()
      await dryRun.getByRole("list", { name: "What each rule says" }).waitFor()
      await dryRun.evaluate((element) => element.scrollIntoView({ block: "end" }))
      await keepPicture(window.page, `${name}-dry-run`)
      expect(await findViolations(window.page)).toEqual([])
      expect(await window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true)
      await window.page.getByRole("button", { name: "New rule" }).click()
      await window.page.getByRole("button", { name: "Split between targets" }).click()
      await keepPicture(window.page, `${name}-form`)
      expect(await findViolations(window.page)).toEqual([])
    } finally {
      await window.close()
    }
  })
})
