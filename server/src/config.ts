import { isIP } from "node:net"
import { resolve } from "node:path"
import { type ProviderName, providerNames } from "@sluice/protocol/providers"
import type { z } from "zod"
import { isSecret, type VariableName, variables } from "./config-variables.ts"
import { nearestName } from "./nearest-name.ts"
import { baseUrlVariables, credentialVariables } from "./provider-variables.ts"

/** What an installation was told, checked and with its defaults. Paths are absolute; times are milliseconds. */
export interface Config {
  readonly host: string
  readonly gatewayPort: number
  readonly apiPort: number
  readonly metricsPort: number
  readonly dataDir: string
  readonly gatewayProcesses: number
  /** Null: the embedded database in `dataDir`. */
  readonly databaseUrl: string | null
  readonly appRole: string | null
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent"
  readonly bootstrapKey: string | null
  readonly environmentCredentials: readonly EnvironmentCredential[]
  /** Roots without a trailing slash, for providers whose own is overridden. */
  readonly providerBaseUrls: Readonly<Partial<Record<ProviderName, string>>>
  /** The API's and dashboard's address as people see it, without a trailing slash. */
  readonly publicUrl: string | null
  /** Where applications reach the gateway, as the Quickstart shows it; null: its own address. */
  readonly gatewayUrl: string | null
  /** Addresses or CIDR ranges whose `X-Forwarded-*` is believed. */
  readonly trustedProxies: readonly string[]
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  /** `http(s)://…`, or `unix:<path>` on one machine. Null: the socket in `dataDir`. */
  readonly controlUrl: string | null
  /** Where gateways on other machines reach control, beside the socket; null: nowhere. */
  readonly controlPort: number | null
  readonly controlToken: string | null
  readonly masterKey: string | null
  readonly masterKeyFile: string | null
  /** Whether providers may be at private addresses, for a process that knows its database: what was said, else the embedded one's yes. */
  readonly allowPrivateUpstreams: boolean
  /** What was said of it; null: nothing. A gateway on its own knows no database and takes nothing said for a no. */
  readonly privateUpstreamsSaid: boolean | null
  readonly maxBodyBytes: number
  /** Open to one gateway process at once; 0 means no bound of ours. */
  readonly connections: { readonly total: number; readonly perAddress: number }
  readonly maxUploadBytes: number
  readonly spoolMaxBytes: number
  readonly ringRecords: number
  readonly snapshotMaxAgeSeconds: number
  readonly snapshotStalePolicy: "serve" | "refuse"
  readonly timeouts: {
    readonly connectMs: number
    readonly firstByteMs: number
    readonly idleMs: number
    readonly totalMs: number
    readonly requestTotalMs: number
  }
  readonly stopGraceMs: number
  /** Between scheduled backups; null: none are made. */
  readonly backupEveryMs: number | null
  readonly backupKeep: number
  /** This gateway process's name in pipeline health and in the spool. Null: the process chooses. */
  readonly instance: string | null
  readonly demo: boolean
}

/** A provider key found in the environment: used, never stored. */
export interface EnvironmentCredential {
  readonly provider: ProviderName
  readonly variable: string
  readonly secret: string
  /** Azure's endpoint and API version, where the environment names them. */
  readonly baseUrl?: string
  readonly options?: Readonly<Record<string, string>>
}

/** The configuration, or every mistake in it: one line each, naming the variable, what is wrong and what is expected. */
export type ConfigResult =
  | { readonly config: Config; readonly mistakes: readonly [] }
  | { readonly config: null; readonly mistakes: readonly string[] }

/** Names that others may use: tests of the product, kept out of the installation's own list. */
const foreignPrefix = "SLUICE_TEST_"
const ownPrefix = "SLUICE_"

type Values = { readonly [Name in VariableName]: z.infer<(typeof variables)[Name]["schema"]> }

/** The environment of this process. The one place that reads it; everything else is told. */
export function processEnvironment(): Readonly<NodeJS.ProcessEnv> {
  return process.env
}

/**
 * Reads the installation's configuration from an environment. A variable set to nothing counts as not set. No secret's
 * value is ever part of a mistake.
 */
