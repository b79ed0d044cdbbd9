import { build, root } from "./build.mjs"
import { ensureInstalled } from "./install.mjs"

/**
 * Which command is meant: `npm start -- owner-link` names one, while nothing and a flag are for the script's own. Gives the
 * words after it too.
 */
export function readCommand(own, words) {
  const [first] = words
  return own === "start" && first !== undefined && !first.startsWith("-") ? words : [own, ...words]
}

/**
 * Installs and builds what changed, then becomes the product: it runs in this same process, so that a signal sent to
 * `npm start` reaches it without a middleman.
 */
export async function runProduct(own) {
  try {
    await ensureInstalled(root)
    const built = await build()
    // The compiler's own process would otherwise stay for as long as the product runs.
    if (built.length > 0) await import("esbuild").then(({ stop }) => stop())
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
  process.argv.splice(2, Infinity, ...readCommand(own, process.argv.slice(2)))
  await import("../server/dist/main.js")
}
