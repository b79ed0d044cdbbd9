import { dirname } from "node:path"
import type { BreakdownsBody } from "@sluice/protocol/api/breakdowns"
import type { OverviewBody, OverviewSummary } from "@sluice/protocol/api/overview"
import type { RequestBody } from "@sluice/protocol/api/requests"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
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

const title = browserPath
  ? "the Overview and the Features page"
  : "the Overview and the Features page (needs Chromium: apt-get install chromium, or CHROMIUM_PATH)"

/** Requests by feature; null: without one. Failed ones ask for a model that nobody knows. */
const traffic = [
  { feature: "search", sent: 12, model: "gpt-4.1-mini" },
  { feature: "support-chat", sent: 7, model: "gpt-4o" },
  { feature: null, sent: 3, model: "gpt-4.1-mini" },
  { feature: "search", sent: 2, model: "no-such-model-anywhere" },
] as const
const all = 24

describe.skipIf(!browserPath)(title, () => {
  let installation: Installation
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let faults: readonly string[]
  let summary: OverviewSummary

  beforeAll(async () => {
    installation = await startWithTraffic()
    browser = await startBrowser()
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" })
    page = await context.newPage()
    page.setDefaultTimeout(15_000)
    faults = watchPage(page, installation.apiUrl)
    await page.goto(await issueOwnerLink(installation))
    await page.getByRole("heading", { name: "Overview" }).waitFor()
    summary = await until(
      "a summary with all requests",
      async () => {
        const body = await installation.api<OverviewBody>("overview?period=last_24h")
        return body.summary?.current.requests === all ? body.summary : null
      },
      150_000,
    )
  }, 240_000)

  afterAll(async () => {
    await browser?.close()
    await installation?.remove()
    await installation?.simulator.close()
  })

  /** Summaries are reckoned once a minute, and at a start: one that comes after the traffic need not be waited for. */
  const startWithTraffic = async (): Promise<Installation> => {
    installation = await startInstallation()
    const { dataDir, simulator } = installation
    await installation.api("organization/latency-target", { method: "PATCH", body: { latency_target_ms: 1 } })
    for (const { feature, sent, model } of traffic) {
      await Promise.all(Array.from({ length: sent }, () => send(model, feature)))
    }
    await installation.stop()
    return await startInstallation({ dataDir: dirname(dataDir), simulator })
  }

  const send = async (model: string, feature: string | null) => {
    const answer = await fetch(`${installation.gatewayUrl}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${installation.key}`,
        "content-type": "application/json",
        ...(feature ? { "x-sluice-feature": feature } : {}),
      },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Say hello" }] }),
    })
    await answer.arrayBuffer()
  }
  const open = (path: string) => page.goto(`${installation.apiUrl}${path}`)
  const card = (name: string) =>
    page
      .locator("dl > div", { has: page.locator("dt", { hasText: name }) })
      .locator("dd")
      .first()
  const chart = (name: string) => page.getByRole("slider", { name: new RegExp(`^${name}`) })
  const address = () => new URL(page.url())

  it("is what an installation with traffic opens on", async () => {
    await open("/")
    await page.getByRole("heading", { name: "Overview" }).waitFor()
    expect(address().pathname).toBe("/overview")
  })

  it("shows the figures that the API gives, which are those of the rows", async () => {
    await open("/overview")
    await card("Requests").waitFor()
    const { data: rows } = await installation.api<{ data: RequestBody[] }>("requests?limit=200")
    expect(await card("Requests").textContent()).toBe(String(rows.length))
    const failed = rows.filter(({ status }) => status >= 400).length
    expect(summary.current.errors).toBe(failed)
    await page.getByText(`${failed} failed requests`).waitFor()
    const untagged = rows.filter(({ feature }) => feature === null).length / rows.length
    expect(await card("Untagged").textContent()).toBe(`${Number((untagged * 100).toFixed(1))} %`)
    const cost = rows.reduce((sum, { cost_usd }) => sum + Number(cost_usd ?? 0), 0)
    expect(Number(summary.current.cost.usd)).toBeCloseTo(cost, 9)
    expect(Number((await card("Cost").textContent())?.replace("$", ""))).toBeCloseTo(cost, 4)
    await page.getByText("2 unknown").first().waitFor()
    await page.getByText("over the 1 ms target").waitFor()
    await page.getByRole("region", { name: "Top features" }).getByRole("link", { name: "support-chat" }).waitFor()
    expect(await page.getByRole("region", { name: "Recent failures" }).getByRole("listitem").count()).toBe(failed)
  })

  it("draws charts whose values can be had as a table, and add up to all requests", async () => {
    await open("/overview")
    await chart("Requests").waitFor()
    await page.getByRole("button", { name: "Requests as a table" }).click()
    const cells = await page.getByRole("table", { name: "Requests" }).locator("td").allTextContents()
    expect(cells.reduce((sum, text) => sum + Number(text), 0)).toBe(all)
    await page.mouse.move(0, 0)
    await page.getByRole("tooltip").waitFor({ state: "hidden" })
    expect(await findViolations(page)).toEqual([])
    await page.getByRole("button", { name: "Requests as a chart" }).click()
    await chart("Requests").waitFor()
  })

  it("zooms by dragging, says so in the address, and goes back with the browser's own button", async () => {
    await open("/overview")
    await chart("Cost").waitFor()
    const box = await until("the chart to be drawn", () => page.locator(".u-over").first().boundingBox())
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.9, box.y + 60, { steps: 5 })
    await page.mouse.up()
    await page.getByText("The charts show").waitFor()
    const from = Date.parse(address().searchParams.get("from") ?? "")
    const to = Date.parse(address().searchParams.get("to") ?? "")
    expect(to - from).toBeGreaterThan(8 * 3_600_000)
    expect(to - from).toBeLessThan(12 * 3_600_000)
    await page.goBack()
    await page.getByText("The charts show").waitFor({ state: "detached" })
    expect(address().search).toBe("")
  })

  it("is used by keyboard alone: the period, the crosshair, a marked range, and the way back", async () => {
    await open("/overview")
    await page.getByRole("button", { name: "Last 7 d" }).focus()
    await page.keyboard.press("Enter")
    await until("the period in the address", () => (address().search === "?period=last_7d" ? true : null))
    await chart("Requests").focus()
    await page.keyboard.press("End")
    await until("the newest hour to be read out", async () =>
      ((await chart("Requests").getAttribute("aria-valuetext")) ?? "").includes("so far: Requests") ? true : null,
    )
    await page.keyboard.press("Shift+ArrowLeft")
    await page.keyboard.press("Shift+ArrowLeft")
    await page.keyboard.press("Enter")
    await page.getByText("The charts show").waitFor()
    const { searchParams } = address()
    expect(Date.parse(searchParams.get("to") ?? "") - Date.parse(searchParams.get("from") ?? "")).toBe(3 * 3_600_000)
    await page.getByRole("button", { name: "Show the whole period" }).first().focus()
    await page.keyboard.press("Enter")
    await until("the whole period", () => (address().search === "?period=last_7d" ? true : null))
  })

  it("draws its charts anew when the theme changes", async () => {
    await open("/overview")
    const canvas = chart("Requests").locator("canvas")
    await canvas.waitFor()
    const drawing = () => canvas.evaluate((element) => (element as unknown as { toDataURL(): string }).toDataURL())
    const light = await drawing()
    await page.emulateMedia({ colorScheme: "dark" })
    await until("the dark drawing", async () => ((await drawing()) === light ? null : true))
    await page.emulateMedia({ colorScheme: "light" })
    await until("the light drawing", async () => ((await drawing()) === light ? true : null))
  })

  it("opens a failed request from the list of failures", async () => {
    await open("/overview")
    await page
      .getByRole("region", { name: "Recent failures" })
      .getByRole("link", { name: "unknown_model" })
      .first()
      .click()
    await page.getByRole("region", { name: "Request" }).getByText("unknown_model").waitFor()
  })

  it("breaks requests down by feature, sorted by what is pressed, and hands it out as CSV", async () => {
    await open("/features")
    const names = page.locator("tbody th")
    await names.first().waitFor()
    expect(await names.allTextContents()).toEqual(["search", "support-chat", "untagged"])
    const { data } = await installation.api<BreakdownsBody>("breakdowns?dimension=feature&period=last_24h")
    expect(await page.locator("tbody td:nth-of-type(1)").allTextContents()).toEqual(
      data.map(({ requests }) => String(requests)),
    )
    const waiting = page.waitForEvent("download")
    await page.getByRole("button", { name: "CSV" }).click()
    const file = await waiting
    expect(file.suggestedFilename()).toBe("sluice-features.csv")
    const chunks: Buffer[] = []
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString().trim().split("\r\n")).toHaveLength(1 + data.length)
    await page.getByRole("link", { name: "Requests", exact: true }).last().click()
    await until("the other order", async () => ((await names.first().textContent()) === "untagged" ? true : null))
    expect(address().search).toBe("?sort=requests")
  })

  it("shows every dimension, and one value with its own charts, its requests a step away", async () => {
    for (const name of ["Models", "Providers", "API keys", "Tasks", "Users", "Sessions"]) {
      await page.getByRole("navigation", { name: "Broken down by" }).getByRole("link", { name }).click()
      await page.locator("tbody th").first().waitFor()
    }
    await open("/features")
    await page.locator("tbody th a").first().focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    const drawer = page.getByRole("region", { name: "One feature" })
    await drawer.getByRole("slider").first().waitFor()
    expect(address().search).toBe("?value=support-chat")
    await page.keyboard.press("Escape")
    await drawer.waitFor({ state: "detached" })
    await page.goBack()
    await drawer.getByRole("link", { name: "Its requests" }).click()
    await page.locator("tbody tr", { hasText: "support-chat" }).first().waitFor()
    expect(address().search).toBe("?feature=support-chat")
  })

  it("says in its place that a chart cannot be loaded, and keeps the rest", async () => {
    await page.route("**/api/v1/timeseries?*metric=cost_usd*", (route) =>
      route.fulfill({ status: 400, json: { error: { code: "validation_failed", message: "No such range." } } }),
    )
    await open("/overview")
    await page.getByText("Cost could not be loaded").waitFor()
    await chart("Requests").waitFor()
    await page.unroute("**/api/v1/timeseries?*metric=cost_usd*")
    await page.getByRole("button", { name: "Try again" }).click()
    await chart("Cost").waitFor()
  })

  const pages = {
    overview: "/overview",
    "overview-7d": "/overview?period=last_7d",
    features: "/features",
    "features-value": "/features?value=search",
    "features-tasks": "/features?by=task",
  }
  const wide = { colorScheme: "light" as const, width: 1920 }

  it.each([...looks, wide])("looks right at $width pixels in $colorScheme", async (look) => {
    const window = await openLike(browser, context, look)
    try {
      for (const [name, path] of Object.entries(pages)) {
        await window.page.goto(`${installation.apiUrl}${path}`)
        await window.page.locator("tbody th, [role=slider] canvas").first().waitFor()
        if (name !== "features" && name !== "features-tasks") {
          await until("all charts", async () =>
            (await window.page.locator("[role=slider] canvas").count()) === 4 ? true : null,
          )
        }
        await keepPicture(window.page, `${name}-${look.colorScheme}-${look.width}`)
        expect({ name, violations: await findViolations(window.page) }).toEqual({ name, violations: [] })
        expect(await window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true)
      }
    } finally {
      await window.close()
    }
  })

  it("asked no other address, broke no rule of its security policy, and threw nothing all along", () => {
    expect(faults).toEqual([])
  })
})
