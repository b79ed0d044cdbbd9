import "./require-node.mjs"
import { readSoakOptions, soak, soakUsage } from "../bench/soak.mjs"
import { build, root } from "./build.mjs"
import { ensureInstalled } from "./install.mjs"

/** `npm run soak`: installs and builds what changed, then keeps the product under load and watches its memory. */
async function run() {
  const options = readSoakOptions(process.argv.slice(2))
  if (options.help) {
    console.log(soakUsage)
    return 0
  }
  await ensureInstalled(root)
  const built = await build()
  if (built.length > 0) await import("esbuild").then(({ stop }) => stop())
  return soak(options)
}

run().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error.message)
    process.exit(1)
  },
)
