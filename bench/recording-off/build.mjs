import { mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, "../..")

/** Beside installed packages, where packages are found and the benchmark's own are not; never a part of the product. */
const output = join(root, "node_modules/.sluice-bench/recording-off")

const replaced = {
  [join(root, "server/src/gateway/stages/record.ts")]: join(here, "record.ts"),
  [join(root, "server/src/gateway/answer-tap.ts")]: join(here, "answer-tap.ts"),
}

/** Whoever imports a replaced file gets its stand-in, except for the stand-in itself, which passes on the rest of it. */
const standIns = {
  name: "stand-ins",
  setup(compiler) {
    compiler.onResolve({ filter: /\/(record|answer-tap)\.ts$/ }, ({ path, resolveDir, importer }) => {
      const standIn = replaced[join(resolveDir, path)]
      return standIn && importer !== standIn ? { path: standIn } : undefined
    })
    compiler.onResolve({ filter: /^@sluice\// }, ({ path }) => {
      const [, workspace, file] = /^@sluice\/(protocol|simulator)\/(.+)$/.exec(path) ?? []
      return { path: join(root, workspace, workspace === "protocol" ? "" : "src", `${file}.ts`) }
    })
  },
}

/**
 * Builds the product's gateway with the two stand-ins of this folder and gives the path of its main.js. Everything else (authentication,
 * rules, limits, relay) is the product's own source.
 * @throws Error with the compiler's words
 */
export async function buildRecordingOff() {
  const { build, stop } = await import("esbuild")
  mkdirSync(output, { recursive: true })
  await build({
    absWorkingDir: root,
    entryPoints: {
      main: "server/src/main.ts",
      "tokeniser-worker": "server/src/gateway/tokeniser/tokeniser-worker.ts",
    },
    outdir: output,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: true,
    plugins: [standIns],
    logLevel: "silent",
  })
  await stop()
  return join(output, "main.js")
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildRecordingOff())
