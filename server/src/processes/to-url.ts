import type { Config } from "../config.ts"

/** The address people and programs on this machine use for a port of ours. */
export function toUrl({ host, tls }: Pick<Config, "host" | "tls">, port: number): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host
  const name = reachable.includes(":") ? `[${reachable}]` : reachable
  return `${tls ? "https" : "http"}://${name}:${port}`
}