export function readConfig(environment: Readonly<NodeJS.ProcessEnv>, workingDirectory: string): ConfigResult {
  const mistakes = unknownVariables(environment)
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(variables) as VariableName[]) {
    const text = environment[name]?.trim() || undefined
    const parsed = variables[name].schema.safeParse(text)
    if (parsed.success) values[name] = parsed.data
    else mistakes.push(toMistake(name, text ?? ""))
  }
  if (mistakes.length === 0) mistakes.push(...contradictions(values as Values))
  if (mistakes.length > 0) return { config: null, mistakes }
  return { config: toConfig(values as Values, workingDirectory), mistakes: [] }
}

function toMistake(name: VariableName, text: string): string {
  const shown = isSecret(name) ? "its value (not shown)" : JSON.stringify(text.slice(0, 80))
  return `${name}: ${shown} is not accepted; expected ${variables[name].expected}.`
}

function unknownVariables(environment: Readonly<NodeJS.ProcessEnv>): string[] {
  const known = Object.keys(variables).filter((name) => name.startsWith(ownPrefix))
  return Object.keys(environment)
    .filter((name) => name.startsWith(ownPrefix) && !name.startsWith(foreignPrefix) && !known.includes(name))
    .sort()
    .map((name) => {
      const nearest = nearestName(withoutPrefix(name), known.map(withoutPrefix))
      const hint = nearest ? `did you mean SLUICE_${nearest}? Otherwise unset it` : "unset it"
      return `${name}: no such variable; ${hint}. "sluice help configuration" lists them all.`
    })
}

const withoutPrefix = (name: string) => name.slice(ownPrefix.length)

/** What no variable can tell alone. */
function contradictions(values: Values): string[] {
  const found: string[] = []
  if (!values.SLUICE_TLS_CERT_FILE !== !values.SLUICE_TLS_KEY_FILE) {
    const [set, missing] = values.SLUICE_TLS_CERT_FILE ? ["CERT", "KEY"] : ["KEY", "CERT"]
    found.push(`SLUICE_TLS_${missing}_FILE: not set, but SLUICE_TLS_${set}_FILE is; TLS needs both files.`)
  }
  if (values.SLUICE_MASTER_KEY && values.SLUICE_MASTER_KEY_FILE) {
    found.push("SLUICE_MASTER_KEY_FILE: set beside SLUICE_MASTER_KEY; expected one of the two.")
  }
  const control = values.SLUICE_CONTROL_URL
  if (control?.startsWith("http:") && !isLoopback(new URL(control).hostname)) {
    found.push("SLUICE_CONTROL_URL: plain http to another machine would show secrets; expected https://….")
  }
  if (control && !values.SLUICE_CONTROL_TOKEN) {
    found.push("SLUICE_CONTROL_TOKEN: not set, but SLUICE_CONTROL_URL is; expected the token of that control process.")
  }
  const ports = (["SLUICE_GATEWAY_PORT", "SLUICE_API_PORT", "SLUICE_METRICS_PORT"] as const).filter(
    (name) => values[name],
  )
  for (const [position, name] of ports.entries()) {
    const other = ports.slice(0, position).find((earlier) => values[earlier] === values[name])
    if (other) found.push(`${name}: ${values[name]} is also ${other}; expected a port of its own.`)
  }
  return found
}

