import "./require-node.mjs"
import { spawn } from "node:child_process"
import { watch } from "node:fs"
import { join } from "node:path"
import { exitForHelp } from "./answer-help.mjs"
import { build, root } from "./build.mjs"
import { ensureInstalled } from "./install.mjs"

const watched = ["server/src", "protocol", "simulator/src", "dashboard/src"]
/** Editors write a file in several steps, and a branch switch writes hundreds. */
const settleMs = 150

let product = null
let working = false
let again = false
let stopping = false

/** Builds what changed, then replaces the running product; a build that fails leaves the running one alone. */
async function rebuild() {
  if (working) {
    again = true
    return
  }
  working = true
  try {
    const built = await build()
    const needsRestart = built.some((name) => name !== "dashboard")
    if (built.length > 0) console.error(`Rebuilt: ${built.join(", ")}.`)
    if (!product || needsRestart) await restart()
  } catch (error) {
    console.error(error.message)
  }
  working = false
  if (again) {
    again = false
    await rebuild()
  }
}

async function restart() {
  const old = product
  product = null
  if (old) {
    old.removeAllListeners("exit")
    await new Promise((resolve) => {
      old.once("exit", resolve)
      old.kill("SIGTERM")
    })
  }
  if (stopping) return
  const started = spawn(process.execPath, ["--enable-source-maps", join(root, "server/dist/main.js"), "start"], {
    cwd: root,
    stdio: "inherit",
    // Answers under way are not worth waiting for when the next version is ready.
    env: { SLUICE_STOP_GRACE_MS: "1000", ...process.env },
  })
  started.once("exit", (code) => {
    product = null
    if (stopping) process.exit(code ?? 0)
    console.error("Sluice ended; it is started again at the next change.")
  })
  product = started
}

/** The product is told by the terminal as well; this only makes sure of it, and waits. */
function stop() {
  if (stopping) return
  stopping = true
  if (product) product.kill("SIGTERM")
  else process.exit(0)
}

exitForHelp({
  usage: `npm run dev: as npm start, and builds and restarts at every change of a source file.

It takes no arguments; the environment is that of npm start ("npm start -- help configuration").`,
})
await ensureInstalled(root)
await rebuild()
let timer = null
for (const folder of watched) {
  watch(join(root, folder), { recursive: true }, () => {
    clearTimeout(timer)
    timer = setTimeout(rebuild, settleMs)
  })
}
process.on("SIGINT", stop)
process.on("SIGTERM", stop)
