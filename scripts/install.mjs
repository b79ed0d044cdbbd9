import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { withProgress } from "./progress.mjs"
import { runCommand } from "./run-command.mjs"

/**
 * Whether an installation by hand (`npm ci`, `npm install`) already is what the lockfile asks for: npm leaves a copy of
 * what it installed in `node_modules/.package-lock.json`. Optional packages depend on the machine and are not compared.
 */
export function isInstalled(lockfile, installed) {
  return Object.entries(lockfile.packages).every(([path, wanted]) => {
    if (path === "" || wanted.link || wanted.optional || wanted.devOptional || !path.includes("node_modules/"))
      return true
    return installed.packages[path]?.version === wanted.version
  })
}

/**
 * Brings node_modules to what package-lock.json says, and does nothing when it already is. Install scripts never run: no
 * package that Sluice uses needs one.
 * @throws Error with npm's own words when npm fails
 */
export async function ensureInstalled(root) {
  const lockText = readFileSync(join(root, "package-lock.json"), "utf8")
  const wanted = createHash("sha256").update(lockText).digest("hex")
  const stampPath = join(root, "node_modules", ".sluice-installed")
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === wanted) return
  const hiddenPath = join(root, "node_modules", ".package-lock.json")
  const installed = existsSync(hiddenPath) ? JSON.parse(readFileSync(hiddenPath, "utf8")) : null
  if (!installed || !isInstalled(JSON.parse(lockText), installed)) {
    await withProgress("Installing packages (only when they change)", () => installPackages(root))
  }
  writeFileSync(stampPath, wanted)
}

async function installPackages(root) {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  const npm = process.env.npm_execpath
  const { code, output } = npm?.endsWith(".js")
    ? await runCommand(process.execPath, [npm, ...args], { cwd: root })
    : await runCommand("npm", args, { cwd: root })
  if (code !== 0) throw new Error(`npm ci failed:\n${output.trim()}`)
}
