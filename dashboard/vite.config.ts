import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import tailwindcss from "@tailwindcss/vite"
import react from "@vitejs/plugin-react"
import { defineConfig, type Plugin } from "vite"

/** The architecture's budget for everything the first paint waits for. */
const entryBudgetKb = 250

/** Prints what the entry weighs, its static imports included, and fails the build when it is past the budget. */
function entryBudget(): Plugin {
  return {
    name: "entry-budget",
    apply: "build",
    writeBundle(options, bundle) {
      const wanted = new Set<string>()
      const collect = (name: string): void => {
        const piece = bundle[name]
        if (piece?.type !== "chunk" || wanted.has(name)) return
        wanted.add(name)
        for (const imported of piece.imports) collect(imported)
      }
      for (const [name, piece] of Object.entries(bundle)) if (piece.type === "chunk" && piece.isEntry) collect(name)
      let bytes = 0
      for (const name of wanted) bytes += gzipSync(readFileSync(join(options.dir ?? "dist", name))).length
      const kilobytes = bytes / 1024
      if (kilobytes > entryBudgetKb) {
        this.error(`the entry bundle is ${kilobytes.toFixed(1)} KB gzip; the budget is ${entryBudgetKb} KB`)
      }
      this.info(`entry bundle: ${kilobytes.toFixed(1)} KB gzip of ${entryBudgetKb} KB`)
    },
  }
}

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react(), tailwindcss(), entryBudget()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
  },
  server: { proxy: { "/api": "http://127.0.0.1:8485" } },
})
