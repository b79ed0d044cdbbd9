import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const corpus = fileURLToPath(new URL("corpus/", import.meta.url))

/** The kept inputs of a target: those that once found something, and those that lead deep into it. */
export function readCorpus(target: string): readonly Buffer[] {
  const folder = join(corpus, target)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)))
}
