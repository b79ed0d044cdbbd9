import "./require-node.mjs"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { withBuildLock } from "./build-lock.mjs"
import { fingerprint } from "./fingerprint.mjs"
import { ensureInstalled } from "./install.mjs"
import { withProgress } from "./progress.mjs"
import { runCommand } from "./run-command.mjs"

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const common = ["package-lock.json", "scripts/build.mjs"]

/** What there is to build: a folder of results, and the sources whose contents decide whether it is still good. */
const targets = {
  server: {
    title: "Building the server",
    sources: ["server/src", "protocol", "simulator/src", ...common],
    output: "server/dist",
    build: buildServer,
  },
  template: {
    title: "Preparing the embedded database (only when its schema changes)",
    sources: ["server/src/platform/database", "server/migrations", "package-lock.json"],
    output: "server/dist/template",
    build: buildTemplate,
  },
  simulator: {
    title: "Building the simulator",
    sources: ["simulator/src", "protocol", ...common],
    output: "simulator/dist",
    build: buildSimulator,
  },
  dashboard: {
    title: "Building the dashboard",
    sources: ["dashboard", "protocol", ...common],
    output: "dashboard/dist",
    build: buildDashboard,
  },
}

/** Every part that can be built, in the order of building. */
export const targetNames = Object.keys(targets)

/**
 * Builds those of the named parts whose sources changed since they were last built, and gives the names of these. Two
 * commands that build at the same time take turns.
 * @throws Error with the compiler's words
 */
export async function build(names = targetNames) {
  return withBuildLock(join(root, "node_modules", ".sluice-build"), async () => {
    const built = []
    for (const name of names) {
      const target = targets[name]
      const wanted = fingerprint(root, target.sources)
      const stampPath = join(root, target.output, ".fingerprint")
      if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === wanted) continue
      await withProgress(target.title, () => target.build())
      writeFileSync(stampPath, wanted)
      built.push(name)
    }
    return built
  })
}

/**
 * One bundle, split so that each process loads its own part only; packages stay outside, where their own files (workers,
 * WebAssembly) are found. Pieces lie beside main.js because a worker is found next to the file that starts it.
 */
async function buildServer() {
  await bundle("server/dist", {
    main: "server/src/main.ts",
    "embedded-worker": "server/src/platform/database/embedded-worker.ts",
    "build-template": "server/src/platform/database/template.ts",
    "tokeniser-worker": "server/src/gateway/tokeniser/tokeniser-worker.ts",
  })
}

async function buildSimulator() {
  await bundle("simulator/dist", { main: "simulator/src/main.ts" })
}

/** Our own packages are TypeScript without a build of their own: they are read from their sources, never left outside. */
const ownPackages = {
  name: "own-packages",
  setup(compiler) {
    compiler.onResolve({ filter: /^@sluice\// }, ({ path }) => {
      const [, workspace, file] = /^@sluice\/(protocol|simulator)\/(.+)$/.exec(path) ?? []
      if (!workspace) return { errors: [{ text: `${path} is not a part of the product that can be bundled` }] }
      return { path: join(root, workspace, workspace === "protocol" ? "" : "src", `${file}.ts`) }
    })
  },
}

async function bundle(output, entryPoints) {
  const { build: compile } = await import("esbuild")
  const { outputFiles } = await compile({
    absWorkingDir: root,
    entryPoints,
    outdir: output,
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    plugins: [ownPackages],
    sourcemap: true,
    legalComments: "none",
    logLevel: "silent",
    write: false,
  }).catch((error) => {
    throw new Error(`${output} does not build:\n${error.message}`)
  })
  replaceFiles(join(root, output), outputFiles)
}

/** A process that runs from this folder finds, at any moment, whole files; what is no longer made goes away last. */
function replaceFiles(folder, files) {
  mkdirSync(folder, { recursive: true })
  for (const file of files) {
    writeFileSync(`${file.path}.new`, file.contents)
    renameSync(`${file.path}.new`, file.path)
  }
  const made = new Set(files.map((file) => basename(file.path)))
  for (const name of readdirSync(folder)) {
    if (/\.js(\.map)?$/.test(name) && !made.has(name)) rmSync(join(folder, name))
  }
}

/** A data directory of an empty, migrated embedded database: copying it is what makes a first start quick. */
async function buildTemplate() {
  const folder = join(root, "server/dist/template")
  mkdirSync(folder, { recursive: true })
  const { buildTemplate: write } = await import(pathToFileURL(join(root, "server/dist/build-template.js")).href)
  await write(join(folder, "template.tar.gz"))
}

async function buildDashboard() {
  const vite = join(root, "node_modules/vite/bin/vite.js")
  const { code, output } = await runCommand(process.execPath, [vite, "build", "dashboard", "--logLevel", "warn"], {
    cwd: root,
    env: { NODE_ENV: "production", NO_COLOR: "1" },
  })
  if (code === 0) return
  const told = output.split("\n").filter((line) => !/^ {4}at /.test(line))
  throw new Error(`dashboard/dist does not build:\n${told.join("\n").trim()}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((name) => !targetNames.includes(name))
  try {
    if (unknown.length > 0)
      throw new Error(`nothing is called ${unknown.join(", ")}; there are ${targetNames.join(", ")}`)
    await ensureInstalled(root)
    const built = await build(wanted.length > 0 ? wanted : targetNames)
    console.log(built.length > 0 ? `Built: ${built.join(", ")}.` : "Nothing changed since the last build.")
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
