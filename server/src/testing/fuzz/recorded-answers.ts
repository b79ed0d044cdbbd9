import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const providers = fileURLToPath(new URL("../../providers/", import.meta.url))

/** One recorded answer of a provider. */
export interface RecordedAnswer {
  readonly provider: string
  readonly file: string
  readonly bytes: Buffer
}

/** The providers' recorded answers whose file name ends so, e.g. `.sse`. */
export function recordedAnswers(ending: string): readonly RecordedAnswer[] {
  const all = readdirSync(providers, { recursive: true, encoding: "utf8" })
  return all
    .filter((path) => path.includes("recorded") && path.endsWith(ending))
    .sort()
    .map((path) => {
      const [provider = "", , file = ""] = path.split("/")
      return { provider, file, bytes: readFileSync(join(providers, path)) }
    })
}
