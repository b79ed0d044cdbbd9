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
import { bootstrapKey, type Installation, startInstallation, until } from "./installation.ts"

const title = browserPath
  ? "the dashboard"
  : "the dashboard (needs Chromium: apt-get install chromium, or CHROMIUM_PATH)"

describe.skipIf(!browserPath)(title, () => {
  let installation: Installation
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let faults: readonly string[]

  beforeAll(async () => {
    installation = await startInstallation()
    browser = await startBrowser()
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    page = await context.newPage()
    page.setDefaultTimeout(15_000)
    faults = watchPage(page, installation.apiUrl)
  })

  afterAll(async () => {
    await browser?.close()
    await installation?.remove()
  })

  const send = async (more: Readonly<Record<string, string>> = {}, key = bootstrapKey, model = "gpt-4.1-mini") => {
    const answer = await fetch(`${installation.gatewayUrl}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...more },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Say hello" }] }),
    })
    await answer.arrayBuffer()
    return { status: answer.status, id: answer.headers.get("x-sluice-request-id") ?? "" }
  }
  const open = (path: string) => page.goto(`${installation.apiUrl}${path}`)
  const row = (text: string) => page.locator("tbody tr", { hasText: text })

  it("tells somebody who is not signed in which command makes a link", async () => {
    await open("/requests")
    await page.getByRole("heading", { name: "Sign in to Sluice" }).waitFor()
    expect(await page.locator("code").textContent()).toBe("sluice owner-link")
    expect(await findViolations(page)).toEqual([])
  })

  it("opens the Quickstart of an empty installation through the owner's link", async () => {
    await page.goto(await issueOwnerLink(installation))
    await page.getByRole("heading", { name: "Quickstart" }).waitFor()
    await page.getByText("Waiting for the first request").waitFor()
    expect(new URL(page.url()).pathname).toBe("/quickstart")
  })

  it("makes a key, fills it into the code, and lights up by itself when the first request comes", async () => {
    await page.getByRole("button", { name: "Make a key" }).click()
    const key =
      (await page
        .getByText(/^slk_p\w+$/)
        .first()
        .textContent()) ?? ""
    await page.getByRole("tab", { name: "Anthropic SDK" }).click()
    const code = (await page.locator("pre").textContent()) ?? ""
    expect(code).toContain(`base_url="${installation.gatewayUrl}"`)
    expect(code).toContain(`api_key="${key}"`)
    await until("the new key to be let in", async () => ((await send({}, key)).status === 200 ? true : null))
    await page.getByText("Requests arrive.").waitFor()
    await page.getByRole("link", { name: "See the request" }).click()
    await page.getByRole("region", { name: "Request" }).getByText("counted by the provider").waitFor()
    expect(await page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")).not.toContain(key)
  })

  it("shows a request within two seconds of its end", async () => {
    await open("/requests")
    await row("gpt-4.1-mini").first().waitFor()
    await send({ "x-sluice-feature": "just-now" })
    const from = performance.now()
    await row("just-now").waitFor()
    expect(performance.now() - from).toBeLessThan(2000)
  })

  it("loads older requests while one scrolls, and lets new ones wait until asked for", async () => {
    for (let sent = 0; sent < 130; sent += 10) await Promise.all(Array.from({ length: 10 }, () => send()))
    await open("/requests")
    await row("gpt-4.1-mini").first().waitFor()
    const grid = page.getByRole("grid")
    const scroller = page.locator("div:has(> table)")
    await until("the end of the list", async () => {
      await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight))
      return (await page.getByText("These are all of them.").count()) > 0 ? true : null
    })
    await row("just-now").first().waitFor()
    const shown = await grid.locator("tbody tr").first().textContent()
    await send({ "x-sluice-feature": "newcomer" })
    await page.getByRole("button", { name: "1 new" }).waitFor()
    expect(await grid.locator("tbody tr").first().textContent()).toBe(shown)
    await page.getByRole("button", { name: "1 new" }).click()
    await row("newcomer").waitFor()
  })

  it("is walked through by keyboard: arrows, Enter to open, Escape to close", async () => {
    await open("/requests?feature=just-now")
    await row("just-now").waitFor()
    await page.getByRole("grid").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.getByRole("region", { name: "Request" }).waitFor()
    expect(new URL(page.url()).pathname).toMatch(/^\/requests\/req_[0-9a-z]{26}$/)
    expect(new URL(page.url()).search).toBe("?feature=just-now")
    await page.keyboard.press("Escape")
    await page.getByRole("region", { name: "Request" }).waitFor({ state: "detached" })
    expect(await page.evaluate("document.activeElement?.getAttribute('role')")).toBe("grid")
  })

  it("says why something is not known, and what to do about a failure", async () => {
    const refused = await send({}, bootstrapKey, "no-such-model-anywhere")
    await open(`/requests/${refused.id}`)
    const drawer = page.getByRole("region", { name: "Request" })
    await drawer.getByText("unknown_model").waitFor()
    await drawer.getByText("It ended before a provider was chosen.").first().waitFor()
  })

  it("keeps filters in the address, and offers to clear those that nothing matches", async () => {
    await open("/requests")
    await page.getByRole("combobox", { name: "Status" }).selectOption("error")
    await row("404").first().waitFor()
    expect(new URL(page.url()).search).toBe("?status=error")
    await page.getByRole("combobox", { name: "Feature" }).fill("nobody")
    await page.keyboard.press("Enter")
    await page.getByText("No request matches").waitFor()
    await page.getByRole("button", { name: "Clear the filters" }).click()
    await row("200").first().waitFor()
    expect(new URL(page.url()).search).toBe("")
  })

  it("adds a credential, says beside the field what is wrong with one, tests it and deletes it", async () => {
    await open("/providers")
    await page.getByText("OPENAI_API_KEY").first().waitFor()
    await page.getByRole("button", { name: "Add a credential for Custom" }).click()
    await page.getByLabel("Secret").fill("has a space")
    await page.getByRole("button", { name: "Add and test" }).click()
    await page.locator("[aria-invalid=true]").first().waitFor()
    await page.getByLabel("Secret").fill("sk-custom-0123456789")
    await page.getByLabel("Base URL").fill(installation.simulator.url)
    await page.getByLabel("Label").fill("our-own-server")
    await page.getByRole("button", { name: "Add and test" }).click()
    await page.getByText("Works").waitFor()
    await page.getByRole("button", { name: "Delete our-own-server" }).click()
    await page.getByRole("button", { name: "Delete credential" }).click()
    await page.getByText("our-own-server", { exact: true }).waitFor({ state: "detached" })
  })

  it("adds a custom model, tests it at once, changes it and deletes it", async () => {
    await open("/models?q=gpt-4o-mini&provider=openai")
    await page.getByText("gpt-4o-mini", { exact: true }).first().waitFor()
    await page.getByLabel("State").selectOption("retired")
    await until("the filter in the URL", () => (page.url().includes("state=retired") ? true : null))
    await page.getByRole("button", { name: "Add model" }).click()
    await page.getByRole("button", { name: "Save and test" }).click()
    await page.locator("[aria-invalid=true]").first().waitFor()
    await page.getByLabel("Name", { exact: true }).last().fill("house-model")
    await page.getByLabel("Base URL").fill(installation.simulator.url)
    await page.getByLabel("Model at the server").fill("gpt-4o-mini")
    await page.getByLabel("Input price").fill("0.5")
    await page.getByLabel("Output price").fill("1.5")
    await page.getByRole("button", { name: "Save and test" }).click()
    await page.getByText("house-model", { exact: true }).waitFor()
    await page.getByText(/Does not work|Works/).waitFor()
    await keepPicture(page, "models-custom-filled")
    const tabs = page.getByRole("navigation", { name: "Kinds of model" }).locator("[aria-current=page]")
    expect(await tabs.allInnerTexts()).toEqual(["Custom models"])
    await page.getByRole("button", { name: "Edit house-model" }).click()
    await page.getByLabel("Input price").fill("0.75")
    await page.getByLabel("Cache read price").fill("0.05")
    await page.getByLabel("Context window").fill("131,072")
    const { data } = await installation.api<{ data: readonly { id: string }[] }>("models/custom")
    await installation.api(`models/custom/${data[0]?.id}`, { method: "PATCH", body: { description: "On the GPU box" } })
    await page.getByRole("button", { name: "Save and test" }).click()
    await page.getByText("Somebody changed it meanwhile").waitFor()
    expect(await findViolations(page)).toEqual([])
    await keepPicture(page, "models-custom-outdated")
    await page.getByRole("button", { name: "Load", exact: true }).click()
    await until("what the other wrote", async () =>
      (await page.getByLabel("Description").inputValue()) === "On the GPU box" ? true : null,
    )
    expect(await page.getByLabel("Input price").inputValue()).toBe("0.5")
    await page.getByLabel("Input price").fill("0.75")
    await page.getByLabel("Context window").fill("131,072")
    await page.getByRole("button", { name: "Save and test" }).click()
    await page.getByText("$0.75 in").waitFor()
    await page.getByText("On the GPU box").waitFor()
    await page.getByRole("button", { name: "Delete house-model" }).click()
    await page.getByRole("button", { name: "Delete model" }).click()
    await page.getByText("No custom models").waitFor()
  })

  it("goes anywhere from the palette, and keeps a chosen theme", async () => {
    await open("/requests")
    await page.getByRole("heading", { name: "Requests", exact: true }).waitFor()
    await page.keyboard.press("Control+k")
    await page.getByPlaceholder("Type a page").fill("dark theme")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Control+k")
    await page.getByPlaceholder("Type a page").fill("keys")
    await page.keyboard.press("Enter")
    await page.getByRole("heading", { name: "API keys" }).waitFor()
    await page.reload()
    await page.getByRole("heading", { name: "API keys" }).waitFor()
    expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark")
    await page.keyboard.press("Control+k")
    await page.getByPlaceholder("Type a page").fill("system theme")
    await page.keyboard.press("Enter")
    expect(await page.evaluate("localStorage.length")).toBe(0)
  })

  it("says that the API does not answer, keeps what is shown, and goes on by itself", async () => {
    await open("/requests")
    await row("gpt-4.1-mini").first().waitFor()
    await context.setOffline(true)
    await page.getByText("Sluice's API does not answer").waitFor()
    expect(await row("gpt-4.1-mini").count()).toBeGreaterThan(0)
    await context.setOffline(false)
    await page.getByText("Sluice's API does not answer").waitFor({ state: "detached" })
  })

  const pages = {
    quickstart: "/quickstart",
    requests: "/requests",
    models: "/models",
    "models-custom": "/models?tab=custom",
    providers: "/providers",
    "api-keys": "/api-keys",
  }
  const empty = { "requests-empty": "/requests?feature=nobody", nowhere: "/nowhere" }

  it.each(looks)("has no violation and no sideways scroll at $width pixels in the $colorScheme theme", async (look) => {
    const { id } = await send()
    const window = await openLike(browser, context, look)
    try {
      for (const [name, path] of Object.entries({ ...pages, ...empty, request: `/requests/${id}` })) {
        await window.page.goto(`${installation.apiUrl}${path}`)
        await window.page.locator("h1").waitFor()
        await window.page.waitForLoadState("load")
        await until(`${name} to be loaded`, async () =>
          (await window.page.locator("text=Loading…").count()) === 0 ? true : null,
        )
        expect(await window.page.evaluate("document.documentElement.dataset.theme ?? null")).toBeNull()
        await keepPicture(window.page, `${name}-${look.colorScheme}-${look.width}`)
        expect({ name, violations: await findViolations(window.page) }).toEqual({ name, violations: [] })
        expect(await window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true)
      }
      await window.page.goto(`${installation.apiUrl}${pages["models-custom"]}`)
      await window.page.getByRole("button", { name: "Add model" }).click()
      await window.page.getByLabel("Cache write price").scrollIntoViewIfNeeded()
      await keepPicture(window.page, `models-custom-form-${look.colorScheme}-${look.width}`)
      expect(await findViolations(window.page)).toEqual([])
    } finally {
      await window.close()
    }
  })

  it("asked no other address, broke no rule of its security policy, and threw nothing all along", () => {
    expect(faults).toEqual([])
  })

  it("signs out", async () => {
    await open("/api-keys")
    await page.getByRole("button", { name: "Owner" }).click()
    await page.getByRole("menuitem", { name: "Sign out" }).click()
    await page.getByRole("heading", { name: "Sign in to Sluice" }).waitFor()
  })
})
