import { build, root } from "./build.mjs"
import { ensureInstalled } from "./install.mjs"

/**
 * Installs and builds what changed, then becomes the product: it runs in this same process, so that a signal sent to
 * `npm start` reaches it without a middleman.
 */
export async function runProduct(command) {
  try {
    await ensureInstalled(root)
    await build()
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
  process.argv.splice(2, 0, command)
  await import("../server/dist/main.js")
}
