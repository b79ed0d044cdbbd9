import type { ProviderName } from "@sluice/protocol/providers"
import type { HotCustomModel } from "../../domains/catalog/hot.ts"
import type { HotCredential } from "../../domains/identity/hot.ts"
import type { Provider } from "../../providers/provider.ts"
import { providers } from "../../providers/registry.ts"
import type { GatewayContext } from "../context.ts"
import { GatewayError } from "../errors.ts"
import type { Exchange } from "../exchange.ts"
import type { CallerCredential } from "../request-head.ts"
import type { GatewaySnapshot } from "../snapshot/gateway-snapshot.ts"

/** Prefixes that say whose key it is, the longer first; a key that says so goes nowhere else. */
const owners: readonly (readonly [prefix: string, owners: readonly ProviderName[]])[] = [
  ["sk-ant-", ["anthropic"]],
  ["sk-proj-", ["openai"]],
  ["sk-svcacct-", ["openai"]],
  ["sk-admin-", ["openai"]],
  ["sk-or-", ["openrouter"]],
  ["gsk_", ["groq"]],
  ["AIza", ["gemini"]],
  ["xai-", ["xai"]],
  ["hf_", ["huggingface"]],
  ["tgp_", ["together"]],
  // OpenAI's older keys and DeepSeek's look alike; nobody else's do, but for servers of one's own.
  ["sk-", ["openai", "deepseek", "ollama"]],
]

/**
 * Chooses what opens the provider's door: the project's stored credential, then one from the environment, then the key
 * the caller sent along. It becomes a header in the form this provider expects. A custom model has its own, or none.
 */
export function chooseCredential(exchange: Exchange, context: GatewayContext): void {
  const snapshot = context.snapshot() as GatewaySnapshot
  const provider = exchange.provider as Provider
  const headers = exchange.head?.forward ?? []
  exchange.upstreamHeaders = headers
  const custom = exchange.customModel
  if (custom?.baseUrl) {
    // A server that asks for no key is sent none: whose the caller's own is, nobody knows.
    exchange.upstreamRoot = custom.baseUrl
    return
  }
  const stored = custom?.credentialId ? credentialOf(custom, snapshot) : projectCredential(exchange, snapshot, provider)
  exchange.upstreamRoot = rootOf(stored ?? null, snapshot, provider)
  if (stored) {
    exchange.credential = stored
    exchange.credentialSource = stored.source
    headers.push(provider.credentialHeader, provider.credentialPrefix + snapshot.unsealSecret(stored))
    for (const [name, value] of Object.entries(stored.headers)) headers.push(name, value)
  } else useCallerCredential(exchange, provider)
}

/**
 * The first of the project's own and inherited credentials. Files and batches belong to the provider's account and not to a
 * project of ours, so one that other projects use too would show and delete theirs: for those it is passed over.
 */
function projectCredential(
  exchange: Exchange,
  snapshot: GatewaySnapshot,
  provider: Provider,
): HotCredential | undefined {
  const credentials = snapshot.credentials(exchange.project?.id ?? "", provider.name)
  const { operation } = exchange.endpoint
  if (operation !== "files" && operation !== "batches") return credentials[0]
  const own = credentials.find((credential) => !snapshot.isShared(credential))
  if (own || credentials.length === 0 || exchange.head?.callerCredential) return own
  throw new GatewayError(
    "no_credential",
    `the credential for ${provider.title} is shared with other projects, and files and batches belong to its account; ` +
      "add one for this project alone on the Providers page",
  )
}

/** Where the provider is: the credential says, or the installation, or everybody knows. */
function rootOf(stored: HotCredential | null, snapshot: GatewaySnapshot, provider: Provider): string {
  const root = stored?.baseUrl ?? snapshot.providerBaseUrl(provider.name) ?? provider.baseUrl
  if (root !== null) return root
  if (provider.name !== "azure") {
    throw new GatewayError("invalid_provider", "a custom provider needs a stored credential, which names its base URL")
  }
  throw new GatewayError(
    "azure_config_missing",
    "Azure OpenAI has no endpoint here: store a credential with the endpoint of your resource on the Providers page, " +
      "or start Sluice with AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY",
  )
}

/** The one credential that opens this model's server; another one would be handed to a stranger. */
function credentialOf(custom: HotCustomModel, snapshot: GatewaySnapshot): HotCredential {
  const found = findCredentialOf(custom, snapshot)
  if (found) return found
  throw new GatewayError(
    "no_credential",
    `the credential of the custom model ${JSON.stringify(custom.name)} is gone; choose another one for it on the Models page`,
    { param: "model" },
  )
}

function findCredentialOf(custom: HotCustomModel, snapshot: GatewaySnapshot): HotCredential | null {
  const found = snapshot.findCredential(custom.projectId, custom.credentialId ?? "")
  return found?.provider === custom.provider ? found : null
}

/** Whether `chooseCredential` would find what opens the door of a custom model's server. */
export function hasCredentialOfModel(exchange: Exchange, snapshot: GatewaySnapshot, custom: HotCustomModel): boolean {
  if (custom.baseUrl !== null) return true
  if (custom.credentialId !== null) return findCredentialOf(custom, snapshot) !== null
  return hasCredential(exchange, snapshot, providers[custom.provider])
}

/**
 * Whether `chooseCredential` would find anything that opens this provider's door. The caller's own key counts for the provider
 * that its prefix names; one that does not name exactly one counts for the provider the request was on its way to, and for no
 * other.
 */
export function hasCredential(exchange: Exchange, snapshot: GatewaySnapshot, provider: Provider): boolean {
  if (snapshot.credentials(exchange.project?.id ?? "", provider.name).length > 0) return true
  const secret = exchange.head?.callerCredential?.secret
  if (secret === undefined || (provider.baseUrl ?? snapshot.providerBaseUrl(provider.name)) === null) return false
  if (provider === exchange.provider) return belongsTo(secret, provider.name)
  const [owner, ...others] = ownersOf(secret) ?? []
  return owner === provider.name && others.length === 0
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
  const known = ownersOf(secret)
  return !known || known.includes(provider) || provider === "custom"
}

const ownersOf = (secret: string): readonly ProviderName[] | undefined =>
  owners.find(([prefix]) => secret.startsWith(prefix))?.[1]

/** The header a caller's key goes out in: the one it came in where the provider reads it, else the provider's own. */
function callerHeader(sent: CallerCredential, provider: Provider): readonly string[] {
  // Azure takes its keys and Entra ID's tokens as a bearer, too.
  const bearer = sent.header === "authorization" && (provider.protocol !== "openai" || provider.name === "azure")
  const readable = sent.header === provider.credentialHeader || bearer
  return readable ? [sent.header, sent.value] : [provider.credentialHeader, provider.credentialPrefix + sent.secret]
}
