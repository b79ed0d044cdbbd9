import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Config } from "../config.ts"
import { toUrl } from "./to-url.ts"

const fileOf = (config: Config): string => join(config.dataDir, "api.url")

/** Writes down where the API serves, for commands that run beside it with another environment. */
export function rememberApiUrl(config: Config, url: string): void {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(fileOf(config), `${url}\n`)
}

/** Where the API serves or last served; what the configuration says when it never did. */
export function recallApiUrl(config: Config): string {
  try {
    return readFileSync(fileOf(config), "utf8").trim()
  } catch {
    return toUrl(config, config.apiPort)
  }
}
