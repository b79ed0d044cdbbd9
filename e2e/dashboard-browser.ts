import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"
import type { Installation } from "./installation.ts"

const run = promisify(execFile)
const root = fileURLToPath(new URL("..", import.meta.url))
const artifacts = join(root, "e2e/artifacts/dashboard")
const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js")

/** Where this machine keeps Chromium; null when it has none. */
export const browserPath =
  [process.env.CHROMIUM_PATH, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
    (path) => path && existsSync(path),
  ) ?? null

/** A real Chromium without a window. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox", "--disable-gpu"] })
}

/** The sizes and themes every page is looked at in. */
export const looks = (["light", "dark"] as const).flatMap((colorScheme) =>
  [1280, 390].map((width) => ({ colorScheme, width })),
)

/** A sign-in link, as the owner gets it on the command line. */
export async function issueOwnerLink(installation: Installation): Promise<string> {
  const { stdout } = await run(process.execPath, [join(root, "server/dist/main.js"), "owner-link"], {
    env: {
      PATH: process.env.PATH ?? "",
      SLUICE_DATA_DIR: installation.dataDir,
      SLUICE_API_PORT: new URL(installation.apiUrl).port,
    },
  })
  const link = /^http\S+/m.exec(stdout)?.[0]
  if (!link) throw new Error(`sluice owner-link printed no link:\n${stdout}`)
  return link
}

/** What a page did that it should not have: errors, refused styles or scripts, requests to anywhere else. */
export function watchPage(page: Page, origin: string): readonly string[] {
  const faults: string[] = []
  page.on("pageerror", (error) => faults.push(`threw: ${error.message}`))
  page.on("console", (message) => {
    // A refused call is told apart from a broken page by what the page shows; the console repeats it.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) faults.push(message.text())
  })
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith("data:")) faults.push(`asked ${request.url()}`)
  })
  return faults
}

/** Violations of WCAG 2.2 AA and of axe's best practices, in words; empty when there are none. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(readFileSync(axePath, "utf8"))
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      readonly axe: {
        run(
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>
      }
    }
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    return (await axe.run({ runOnly: tags })).violations
  })
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n")}`,
  )
}

/** Keeps a picture for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await mkdir(artifacts, { recursive: true })
  await page.screenshot({ path: join(artifacts, `${name}.png`), animations: "disabled" })
}

/** A second window of the same person in another size and theme. */
export async function openLike(
  browser: Browser,
  signedIn: BrowserContext,
  look: (typeof looks)[number],
): Promise<{ readonly page: Page; close(): Promise<void> }> {
  const context = await browser.newContext({
    storageState: await signedIn.storageState(),
    colorScheme: look.colorScheme,
    viewport: { width: look.width, height: look.width > 600 ? 800 : 844 },
  })
  return { page: await context.newPage(), close: () => context.close() }
}
