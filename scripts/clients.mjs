import { createHash } from "node:crypto"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import "./require-node.mjs"
import { exitForHelp } from "./answer-help.mjs"
import { withProgress } from "./progress.mjs"
import { runCommand } from "./run-command.mjs"

const folder = fileURLToPath(new URL("../e2e/clients", import.meta.url))
const stampPath = join(folder, "node_modules/.sluice-installed")
const python = join(folder, "node_modules/.python")

/**
 * `npm run clients`: installs the programs of others that `e2e/other-clients.stack.test.ts` runs through the gateway: the
 * Vercel AI SDK and a coding agent from npm, the Python clients into an environment of their own. About 250 MB below
 * `e2e/clients/node_modules`, apart from the product's packages; nothing is done when all is there.
 */
async function installClients() {
  const inputs = ["package-lock.json", "requirements.txt"].map((name) => readFileSync(join(folder, name)))
  const wanted = inputs.reduce((hash, text) => hash.update(text), createHash("sha256")).digest("hex")
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === wanted) {
    console.log("The client programs are installed.")
    return
  }
  rmSync(stampPath, { force: true })
  await run("Installing the npm clients", "npm", [
    ...["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"],
  ])
  await run("Making a Python environment", "python3", ["-m", "venv", python])
  await run("Installing the Python clients", join(python, "bin/pip"), [
    ...["install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"],
  ])
  writeFileSync(stampPath, wanted)
}

async function run(title, program, args) {
  await withProgress(title, async () => {
    const { code, output } = await runCommand(program, args, { cwd: folder })
    if (code !== 0) throw new Error(`${program} ${args[0]} failed:\n${output.trim()}`)
  })
}

exitForHelp({
  usage: `npm run clients: installs the programs of others that e2e/other-clients.stack.test.ts runs through the gateway
(about 250 MB below e2e/clients/node_modules); does nothing when they are there.

It takes no arguments.`,
})
installClients().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
