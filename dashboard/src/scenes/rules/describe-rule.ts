import type { RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import type { RuleTarget } from "@sluice/protocol/routing-rule"

/** A condition in two words or three: what is looked at, and what it must be. */
export interface ConditionWords {
  readonly name: string
  readonly value: string
}

/** The conditions of a rule for people; empty: it matches every request. */
export function describeConditions({ match }: Pick<RoutingRuleBody, "match">): readonly ConditionWords[] {
  const words: ConditionWords[] = []
  const say = (name: string, value: string | null | undefined) => {
    if (value !== null && value !== undefined) words.push({ name, value })
  }
  say("feature", match.feature)
  say("task", match.task)
  say("provider", match.provider)
  say("model", match.model)
  say("environment", match.environment)
  for (const [key, value] of Object.entries(match.metadata ?? {})) say(`metadata ${key}`, value)
  say("prompt", describeSize(match.prompt_bytes?.gte ?? null, match.prompt_bytes?.lte ?? null))
  if (typeof match.streaming === "boolean") say("streaming", match.streaming ? "yes" : "no")
  if (typeof match.has_tools === "boolean") say("tools", match.has_tools ? "offered" : "none")
  return words
}

function describeSize(from: number | null, to: number | null): string | null {
  if (from !== null && to !== null) return `${from.toLocaleString("en")}–${to.toLocaleString("en")} bytes`
  if (from !== null) return `${from.toLocaleString("en")} bytes or more`
  return to === null ? null : `${to.toLocaleString("en")} bytes or fewer`
}

/** A target for people: `groq · llama-3.3-70b`, or what of it changes. */
export function describeTarget({ provider, model }: RuleTarget): string {
  if (provider && model) return `${provider} · ${model}`
  return model ?? (provider ? `${provider}, same model` : "nowhere else")
}

/** A target of a rule: its place among them, from 1, and its share in percent. */
export interface TargetWords {
  readonly place: number
  readonly target: string
  readonly percent: number
}

/** The targets of a rule with their shares; one target has all. */
export function describeTargets({ action }: Pick<RoutingRuleBody, "action">): readonly TargetWords[] {
  if (!action.split) return [{ place: 1, target: describeTarget(action), percent: 100 }]
  const total = action.split.reduce((sum, { weight }) => sum + weight, 0)
  return action.split.map((target, index) => ({
    place: index + 1,
    target: describeTarget(target),
    percent: Math.round((target.weight / total) * 1000) / 10,
  }))
}
