import type { ProviderName } from "@sluice/protocol/providers"
import type { RuleSkipReason } from "@sluice/protocol/routing-rule"
import { providerOfTarget, type RuleFacts, type RuleSubject } from "./hot.ts"
import type { RoutingKnowledge } from "./routing-knowledge.ts"

/** What is known of a request that is not there: it was described, or recorded. */
export interface RequestDescription extends RuleFacts {
  readonly provider: ProviderName | null
  readonly stickyKey: string | null
  /** The provider that the caller's own key is for; null: none was sent. */
  readonly callerProvider: ProviderName | null
}

/** Such a request on its way through the rules. Which models its key may use is not known and refuses nothing. */
export class DescribedRequest implements RuleSubject {
  readonly feature: string | null
  readonly task: string | null
  readonly provider: ProviderName | null
  readonly model: string | null
  readonly environment: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly promptBytes: number | null
  readonly streaming: boolean | null
  readonly hasTools: boolean | null
  readonly stickyKey: string | null
  readonly #callerProvider: ProviderName | null
  readonly #knowledge: RoutingKnowledge

  constructor(description: RequestDescription, knowledge: RoutingKnowledge) {
    this.feature = description.feature
    this.task = description.task
    this.provider = description.provider
    this.model = description.model
    this.environment = description.environment
    this.metadata = description.metadata
    this.promptBytes = description.promptBytes
    this.streaming = description.streaming
    this.hasTools = description.hasTools
    this.stickyKey = description.stickyKey
    this.#callerProvider = description.callerProvider
    this.#knowledge = knowledge
  }

  providerOf(model: string): ProviderName | null {
    const own = this.#knowledge.customModels.get(model)
    return own?.provider ?? providerOfTarget(this.#knowledge.catalog, this, model)
  }

  refusal(provider: ProviderName | null, model: string | null): RuleSkipReason | null {
    if (provider === null) return null
    const { reachable, customModels, protocolOf } = this.#knowledge
    const own = model === null ? undefined : customModels.get(model)
    const opens = own?.provider === provider ? own.isReachable : reachable.has(provider)
    if (!opens && provider !== this.#callerProvider) return "no_credential"
    if (this.provider !== null && protocolOf(provider) !== protocolOf(this.provider)) return "translation_unavailable"
    return null
  }
}
