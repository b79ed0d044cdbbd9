import { hash } from "node:crypto"
import type { ProviderName } from "@sluice/protocol/providers"
import type { RuleSkipReason } from "@sluice/protocol/routing-rule"
import { type HotRule, type HotTarget, mismatchOf, type RuleFacts } from "./hot-rule.ts"

/** A request on its way through the rules: what they look at, and what only whoever holds it can answer. */
export interface RuleSubject extends RuleFacts {
  readonly provider: ProviderName | null
  readonly model: string | null
  /** What a split keeps together: the session, else the user; null: neither is known. */
  readonly stickyKey: string | null
  /** The provider a model goes to that a rule names without one. */
  providerOf(model: string): ProviderName | null
  /** Why the request may not go there; null: it may. */
  refusal(provider: ProviderName | null, model: string | null): RuleSkipReason | null
}

/** A rule whose conditions held, and why it was passed over. */
export interface SkippedRule {
  readonly rule: HotRule
  readonly reason: RuleSkipReason
}

/**
 * Where a request goes. `rule` null: where it would have gone without rules, which `provider` and `model` then are. They are
 * null only for a request that was described without them.
 */
export interface RoutingDecision {
  readonly rule: HotRule | null
  readonly provider: ProviderName | null
  readonly model: string | null
  readonly skipped: readonly SkippedRule[]
}

const none: readonly SkippedRule[] = []

/**
 * Takes a request through a project's rules, which are in their order: the first whose conditions hold and whose target it may
 * go to wins. A rule that cannot be followed is passed over with its reason; with none left the request goes on as it came.
 * The gateway, the dry run and the replay all decide here. Never throws.
 * @param random gives a number from 0 up to 1; asked only for a split without session and user
 */
export function decideRoute(rules: readonly HotRule[], subject: RuleSubject, random: () => number): RoutingDecision {
  let skipped: SkippedRule[] | null = null
  for (const rule of rules) {
    let reason: RuleSkipReason
    try {
      if (mismatchOf(rule, subject) !== null) continue
      const target = chooseTarget(rule, subject.stickyKey, random)
      const model = target.model ?? subject.model
      const provider = target.provider ?? (target.model === null ? subject.provider : subject.providerOf(target.model))
      const refusal = subject.refusal(provider, model)
      if (refusal === null) return { rule, provider, model, skipped: skipped ?? none }
      reason = refusal
    } catch {
      // Whatever is wrong with a rule is wrong with the rule; the request has nothing to do with it.
      reason = "not_evaluable"
    }
    skipped ??= []
    skipped.push({ rule, reason })
  }
  return { rule: null, provider: subject.provider, model: subject.model, skipped: skipped ?? none }
}

/**
 * The target of a rule for one request. In a split, the same key always gets the same target of the same rule, in every
 * process and after every start: its place among the weights is the first 48 bits of SHA-256 of the rule's UUID, a line
 * feed and the key, as a fraction of 2^48.
 */
export function chooseTarget(rule: HotRule, stickyKey: string | null, random: () => number): HotTarget {
  const [only] = rule.targets
  if (only && rule.targets.length === 1) return only
  const fraction = stickyKey === null ? random() : stickyFraction(rule.id, stickyKey)
  const at = fraction * rule.totalWeight
  for (const target of rule.targets) if (at < target.upTo) return target
  return rule.targets.at(-1) as HotTarget
}

const stickyFraction = (ruleId: string, key: string): number =>
  hash("sha256", `${ruleId}\n${key}`, "buffer").readUIntBE(0, 6) / 2 ** 48
