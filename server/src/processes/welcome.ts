import type { Config } from "../config.ts"
import type { FirstStart } from "./messages.ts"

/** What is said once everything serves: where to go, and what to know. */
export function describeAddresses(addresses: Readonly<Record<string, string>>, config: Config): string {
  const store = config.databaseUrl ? "PostgreSQL server" : "embedded database: for trying and small installations"
  const rows: (readonly [string, string | undefined])[] = [
    ["Gateway", addresses.gateway && `${addresses.gateway}  (LLM traffic)`],
    ["Dashboard", config.publicUrl ?? addresses.api],
    ["API", addresses.api && `${addresses.api}/api/v1`],
    ["Metrics", addresses.metrics],
    ["Data", `${config.dataDir}  (${store})`],
    ["Keys", describeCredentials(config)],
  ]
  return rows
    .filter(([, value]) => value)
    .map(([title, value]) => `  ${title.padEnd(11)}${value}\n`)
    .join("")
}

function describeCredentials(config: Config): string {
  if (config.demo) return "none of yours is used: the providers are simulated"
  const names = config.environmentCredentials.map(({ variable, provider }) => `${provider} (${variable})`)
  return names.length > 0
    ? `${names.join(", ")}  (from the environment, never stored)`
    : "none from the environment; add them on the Providers page, or set OPENAI_API_KEY or the like"
}

/**
 * What a first start made. Its secrets are for a person at a terminal: anything else (a log, a file, a container's output) gets
 * the command that makes a link when it is wanted.
 */
export function describeFirstStart(
  made: FirstStart,
  isTerminal: boolean,
  config: Pick<Config, "demo" | "dataDir">,
): string {
  if (!isTerminal) {
    // A demonstration's folder is not where the command looks by itself.
    const where = config.demo ? `SLUICE_DATA_DIR=${config.dataDir} ` : ""
    return (
      `\nThis installation is new. Sign in as its owner with the link that this prints: ${where}sluice owner-link\n` +
      `(in a checkout: ${where}npm start -- owner-link)\n`
    )
  }
  const key = made.apiKey ? `  API key      ${made.apiKey}\n` : ""
  return `\nThis installation is new. Shown once, stored nowhere in clear:\n\n  Owner link   ${made.ownerLink}\n${key}\n`
}

/** Warnings about an address that others can reach. */
export function describeExposure(config: Config): string {
  const wide = !["127.0.0.1", "::1", "localhost"].includes(config.host)
  if (!wide || config.tls || config.trustedProxies.length > 0) return ""
  return (
    `Warning: SLUICE_HOST=${config.host} is reachable by others without TLS. Set SLUICE_TLS_CERT_FILE and ` +
    "SLUICE_TLS_KEY_FILE, or name the proxy in front with SLUICE_TRUSTED_PROXIES.\n"
  )
}
