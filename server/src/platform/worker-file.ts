import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

/**
 * The file to start a worker thread from. Bundled, it lies beside the bundle; from sources it is made, because a thread is not
 * read through the loader of whoever starts it.
 * @param source the thread's source as its neighbour sees it: `new URL("./x-worker.ts", import.meta.url)`
 * @throws Error when the source does not compile
 */
export async function locateWorker(source: URL): Promise<URL> {
  if (!import.meta.url.endsWith(".ts")) return new URL(source.href.replace(/\.ts$/, ".js"))
  const { build } = await import("esbuild")
  const result = await build({
    entryPoints: [fileURLToPath(source)],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "silent",
    write: false,
  })
  const text = result.outputFiles[0]?.text
  if (text === undefined) throw new Error(`${basename(source.pathname)} did not compile to a file`)
  const folder = cacheFolder()
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16)
  const file = join(folder, `${basename(source.pathname, ".ts")}-${digest}.mjs`)
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true })
    const unfinished = `${file}.${process.pid}`
    await writeFile(unfinished, text)
    await rename(unfinished, file)
  }
  return pathToFileURL(file)
}

/** A place for what is made from sources and can be thrown away, inside the nearest `node_modules`. */
export function cacheFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, "node_modules"))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error("no node_modules folder above the server's sources")
    folder = parent
  }
  return join(folder, "node_modules", ".cache", "sluice")
}
