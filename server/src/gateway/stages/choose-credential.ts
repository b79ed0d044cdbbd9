import type { ProviderName } from "@sluice/protocol/providers"
import type { Provider } from "../../providers/provider.ts"
import type { GatewayContext } from "../context.ts"
import { GatewayError } from "../errors.ts"
import type { Exchange } from "../exchange.ts"
import type { CallerCredential } from "../request-head.ts"
import type { GatewaySnapshot } from "../snapshot/gateway-snapshot.ts"

/** Prefixes that say whose key it is; a key that says so goes nowhere else. */
const owners: readonly (readonly [prefix: string, owner: ProviderName])[] = [
  ["sk-ant-", "anthropic"],
  ["sk-proj-", "openai"],
  ["gsk_", "groq"],
  ["AIza", "gemini"],
]

/**
 * Chooses what opens the provider's door: the project's stored credential, then one from the environment, then the key
 * the caller sent along. It becomes a header in the form this provider expects.
 */
export function chooseCredential(exchange: Exchange, context: GatewayContext): void {
  const snapshot = context.snapshot() as GatewaySnapshot
  const provider = exchange.provider as Provider
  const headers = exchange.head?.forward ?? []
  exchange.upstreamHeaders = headers
  const [stored] = snapshot.credentials(exchange.project?.id ?? "", provider.name)
  if (stored) {
    exchange.credential = stored
    exchange.credentialSource = stored.source
    headers.push(provider.credentialHeader, provider.credentialPrefix + snapshot.unsealSecret(stored))
    for (const [name, value] of Object.entries(stored.headers)) headers.push(name, value)
  } else useCallerCredential(exchange, provider)
  const root = stored?.baseUrl ?? snapshot.providerBaseUrl(provider.name) ?? provider.baseUrl
  if (root === null) {
    throw new GatewayError("invalid_provider", "a custom provider needs a stored credential, which names its base URL")
  }
  exchange.upstreamRoot = root
}

function useCallerCredential(exchange: Exchange, provider: Provider): void {
  const sent = exchange.head?.callerCredential ?? null
  if (!sent || !belongsTo(sent.secret, provider.name)) {
    throw new GatewayError(
      "no_credential",
      `this project has no credential for ${provider.title}; add one on the Providers page, ` +
        "or send your own provider key as usual and the Sluice key as X-Sluice-Key",
    )
  }
  exchange.credentialSource = "caller"
  exchange.upstreamHeaders.push(...callerHeader(sent, provider))
}

function belongsTo(secret: string, provider: ProviderName): boolean {
  const owner = owners.find(([prefix]) => secret.startsWith(prefix))
  return !owner || owner[1] === provider || provider === "custom"
}

/** The header a caller's key goes out in: the one it came in where the provider reads it, else the provider's own. */
function callerHeader(sent: CallerCredential, provider: Provider): readonly string[] {
  if (sent.header === "query")
    return provider.name === "gemini" ? [] : [provider.credentialHeader, provider.credentialPrefix + sent.secret]
  const readable =
    sent.header === provider.credentialHeader || (sent.header === "authorization" && provider.protocol !== "openai")
  return readable ? [sent.header, sent.value] : [provider.credentialHeader, provider.credentialPrefix + sent.secret]
}
