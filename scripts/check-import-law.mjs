import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { listFiles } from "./fingerprint.mjs"
import { runCommand } from "./run-command.mjs"

const folders = ["protocol", "server/src", "simulator/src", "dashboard/src", "e2e"]

/** A gateway file that reaches the database through a file of the platform: forbidden however indirect. */
const planted = {
  path: "server/src/gateway/planted-violation.ts",
  content: 'import { organizations } from "../platform/database/schema.ts"\n\nexport const planted = organizations\n',
  rule: "hot-path-never-reaches-storage",
}

/**
 * The import law, and two proofs that it is being applied: the tool must have read at least as many files as there are, and must
 * object to a violation that is planted for the occasion (a tool that resolves nothing finds nothing wrong).
 */
export async function checkImportLaw(root) {
  const [{ problems, note }, guard] = [await cruise(root), await checkPlantedViolation(root)]
  return { problems: [...problems, ...guard], note }
}

async function cruise(root) {
  const wanted = listFiles(root, folders).filter((path) => /\.tsx?$/.test(path)).length
  const report = await runCruiser(root, root)
  const problems = report.summary.violations
    .filter(({ rule }) => rule.severity === "error")
    .map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)
  const read = report.modules.filter(({ source }) => /\.tsx?$/.test(source) && !source.includes("node_modules")).length
  if (read < wanted) problems.push(`only ${read} of ${wanted} TypeScript files were read: the law is not being applied`)
  return { problems, note: `${read} files` }
}

/** In a copy of just enough of the tree, so that nobody else ever sees the planted file. */
async function checkPlantedViolation(root) {
  const copy = join(root, "node_modules", ".sluice-import-law")
  rmSync(copy, { recursive: true, force: true })
  try {
    const write = (path, content) => {
      mkdirSync(dirname(join(copy, path)), { recursive: true })
      writeFileSync(join(copy, path), content)
    }
    write(planted.path, planted.content)
    write("server/src/platform/database/schema.ts", "export const organizations = {}\n")
    write("tsconfig.json", "{}\n")
    const { summary } = await runCruiser(root, copy)
    if (summary.violations.some(({ rule }) => rule.name === planted.rule)) return []
    return [`a planted violation of ${planted.rule} was not caught`]
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

async function runCruiser(root, cwd) {
  const tool = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs")
  const present = folders.filter((folder) => existsSync(join(cwd, folder)))
  const args = ["--config", join(root, ".dependency-cruiser.cjs"), "--output-type", "json", ...present]
  const { output } = await runCommand(process.execPath, ["--no-warnings", tool, ...args], { cwd })
  const from = output.indexOf("{")
  if (from < 0) throw new Error(`dependency-cruiser says: ${output.trim()}`)
  return JSON.parse(output.slice(from, output.lastIndexOf("}") + 1))
}
