import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runCommand } from "./run-command.mjs"

/**
 * What a test run came to. `skippedTitles` names what did not run; `broken` is true when the run itself ended badly without a test to
 * show for it (a file that does not load, an error nobody caught).
 */
export function toOutcome(report, code) {
  const files = report?.testResults ?? []
  const tests = files.flatMap((file) => file.assertionResults)
  const withStatus = (...wanted) => tests.filter(({ status }) => wanted.includes(status))
  const failed = withStatus("failed").length
  const unloaded = files.filter((file) => file.status === "failed" && !file.assertionResults.some(isFailed)).length
  return {
    passed: withStatus("passed").length,
    failed: failed + unloaded,
    skippedTitles: withStatus("pending", "skipped", "todo", "disabled").map(({ fullName }) => fullName),
    broken: code !== 0 && failed + unloaded === 0,
  }
}

const isFailed = ({ status }) => status === "failed"

/** Adds outcomes up. */
export function sumOutcomes(outcomes) {
  return {
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    failed: outcomes.reduce((sum, { failed }) => sum + failed, 0),
    skippedTitles: outcomes.flatMap(({ skippedTitles }) => skippedTitles),
    broken: outcomes.some(({ broken }) => broken),
  }
}

/** Why a run must not count as a success; empty when it may. On a build machine everything must have run. */
export function failuresOf({ failed, skippedTitles, broken, passed }, { ci }) {
  const reasons = []
  if (failed > 0) reasons.push(`${failed} failed`)
  if (broken) reasons.push("the run ended badly outside of any test")
  if (passed === 0 && failed === 0) reasons.push("no test ran")
  if (ci && skippedTitles.length > 0) {
    reasons.push(
      `CI=true allows no skip, and ${skippedTitles.length} did not run: ${skippedTitles.slice(0, 5).join("; ")}`,
    )
  }
  return reasons
}

/** Runs vitest with `args`, its own words passed through, and gives the outcome. */
export async function runVitest(root, args) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-tests-"))
  const reportPath = join(folder, "report.json")
  const vitest = join(root, "node_modules/vitest/vitest.mjs")
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportPath}`]
  try {
    const { code } = await runCommand(process.execPath, [vitest, "run", ...reporters, ...args], {
      cwd: root,
      live: true,
    })
    return toOutcome(readReport(reportPath), code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return null
  }
}
