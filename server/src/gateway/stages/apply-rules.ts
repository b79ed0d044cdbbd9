import type { ProviderName } from "@sluice/protocol/providers"
import type { RuleSkipReason } from "@sluice/protocol/routing-rule"
import { type HotCustomModel, providersOf } from "../../domains/catalog/hot.ts"
import { isModelAllowed } from "../../domains/identity/hot.ts"
import { decideRoute, providerOfTarget, type RuleSubject } from "../../domains/routing/hot.ts"
import { providers } from "../../providers/registry.ts"
import type { GatewayContext } from "../context.ts"
import type { Exchange } from "../exchange.ts"
import type { GatewaySnapshot } from "../snapshot/gateway-snapshot.ts"
import { hasCredential, hasCredentialOfModel } from "./choose-credential.ts"

/**
 * Sends the exchange where the project's routing rules say. Refuses nothing: a rule that cannot be followed is passed over,
 * and the exchange goes on as it came, with the reason in its record.
 */
export function applyRules(exchange: Exchange, context: GatewayContext): void {
  // A file or a batch is where it was made: what names no model goes nowhere else.
  if (exchange.modelActual === null) return
  const snapshot = context.snapshot() as GatewaySnapshot
  const rules = snapshot.rules(exchange.project?.id ?? "")
  if (rules.length === 0) return
  const { rule, provider, model, skipped } = decideRoute(rules, new RoutedExchange(exchange, snapshot), context.random)
  exchange.skippedRules = skipped
  if (!rule || provider === null || model === null) return
  exchange.rule = rule
  if (provider === exchange.provider?.name && model === nameOf(exchange)) return
  const custom = findTarget(exchange, snapshot, provider, model)
  exchange.customModel = custom
  exchange.provider = providers[provider]
  exchange.modelActual = custom?.upstreamModel ?? model
  exchange.providerUnknown = !custom && !providersOf(snapshot.catalog, model).includes(provider)
}

/** The name by which rules know the model: a custom one by the name that callers ask for. */
const nameOf = (exchange: Exchange): string | null => exchange.customModel?.name ?? exchange.modelActual

/** The project's own model that a target means; null: the provider's model of that name. */
function findTarget(
  exchange: Exchange,
  snapshot: GatewaySnapshot,
  provider: ProviderName,
  model: string,
): HotCustomModel | null {
  const own = snapshot.customModel(exchange.project?.id ?? "", model)
  return own?.provider === provider ? own : null
}

/** An exchange as rules see it. One is made where a project has rules, so that no closure is. */
class RoutedExchange implements RuleSubject {
  readonly feature: string | null
  readonly task: string | null
  readonly provider: ProviderName
  readonly model: string
  readonly environment: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly promptBytes: number
  readonly streaming: boolean
  readonly hasTools: boolean
  readonly stickyKey: string | null
  readonly #exchange: Exchange
  readonly #snapshot: GatewaySnapshot

  constructor(exchange: Exchange, snapshot: GatewaySnapshot) {
    const { head, key, facts, provider, endpoint } = exchange
    this.feature = head?.feature ?? null
    this.task = head?.task ?? null
    this.provider = provider?.name as ProviderName
    this.model = nameOf(exchange) ?? ""
    this.environment = key?.environment ?? null
    this.metadata = head?.metadata ?? null
    this.promptBytes = exchange.body?.length ?? 0
    this.streaming = endpoint.alwaysStreams || facts?.stream === true
    this.hasTools = facts?.hasTools === true
    this.stickyKey = head?.session ?? head?.user ?? null
    this.#exchange = exchange
    this.#snapshot = snapshot
  }

  providerOf(model: string): ProviderName | null {
    const own = this.#snapshot.customModel(this.#exchange.project?.id ?? "", model)
    return own?.provider ?? providerOfTarget(this.#snapshot.catalog, this, model)
  }

  refusal(name: ProviderName | null, model: string | null): RuleSkipReason | null {
    const exchange = this.#exchange
    const provider = name && providers[name]
    if (!provider || model === null || (model !== this.model && !canRename(exchange))) return "not_evaluable"
    const custom = findTarget(exchange, this.#snapshot, provider.name, model)
    const opens = custom
      ? hasCredentialOfModel(exchange, this.#snapshot, custom)
      : hasCredential(exchange, this.#snapshot, provider)
    if (!opens) return "no_credential"
    if (provider.protocol !== exchange.endpoint.protocol) return "translation_unavailable"
    return isModelAllowed(exchange.key?.models ?? null, model) ? null : "model_not_allowed"
  }
}

/**
 * Gemini's batches name the model in each of their parts, which only reading the whole body would find; a form's model may
 * come after bytes that were sent on.
 */
const canRename = ({ endpoint, upload }: Exchange): boolean =>
  !endpoint.route.endsWith(":batchEmbedContents") && (upload === null || upload.canRename)
