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
import { type Installation, startInstallation } from "./installation.ts"

const title = browserPath
  ? "limits in the dashboard"
  : "limits in the dashboard (needs Chromium: apt-get install chromium, or CHROMIUM_PATH)"

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
    await page.goto(await issueOwnerLink(installation))
    await page.goto(`${installation.apiUrl}/api-keys`)
  })

  afterAll(async () => {
    await browser?.close()
    await installation?.remove()
  })

  it("are set when a key is made, shown in the list, and changed later", async () => {
    await page.getByRole("button", { name: "New key" }).click()
    await page.getByLabel("Name").fill("support-bot")
    await page.getByLabel("Requests a minute").fill("none")
    expect(await page.getByRole("button", { name: "Make the key" }).isDisabled()).toBe(true)
    await page.getByLabel("Requests a minute").fill("600")
    await page.getByLabel("Tokens a minute").fill("90,000")
    await page.getByRole("button", { name: "Make the key" }).click()
    await page.getByText("600 requests/min · 90,000 tokens/min").waitFor()
    await page.getByRole("button", { name: "Change support-bot" }).click()
    await page.getByLabel("Requests a minute").fill("")
    await page.getByLabel("Streams at once").fill("20")
    expect(await findViolations(page)).toEqual([])
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText("90,000 tokens/min · 20 streams at once").waitFor()
    expect(faults).toEqual([])
  })

  it("of the organization are changed above its keys, and not when somebody else changed them meanwhile", async () => {
    await page.getByText("All keys together: no limits").waitFor()
    const open = () => page.getByRole("button", { name: "Change the organization's limits" }).click()
    await open()
    await page.getByLabel("Tokens a minute").fill("2,000,000")
    await page.getByLabel("Requests at once").fill("300")
    expect(await findViolations(page)).toEqual([])
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText("2,000,000 tokens/min · 300 requests at once").waitFor()
    await open()
    await installation.api("organization/limits", { method: "PATCH", body: { concurrent_requests: 250 } })
    await page.getByLabel("Tokens a minute").fill("")
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText("changed since it was read").waitFor()
    await page.getByRole("button", { name: "Cancel" }).click()
    await page.getByText("2,000,000 tokens/min · 250 requests at once").waitFor()
    expect(faults).toEqual([])
  })

  it.each(looks)("look right at $width pixels in $colorScheme", async (look) => {
    const window = await openLike(browser, context, look)
    await window.page.goto(`${installation.apiUrl}/api-keys`)
    await window.page.getByText("20 streams at once").waitFor()
    await window.page.getByText("250 requests at once").waitFor()
    await keepPicture(window.page, `organization-limits-${look.colorScheme}-${look.width}`)
    expect(await findViolations(window.page)).toEqual([])
    await window.page.getByRole("button", { name: "Change support-bot" }).click()
    await window.page.getByLabel("Requests at once").waitFor()
    expect(await findViolations(window.page)).toEqual([])
    await keepPicture(window.page, `limits-${look.colorScheme}-${look.width}`)
    await window.close()
  })
})
