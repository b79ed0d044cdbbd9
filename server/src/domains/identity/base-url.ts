import { isIP } from "node:net"
import type { ProviderName } from "@sluice/protocol/providers"
import { refuseAddress } from "../../platform/refuse-address.ts"

/** A root as it is stored, or what is wrong with the one given. */
export type BaseUrl =
  | { readonly url: string; readonly mistake: null }
  | { readonly url: null; readonly mistake: string }

/** Names under which clouds offer their metadata services. */
const metadataNames = new Set(["metadata", "metadata.google.internal", "metadata.goog", "instance-data"])

/**
 * The root before `/v1` (before `/v1beta` for Gemini, before `/openai` for Azure) of a provider. A trailing slash or version that people copy along is
 * forgiven. Addresses that are never a provider are refused here with a reason; names are judged again when they resolve.
 */
export function normaliseBaseUrl(text: string, allowPrivate: boolean, provider?: ProviderName): BaseUrl {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !["http:", "https:"].includes(url.protocol)) return wrong("an http(s) URL such as https://host/path")
  if (url.username || url.password) return wrong("without a user name or password; the secret has its own field")
  if (url.search || url.hash || /[?#]/.test(text)) return wrong("without a query or fragment")
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "")
  if (metadataNames.has(host)) return { url: null, mistake: `${host} is a metadata service, never a provider` }
  const isLocalName = host === "localhost" || host.endsWith(".localhost")
  const refused = refuseAddress(isLocalName ? "127.0.0.1" : isIP(host) ? host : "192.0.2.1", allowPrivate)
  if (refused) return { url: null, mistake: refused }
  const version = provider === "azure" ? /\/openai(\/v1)?$/ : /\/v1(beta)?$/
  const path = url.pathname.replace(/\/+$/, "").replace(version, "").replace(/\/+$/, "")
  return { url: url.origin + path, mistake: null }
}

const wrong = (expected: string): BaseUrl => ({ url: null, mistake: `expected ${expected}` })
