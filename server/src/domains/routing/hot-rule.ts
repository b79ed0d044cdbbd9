import { toPublicId } from "@sluice/protocol/ids"
import type { ProviderName } from "@sluice/protocol/providers"
import type { RuleMatch } from "@sluice/protocol/routing-rule"
import type { RuleEntity } from "@sluice/protocol/snapshot"
import { compileGlob, type TextMatcher } from "./hot-glob.ts"

/** What rules look at of a request. Null: not said, or not known; no condition on it holds. */
export interface RuleFacts {
  readonly feature: string | null
  readonly task: string | null
  /** Where the request goes without any rule. */
  readonly provider: string | null
  /** As the provider names it: without a `provider/` prefix. */
  readonly model: string | null
  readonly environment: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly promptBytes: number | null
  readonly streaming: boolean | null
  readonly hasTools: boolean | null
}

/** A target with the sum of the weights up to and including its own. */
export interface HotTarget {
  readonly provider: ProviderName | null
  readonly model: string | null
  readonly upTo: number
}

/** A rule as requests meet it: its globs prepared, its weights summed up. */
export interface HotRule {
  readonly id: string
  /** `rul_…`. */
  readonly publicId: string
  readonly projectId: string
  readonly priority: number
  readonly feature: TextMatcher | null
  readonly task: TextMatcher | null
  readonly provider: TextMatcher | null
  readonly model: TextMatcher | null
  readonly environment: TextMatcher | null
  readonly metadata: readonly { readonly key: string; readonly matches: TextMatcher }[]
  readonly minBytes: number
  /** Infinity without an upper end. */
  readonly maxBytes: number
  readonly hasSize: boolean
  readonly streaming: boolean | null
  readonly hasTools: boolean | null
  /** At least one. */
  readonly targets: readonly HotTarget[]
  readonly totalWeight: number
}

/** A condition of a rule, by its name in the API. */
export type RuleCondition = keyof RuleMatch

/** Prepares a rule once, when it arrives. */
export function compileRule(entity: Pick<RuleEntity, "id" | "project_id" | "priority" | "match" | "targets">): HotRule {
  const { match } = entity
  let totalWeight = 0
  const targets = entity.targets.map(({ weight, provider, model }) => {
    totalWeight += weight
    return { provider: provider ?? null, model: model ?? null, upTo: totalWeight }
  })
  return {
    id: entity.id,
    publicId: toPublicId("routingRule", entity.id),
    projectId: entity.project_id,
    priority: entity.priority,
    feature: toMatcher(match.feature),
    task: toMatcher(match.task),
    provider: toMatcher(match.provider),
    model: toMatcher(match.model),
    environment: toMatcher(match.environment),
    metadata: Object.entries(match.metadata ?? {}).map(([key, glob]) => ({ key, matches: compileGlob(glob) })),
    minBytes: match.prompt_bytes?.gte ?? 0,
    maxBytes: match.prompt_bytes?.lte ?? Number.POSITIVE_INFINITY,
    hasSize: typeof (match.prompt_bytes?.gte ?? match.prompt_bytes?.lte) === "number",
    streaming: match.streaming ?? null,
    hasTools: match.has_tools ?? null,
    targets,
    totalWeight,
  }
}

const toMatcher = (glob: string | null | undefined): TextMatcher | null =>
  typeof glob === "string" ? compileGlob(glob) : null

/** The order in which rules are tried: lowest priority first, then the oldest. */
export function compareRules(a: Pick<HotRule, "priority" | "id">, b: Pick<HotRule, "priority" | "id">): number {
  return a.priority - b.priority || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** The first condition of the rule that does not hold, in the order of the API; null when all do. */
export function mismatchOf(rule: HotRule, facts: RuleFacts): RuleCondition | null {
  if (!fits(rule.feature, facts.feature)) return "feature"
  if (!fits(rule.task, facts.task)) return "task"
  if (!fits(rule.provider, facts.provider)) return "provider"
  if (!fits(rule.model, facts.model)) return "model"
  if (!fits(rule.environment, facts.environment)) return "environment"
  if (rule.metadata.length > 0 && !fitsMetadata(rule, facts.metadata)) return "metadata"
  if (rule.hasSize && !fitsSize(rule, facts.promptBytes)) return "prompt_bytes"
  if (rule.streaming !== null && rule.streaming !== facts.streaming) return "streaming"
  if (rule.hasTools !== null && rule.hasTools !== facts.hasTools) return "has_tools"
  return null
}

const fits = (matches: TextMatcher | null, text: string | null): boolean =>
  matches === null || (text !== null && matches(text))

const fitsSize = (rule: HotRule, bytes: number | null): boolean =>
  bytes !== null && bytes >= rule.minBytes && bytes <= rule.maxBytes

function fitsMetadata(rule: HotRule, metadata: RuleFacts["metadata"]): boolean {
  if (metadata === null) return false
  for (const { key, matches } of rule.metadata) {
    const text = Object.hasOwn(metadata, key) ? toText(metadata[key]) : null
    if (text === null || !matches(text)) return false
  }
  return true
}

/** A value as conditions compare it; null for what is neither text, number nor boolean. */
function toText(value: unknown): string | null {
  if (typeof value === "string") return value
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null
}
