import "./require-node.mjs"
import { readOptions, usage } from "../bench/options.mjs"
import { build, root } from "./build.mjs"
import { ensureInstalled } from "./install.mjs"

/** `npm run bench`: installs and builds what changed, then runs what bench/ holds. `npm run bench -- --help` explains it. */
async function bench() {
  const options = readOptions(process.argv.slice(2))
  if (options.help) {
    console.log(usage)
    return 0
  }
  await ensureInstalled(root)
  await build()
  const { stop } = await import("esbuild")
  await stop()
  if (options.command === "profile") return (await import("../bench/profile.mjs")).profile(options)
  return (await import("../bench/main.mjs")).compare(options)
}

bench().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error.message)
    process.exit(1)
  },
)
