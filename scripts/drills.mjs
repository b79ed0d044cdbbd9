import "./require-node.mjs"
import { basename } from "node:path"
import { exitForHelp } from "./answer-help.mjs"
import { build, root } from "./build.mjs"
import { listFiles } from "./fingerprint.mjs"
import { ensureInstalled } from "./install.mjs"
import { toDuration } from "./progress.mjs"
import { failuresOf, toOutcome } from "./run-tests.mjs"

/** A drill that has not ended after this long has failed; all of them together stay under 25 minutes. */
const drillTimeoutMs = 300_000

/**
 * `npm run drills`: what is too slow or too rough for every test run — killed processes, full disks, dead providers under load.
 * Every `e2e/drills/*.drill.ts` is a vitest file; they run one at a time, because each owns the machine.
 */
async function drill() {
  const startedAt = performance.now()
  await ensureInstalled(root)
  await build()
  const wanted = process.argv.slice(2)
  const files = listFiles(root, ["e2e/drills"]).filter((path) => path.endsWith(".drill.ts"))
  if (files.length === 0) throw new Error("there is no drill: e2e/drills holds no file that ends in .drill.ts")
  const outcome = await runDrills(wanted)
  const reasons = failuresOf(outcome, { ci: process.env.CI === "true" })
  for (const reason of reasons) console.log(`Not a success: ${reason}.`)
  const took = toDuration(performance.now() - startedAt)
  console.log(
    `${outcome.passed} drills passed, ${outcome.failed} failed, ${outcome.skippedTitles.length} skipped in ${took}`,
  )
  process.exitCode = reasons.length === 0 ? 0 : 1
}

async function runDrills(filters) {
  const { startVitest } = await import("vitest/node")
  const runner = await startVitest("test", filters, {
    root,
    config: false,
    watch: false,
    include: ["e2e/drills/**/*.drill.ts"],
    exclude: ["**/node_modules/**"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: drillTimeoutMs,
    hookTimeout: drillTimeoutMs,
    reporters: ["verbose"],
  })
  const modules = runner.state.getTestModules()
  const broken = runner.state.getUnhandledErrors().length > 0
  await runner.close()
  const toStatus = { passed: "passed", failed: "failed", skipped: "skipped", pending: "skipped" }
  const testResults = modules.map((module) => ({
    status: module.state() === "failed" ? "failed" : "passed",
    assertionResults: [...module.children.allTests()].map((test) => ({
      status: toStatus[test.result().state],
      fullName: test.fullName,
    })),
  }))
  return toOutcome({ testResults }, broken ? 1 : 0)
}

const names = listFiles(root, ["e2e/drills"]).filter((path) => path.endsWith(".drill.ts"))
exitForHelp({
  takesWords: true,
  usage: `npm run drills [-- part of a name …]: killed processes, dead providers, full disks; at most 25 minutes for all.

${names.map((path) => `  ${basename(path, ".drill.ts")}`).join("\n")}`,
})
drill().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
