import type { ProviderName } from "@sluice/protocol/providers"
import type { Dispatcher } from "undici"
import type { ProbeProvider, ProbeResult } from "../domains/identity/index.ts"
import type { Clock } from "../platform/clock.ts"
import { AddressRefused, createUpstreamPool } from "../platform/http.ts"
import { toAzureTarget } from "../providers/azure/azure-target.ts"
import type { Provider } from "../providers/provider.ts"
import { providers } from "../providers/registry.ts"

/** How a probe reaches providers. */
export interface ProbeOptions {
  readonly clock: Clock
  readonly connectTimeoutMs: number
  readonly allowPrivate: boolean
  /** Roots the installation overrides. */
  readonly baseUrls: Readonly<Partial<Record<ProviderName, string>>>
}

/** Of an answer, no more than this is read: an error's message is in it, a long list of models is not wanted. */
const readBytes = 64 * 1024

/** Tries a credential with one cheap call: the provider's list of models. Never throws; what went wrong is the result. */
export function createProbe(options: ProbeOptions): ProbeProvider {
  return async (probe) => {
    const { clock, baseUrls } = options
    const provider = providers[probe.provider]
    const root = probe.baseUrl ?? baseUrls[probe.provider] ?? provider.baseUrl
    if (root === null) return { status: null, latencyMs: 0, message: "This credential names no base URL." }
    const url = new URL(root)
    const startedAt = clock.monotonic()
    try {
      const pool = createUpstreamPool(url.origin, {
        connectTimeoutMs: options.connectTimeoutMs,
        allowPrivate: options.allowPrivate,
      })
      try {
        const answer = await pool.request({
          method: "GET",
          path: url.pathname.replace(/\/+$/, "") + probePath(provider, probe.options),
          headers: {
            ...provider.probe.headers,
            ...toProbeHeaders(probe.options),
            [provider.credentialHeader]: `${provider.credentialPrefix}${probe.secret}`,
          },
          signal: probe.signal,
        })
        const reason = await readReason(answer.body)
        const found = describe(answer.statusCode, reason, clock.monotonic() - startedAt)
        const proven = answer.statusCode >= 300 || !provider.probe.isOpen
        return proven ? found : { ...found, message: openAnswer }
      } finally {
        await pool.destroy()
      }
    } catch (error) {
      return { status: null, latencyMs: clock.monotonic() - startedAt, message: describeUnreached(error, url.host) }
    }
  }
}

/** What an answer means that everybody gets. */
const openAnswer = "The provider answers. It lists its models for everybody, so this says nothing of the secret."

/** Azure's dated versions have their own paths, as gateways call them. */
const probePath = (provider: Provider, { api_version: apiVersion }: Readonly<Record<string, string>>): string =>
  provider.name === "azure"
    ? toAzureTarget({ tail: "/models", deployment: null, query: "", apiVersion: apiVersion ?? null })
    : provider.probe.path

/** As gateways send them; see the identity domain's snapshot. */
export function toProbeHeaders({ organization, project }: Readonly<Record<string, string>>): Record<string, string> {
  return {
    ...(organization && { "openai-organization": organization }),
    ...(project && { "openai-project": project }),
  }
}

/** An answer's body as text; null when it is longer than an answer to a probe is read. */
export async function readText(body: Dispatcher.ResponseData["body"]): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > readBytes) return null
  }
  return Buffer.concat(chunks).toString()
}

/** The provider's own words for a failure: `error.message` in all of their formats; null when there are none. */
async function readReason(body: Dispatcher.ResponseData["body"]): Promise<string | null> {
  const text = await readText(body)
  try {
    const { error } = JSON.parse(text ?? "") as { error?: { message?: unknown } }
    return typeof error?.message === "string" ? error.message.slice(0, 300) : null
  } catch {
    return null
  }
}

function describe(status: number, reason: string | null, latencyMs: number): ProbeResult {
  const message =
    status < 300 ? "The provider accepts this credential." : `${explain(status)}${reason ? ` ${reason}` : ""}`
  return { status, latencyMs, message }
}

function explain(status: number): string {
  if (status === 401 || status === 403) return "The provider refuses this credential."
  if (status === 404) return "Nothing is there: is the base URL the part before /v1?"
  if (status === 429) return "The provider knows this credential but limits it now."
  if (status >= 300 && status < 400) return "The provider redirects, which is never followed: is the base URL right?"
  return status >= 500 ? "The provider has a problem of its own." : "The provider refuses the call."
}

/** Why a call got no answer, in a sentence for people. */
export function describeUnreached(error: unknown, host: string): string {
  if (error instanceof AddressRefused || (error instanceof Error && error.cause instanceof AddressRefused)) {
    return (error instanceof AddressRefused ? error : (error.cause as Error)).message
  }
  if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) {
    return `${host} did not answer in time.`
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error"
  return `${host} could not be reached (${code}).`
}
