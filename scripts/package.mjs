import "./require-node.mjs"
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { answerHelp } from "./answer-help.mjs"
import { build, root } from "./build.mjs"
import { ensureInstalled } from "./install.mjs"
import { lockForPackage } from "./lock-for-package.mjs"
import { runCommand } from "./run-command.mjs"
import { collectLicenses } from "./third-party-licenses.mjs"

const readJson = (path) => JSON.parse(readFileSync(join(root, path), "utf8"))

/** What goes in, as it lies here; everything else stays out. Source maps and what only builds are of no use to those who run. */
const contents = [
  ["server/dist", (path) => !/\.map$|\/\.fingerprint$|\/build-template\.js$/.test(path)],
  ["server/migrations", (path) => !/\/\d+_snapshot\.json$|\/README\.md$/.test(path)],
  ["dashboard/dist", (path) => !path.endsWith("/.fingerprint")],
  ["LICENSE", () => true],
  ["README.md", () => true],
]

const launcher = `#!/usr/bin/env node
import "./require-node.js"

// Loaded once the version is known to be right.
await import("../server/dist/main.js")
`

/**
 * Builds what changed and lays the package out in a new folder: ready to be packed, or to be run from after `npm ci` in it.
 * @throws Error with the reason when something does not build
 */
export async function layOutPackage(folder) {
  await ensureInstalled(root)
  await build()
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, "bin"), { recursive: true })
  for (const [path, isWanted] of contents) {
    cpSync(join(root, path), join(folder, path), { recursive: true, filter: (from) => isWanted(from) })
  }
  cpSync(join(root, "scripts/require-node.mjs"), join(folder, "bin/require-node.js"))
  cpSync(join(root, "scripts/healthcheck.mjs"), join(folder, "bin/healthcheck.js"))
  writeFileSync(join(folder, "bin/sluice.js"), launcher)
  chmodSync(join(folder, "bin/sluice.js"), 0o755)
  writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), collectLicenses(root))
  writeManifests(folder)
}

function writeManifests(folder) {
  const { version, description, license, engines } = readJson("package.json")
  const server = readJson("server/package.json")
  const own = ([name]) => !name.startsWith("@sluice/")
  const dependencies = Object.fromEntries(Object.entries(server.dependencies).filter(own))
  const manifest = {
    name: "sluice",
    version,
    description,
    license,
    type: "module",
    bin: { sluice: "bin/sluice.js" },
    engines,
    dependencies,
  }
  const write = (path, content) => writeFileSync(join(folder, path), `${JSON.stringify(content, null, 2)}\n`)
  write("package.json", manifest)
  // Where the product looks for its version, here as in a checkout.
  write("server/package.json", { name: server.name, version: server.version, type: "module", private: true })
  const packages = lockForPackage(readJson("package-lock.json").packages, "server", dependencies)
  const { name } = manifest
  const lock = { name, version, lockfileVersion: 3, requires: true }
  write("npm-shrinkwrap.json", { ...lock, packages: { "": manifest, ...packages } })
}

/**
 * Makes the tarball that `npm install` takes, in `dist-package/`, and gives its path.
 * @throws Error with npm's own words
 */
export async function makePackage(output = join(root, "dist-package")) {
  const folder = join(output, "sluice")
  await layOutPackage(folder)
  const { code, output: said } = await runCommand(
    "npm",
    ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", output],
    { cwd: folder },
  )
  if (code !== 0) throw new Error(`npm pack failed:\n${said.trim()}`)
  return join(output, JSON.parse(said)[0].filename)
}

const usage = `npm run package                        makes the tarball that npm install takes, in dist-package/
npm run package -- --folder FOLDER     lays the package out in FOLDER instead, which is emptied first`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const code = answerHelp({ usage, takesWords: true }, process.argv.slice(2))
  if (code !== null) process.exit(code)
  const [flag, folder] = process.argv.slice(2)
  try {
    if (flag === "--folder" && folder) {
      await layOutPackage(resolve(folder))
      console.log(`Laid out in ${resolve(folder)}; "npm ci --omit=dev --ignore-scripts" there makes it run.`)
    } else if (flag) throw new Error('"npm run package" takes nothing, or --folder and a path')
    else {
      const path = await makePackage()
      console.log(`${path}: ${statSync(path).size} bytes. Install it anywhere: npm install ${path}`)
    }
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
