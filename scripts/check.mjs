import "./require-node.mjs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { exitForHelp } from "./answer-help.mjs"
import { root } from "./build.mjs"
import { checkDocstrings } from "./check-docstrings.mjs"
import { checkImportLaw } from "./check-import-law.mjs"
import { checkFileLengths, checkLinks, checkSecrets } from "./check-texts.mjs"
import { ensureInstalled } from "./install.mjs"
import { toDuration } from "./progress.mjs"
import { runCommand } from "./run-command.mjs"

/** A tool that says all there is to say itself: its output is the list of problems. */
async function runTool(file, args) {
  const { code, output } = await runCommand(process.execPath, [join(root, "node_modules", file), ...args], {
    cwd: root,
  })
  return { problems: code === 0 ? [] : [output.trim() || `ended with code ${code}`] }
}

// TypeScript 7 is called by path: `tsc` is version 6, which tools that load the compiler need.
const native = "typescript-native/bin/tsc"

const checks = [
  ["types", () => runTool(native, ["--noEmit", "-p", "tsconfig.json"])],
  ["types of the dashboard", () => runTool(native, ["--noEmit", "-p", "dashboard/tsconfig.json"])],
  [
    "style and lint",
    () => runTool("@biomejs/biome/bin/biome", ["check", "--error-on-warnings", "--max-diagnostics=50"]),
  ],
  ["the import law", () => checkImportLaw(root)],
  ["docstrings", () => checkDocstrings(root)],
  ["file lengths", () => checkFileLengths(root)],
  ["links of the documents", () => checkLinks(root)],
  ["no secrets", () => checkSecrets(root)],
]

async function runChecks() {
  await ensureInstalled(root)
  const startedAt = performance.now()
  const waiting = [...checks]
  let failed = 0
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [title, check] = next
      const from = performance.now()
      const { problems, note = "" } = await check().catch((error) => ({ problems: [error.stack ?? String(error)] }))
      const mark = problems.length === 0 ? "ok    " : "FAILED"
      console.log(`${mark}  ${title}${note && ` (${note})`}  ${toDuration(performance.now() - from)}`)
      if (problems.length > 0) {
        failed += 1
        console.log(problems.map((problem) => problem.replace(/^/gm, "        ")).join("\n"))
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work))
  const passed = checks.length - failed
  console.log(`\n${passed} checks passed, ${failed} failed in ${toDuration(performance.now() - startedAt)}`)
  process.exitCode = failed === 0 ? 0 : 1
}

exitForHelp({
  usage: `npm run check: ${checks.map(([title]) => title).join(", ")}.

It takes no arguments and changes nothing; "npx biome check --write <files>" formats.`,
})
await runChecks()
