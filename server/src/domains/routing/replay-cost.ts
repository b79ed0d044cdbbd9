import { costPlaces, formatDecimal, type PricedExchange, parseDecimal, type ReckonedCost } from "../catalog/index.ts"
import { type RecordedRequest, type RoutePlace, wentAs } from "./recorded-request.ts"
import type { ReplayDeps } from "./replay-requests.ts"
import type { RoutingKnowledge } from "./routing-knowledge.ts"

/** Sums in USD as exact decimal text; the difference is below zero for a saving. */
export interface CostDifference {
  /** Requests in these sums: those whose cost is known at both places. */
  readonly requests: number
  readonly withoutRulesUsd: string
  readonly withRulesUsd: string
  readonly differenceUsd: string
}

/** A request's cost at both places in 1e-12 USD; null: not known at one of them. */
export type KnownCost = { readonly without: bigint; readonly with: bigint } | null

/** Adds up what requests cost without rules and with them. */
export class CostSum {
  readonly #reckon: (exchange: PricedExchange) => ReckonedCost
  readonly #organizationId: string
  readonly #knowledge: RoutingKnowledge
  #requests = 0
  #without = 0n
  #with = 0n

  constructor(deps: ReplayDeps) {
    this.#organizationId = deps.organizationId
    this.#knowledge = deps.knowledge
    this.#reckon = deps.reckon
  }

  add(request: RecordedRequest, from: RoutePlace, to: RoutePlace): KnownCost {
    const without = this.#costAt(request, from)
    const stays = from.provider === to.provider && from.model === to.model
    const along = stays ? without : this.#costAt(request, to)
    const known = without === null || along === null ? null : { without, with: along }
    this.addKnown(known)
    return known
  }

  addKnown(known: KnownCost): void {
    if (!known) return
    this.#requests += 1
    this.#without += known.without
    this.#with += known.with
  }

  difference(): CostDifference {
    return {
      requests: this.#requests,
      withoutRulesUsd: toUsd(this.#without),
      withRulesUsd: toUsd(this.#with),
      differenceUsd: toUsd(this.#with - this.#without),
    }
  }

  /** What was paid where it went; elsewhere the same tokens at that place's price. */
  #costAt(request: RecordedRequest, place: RoutePlace): bigint | null {
    const went = place.provider === request.provider && place.model === wentAs(request, this.#knowledge)
    const cost = went ? request.costUsd : this.#estimate(request, place)
    return cost === null ? null : parseDecimal(cost, costPlaces)
  }

  #estimate(request: RecordedRequest, place: RoutePlace): string | null {
    const own = this.#knowledge.customModels.get(place.model)
    return this.#reckon({
      organization_id: this.#organizationId,
      operation: request.operation,
      provider: place.provider,
      model_actual: place.model,
      model_response: null,
      custom_model_id: own?.provider === place.provider ? own.id : null,
      finished_at: request.finishedAt.getTime(),
      usage: request.usage,
      usage_source: request.usageSource,
    }).costUsd
  }
}

const toUsd = (value: bigint): string =>
  value < 0n ? `-${formatDecimal(-value, costPlaces)}` : formatDecimal(value, costPlaces)
