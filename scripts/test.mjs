import "./require-node.mjs"
import { exitForHelp } from "./answer-help.mjs"
import { build, root } from "./build.mjs"
import { ensureInstalled } from "./install.mjs"
import { toDuration } from "./progress.mjs"
import { failuresOf, runVitest, sumOutcomes } from "./run-tests.mjs"

/**
 * `npm test`: installs and builds what changed, then everything that needs nothing but Node, then everything that starts real
 * processes, databases and browsers. What is missing on this machine is skipped with a line that says how to get it; with
 * CI=true a skip is a failure. Further words are handed to vitest, e.g. `npm test -- server/src/config.test.ts`.
 */
async function test() {
  const startedAt = performance.now()
  await ensureInstalled(root)
  await build()
  const outcomes = []
  for (const project of ["unit", "stack"]) {
    outcomes.push(await runVitest(root, ["--project", project, "--passWithNoTests", ...process.argv.slice(2)]))
  }
  const total = sumOutcomes(outcomes)
  const reasons = failuresOf(total, { ci: process.env.CI === "true" })
  const took = toDuration(performance.now() - startedAt)
  for (const reason of reasons) console.log(`Not a success: ${reason}.`)
  console.log(`${total.passed} tests passed, ${total.failed} failed, ${total.skippedTitles.length} skipped in ${took}`)
  process.exitCode = reasons.length === 0 ? 0 : 1
}

exitForHelp({
  takesWords: true,
  usage: `npm test [-- path or vitest option …]: unit tests, then those that start processes, databases and browsers.

  npm test -- server/src/config.test.ts
  npm test -- -t "part of a title"

A test that needs a PostgreSQL server or a browser is skipped where there is none, with a line that says how to get it;
with CI=true that is a failure. SLUICE_TEST_POSTGRES_URL names a server to use.`,
})
test().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
