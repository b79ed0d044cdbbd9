import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

/**
 * The file of the counting thread: beside us once bundled; made from its source when we run from sources, because a
 * thread is not read through the loader of whoever starts it.
 */
export async function locateWorker(): Promise<URL> {
  if (!import.meta.url.endsWith(".ts")) return new URL("./tokeniser-worker.js", import.meta.url)
  const { build } = await import("esbuild")
  const result = await build({
    entryPoints: [fileURLToPath(new URL("./tokeniser-worker.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "silent",
    write: false,
  })
  const text = result.outputFiles[0]?.text ?? ""
  const folder = cacheFolder()
  const file = join(folder, `tokeniser-worker-${createHash("sha256").update(text).digest("hex").slice(0, 16)}.mjs`)
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true })
    const unfinished = `${file}.${process.pid}`
    await writeFile(unfinished, text)
    await rename(unfinished, file)
  }
  return pathToFileURL(file)
}

/** A place for what is made from sources and can be thrown away, inside the nearest `node_modules`. */
function cacheFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, "node_modules"))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error("no node_modules folder above the server's sources")
    folder = parent
  }
  return join(folder, "node_modules", ".cache", "sluice")
}