/** Whether a host name or address cannot leave this machine. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, "")
  return address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."))
}

function toConfig(values: Values, workingDirectory: string): Config {
  const file = (path: string | undefined) => (path ? resolve(workingDirectory, path) : null)
  const certFile = file(values.SLUICE_TLS_CERT_FILE)
  const keyFile = file(values.SLUICE_TLS_KEY_FILE)
  return {
    host: values.SLUICE_HOST,
    gatewayPort: values.SLUICE_GATEWAY_PORT,
    apiPort: values.SLUICE_API_PORT,
    metricsPort: values.SLUICE_METRICS_PORT,
    dataDir: resolve(workingDirectory, values.SLUICE_DATA_DIR),
    gatewayProcesses: values.SLUICE_GATEWAY_PROCESSES,
    databaseUrl: values.DATABASE_URL ?? null,
    appRole: values.SLUICE_APP_ROLE ?? null,
    logLevel: values.SLUICE_LOG_LEVEL,
    bootstrapKey: values.SLUICE_BOOTSTRAP_KEY ?? null,
    environmentCredentials: toEnvironmentCredentials(values),
    providerBaseUrls: toProviderBaseUrls(values),
    publicUrl: values.SLUICE_PUBLIC_URL ?? null,
    gatewayUrl: values.SLUICE_GATEWAY_URL ?? null,
    trustedProxies: values.SLUICE_TRUSTED_PROXIES,
    tls: certFile && keyFile ? { certFile, keyFile } : null,
    controlUrl: values.SLUICE_CONTROL_URL ?? null,
    controlPort: values.SLUICE_CONTROL_PORT ?? null,
    controlToken: values.SLUICE_CONTROL_TOKEN ?? null,
    masterKey: values.SLUICE_MASTER_KEY ?? null,
    masterKeyFile: file(values.SLUICE_MASTER_KEY_FILE),
    // A server given by URL may be shared with strangers; an embedded one is somebody's own machine.
    allowPrivateUpstreams: values.SLUICE_ALLOW_PRIVATE_UPSTREAMS ?? !values.DATABASE_URL,
    privateUpstreamsSaid: values.SLUICE_ALLOW_PRIVATE_UPSTREAMS ?? null,
    maxBodyBytes: values.SLUICE_MAX_BODY_BYTES,
    connections: { total: values.SLUICE_MAX_CONNECTIONS, perAddress: values.SLUICE_MAX_CONNECTIONS_PER_ADDRESS },
    maxUploadBytes: values.SLUICE_MAX_UPLOAD_BYTES,
    spoolMaxBytes: values.SLUICE_SPOOL_MAX_BYTES,
    ringRecords: values.SLUICE_RING_RECORDS,
    snapshotMaxAgeSeconds: values.SLUICE_SNAPSHOT_MAX_AGE_SECONDS,
    snapshotStalePolicy: values.SLUICE_SNAPSHOT_STALE_POLICY,
    timeouts: {
      connectMs: values.SLUICE_TIMEOUT_CONNECT_MS,
      firstByteMs: values.SLUICE_TIMEOUT_FIRST_BYTE_MS,
      idleMs: values.SLUICE_TIMEOUT_IDLE_MS,
      totalMs: values.SLUICE_TIMEOUT_TOTAL_MS,
      requestTotalMs: values.SLUICE_TIMEOUT_REQUEST_MS,
    },
    stopGraceMs: values.SLUICE_STOP_GRACE_MS,
    backupEveryMs: toBackupInterval(values),
    backupKeep: values.SLUICE_BACKUP_KEEP,
    instance: values.SLUICE_INSTANCE ?? null,
    demo: values.SLUICE_DEMO,
  }
}

/** A server is backed up by whoever runs it, and made-up data by nobody, unless they say otherwise. */
function toBackupInterval({ SLUICE_BACKUP_EVERY: said, DATABASE_URL, SLUICE_DEMO }: Values): number | null {
  if (said !== undefined) return said
  return DATABASE_URL || SLUICE_DEMO ? null : 86_400_000
}

/** One per provider: where two variables name the same one (Gemini's and Google's), the first that is listed wins. */
function toEnvironmentCredentials(values: Values): EnvironmentCredential[] {
  const found = new Map<ProviderName, EnvironmentCredential>()
  for (const [variable, provider] of credentialVariables) {
    const secret = values[variable]
    if (!secret || found.has(provider)) continue
    found.set(provider, { provider, variable, secret, ...(provider === "azure" ? azurePlace(values) : {}) })
  }
  return [...found.values()]
}

/** Where Azure is, as its own clients read it; a key without an endpoint waits for one of the installation's. */
function azurePlace(values: Values): Pick<EnvironmentCredential, "baseUrl" | "options"> {
  const baseUrl = beforeOpenai(values.AZURE_OPENAI_ENDPOINT)
  const version = values.OPENAI_API_VERSION
  return { ...(baseUrl ? { baseUrl } : {}), ...(version ? { options: { api_version: version } } : {}) }
}

function toProviderBaseUrls(values: Values): Partial<Record<ProviderName, string>> {
  const roots: Partial<Record<ProviderName, string>> = {}
  for (const provider of providerNames) {
    const root = values[baseUrlVariables[provider]]
    if (root) roots[provider] = provider === "azure" ? beforeOpenai(root) : root
  }
  return roots
}

/** Azure's root without what its own clients put behind it. */
function beforeOpenai<Root extends string | undefined>(root: Root): Root {
  return root?.replace(/\/openai(\/v1)?$/, "") as Root
}
