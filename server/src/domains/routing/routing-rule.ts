import type { RuleAction, RuleMatch, SplitTarget } from "@sluice/protocol/routing-rule"

/** What a rule is told to be; priority null: behind all others. */
export interface RuleDraft {
  readonly name: string
  readonly priority: number | null
  readonly enabled: boolean
  readonly match: RuleMatch
  readonly action: RuleAction
}

/** A rule as it is stored. Ids are UUIDs. */
export interface RoutingRule extends RuleDraft {
  readonly id: string
  readonly organizationId: string
  readonly projectId: string
  readonly priority: number
  /** Grows with every change. */
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** The conditions that are set, and nothing else. */
export function toSetConditions(match: RuleMatch): RuleMatch {
  const { metadata, prompt_bytes, ...others } = match
  const keys = metadata && Object.keys(metadata).length > 0 ? { metadata } : {}
  const size = withoutUnset(prompt_bytes ?? {})
  return { ...withoutUnset(others), ...keys, ...(Object.keys(size).length > 0 ? { prompt_bytes: size } : {}) }
}

/** The fields of an action that are set, and nothing else. */
export function toSetAction({ split, ...target }: RuleAction): RuleAction {
  return split ? { split: split.map((one) => withoutUnset(one) as SplitTarget) } : withoutUnset(target)
}

/** The targets of an action with their weights; a single one has all the weight. */
export const targetsOf = (action: RuleAction): readonly SplitTarget[] =>
  action.split ?? [{ weight: 1, provider: action.provider, model: action.model }]

function withoutUnset<Fields extends object>(fields: Fields): Partial<Fields> {
  const set = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(set) as Partial<Fields>
}
