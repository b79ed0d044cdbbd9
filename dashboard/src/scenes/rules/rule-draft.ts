import type { RoutingRuleBody, UpdateRoutingRule } from "@sluice/protocol/api/routing-rules"
import type { ProviderName } from "@sluice/protocol/providers"
import type { RuleMatch } from "@sluice/protocol/routing-rule"

/** A target as it is typed in. */
export interface TargetDraft {
  /** Tells the rows of a form apart. */
  readonly key: number
  readonly provider: string
  readonly model: string
  readonly weight: string
}

/** A rule as it is typed in; an empty text is a condition that is not set. */
export interface RuleDraft {
  readonly name: string
  readonly feature: string
  readonly task: string
  readonly provider: string
  readonly model: string
  readonly environment: string
  /** `key=value`, one a line. */
  readonly metadata: string
  readonly minBytes: string
  readonly maxBytes: string
  readonly streaming: "" | "yes" | "no"
  readonly hasTools: "" | "yes" | "no"
  /** More than one is a split. */
  readonly targets: readonly TargetDraft[]
}

export const emptyTarget: TargetDraft = { key: 1, provider: "", model: "", weight: "1" }

export const emptyDraft: RuleDraft = {
  name: "",
  feature: "",
  task: "",
  provider: "",
  model: "",
  environment: "",
  metadata: "",
  minBytes: "",
  maxBytes: "",
  streaming: "",
  hasTools: "",
  targets: [emptyTarget],
}

/** A rule that is there, to be changed. */
export function toDraft({ name, match, action }: RoutingRuleBody): RuleDraft {
  const targets = action.split ?? [{ ...action, weight: 1 }]
  return {
    name,
    feature: match.feature ?? "",
    task: match.task ?? "",
    provider: match.provider ?? "",
    model: match.model ?? "",
    environment: match.environment ?? "",
    metadata: Object.entries(match.metadata ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join("\n"),
    minBytes: match.prompt_bytes?.gte?.toString() ?? "",
    maxBytes: match.prompt_bytes?.lte?.toString() ?? "",
    streaming: toChoice(match.streaming),
    hasTools: toChoice(match.has_tools),
    targets: targets.map(({ provider, model, weight }, index) => ({
      key: index + 1,
      provider: provider ?? "",
      model: model ?? "",
      weight: String(weight),
    })),
  }
}

const toChoice = (value: boolean | null | undefined) => (typeof value === "boolean" ? (value ? "yes" : "no") : "")

/** What is sent: only what is set. What the server will refuse is sent as it is, so that it says why. */
export function toRule(draft: RuleDraft): UpdateRoutingRule {
  const targets = draft.targets.map(({ provider, model, weight }) => ({
    weight: toNumber(weight),
    ...(provider ? { provider: provider as ProviderName } : {}),
    ...(model.trim() ? { model: model.trim() } : {}),
  }))
  const [only] = targets
  if (targets.length > 1 || !only) return { name: draft.name, match: toMatch(draft), action: { split: targets } }
  const { weight: _weight, ...target } = only
  return { name: draft.name, match: toMatch(draft), action: target }
}

/** A change of a rule: its conditions only where they were touched, because the form cannot show each one that can be stored. */
export function toRuleChange(rule: RoutingRuleBody, draft: RuleDraft): UpdateRoutingRule {
  const { match, ...rest } = toRule(draft)
  const isTouched = JSON.stringify(match) !== JSON.stringify(toMatch(toDraft(rule)))
  return isTouched ? { ...rest, match } : rest
}

function toMatch(draft: RuleDraft): RuleMatch {
  const match: Record<string, unknown> = {}
  for (const name of ["feature", "task", "provider", "model", "environment"] as const) {
    if (draft[name].trim()) match[name] = draft[name].trim()
  }
  const metadata = toMetadata(draft.metadata)
  if (Object.keys(metadata).length > 0) match.metadata = metadata
  const size = {
    ...(draft.minBytes.trim() ? { gte: toNumber(draft.minBytes) } : {}),
    ...(draft.maxBytes.trim() ? { lte: toNumber(draft.maxBytes) } : {}),
  }
  if (Object.keys(size).length > 0) match.prompt_bytes = size
  if (draft.streaming) match.streaming = draft.streaming === "yes"
  if (draft.hasTools) match.has_tools = draft.hasTools === "yes"
  return match as RuleMatch
}

/** Lines of `key=value`; a line without `=` asks for the key alone. */
export function toMetadata(text: string): Record<string, string> {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=")
      return at < 0 ? [line, "*"] : [line.slice(0, at).trim(), line.slice(at + 1).trim() || "*"]
    }),
  )
}

/** The number that was typed; what is none becomes null, which the server names. */
function toNumber(text: string): number {
  const number = Number(text.trim())
  return Number.isFinite(number) && text.trim() !== "" ? number : (null as unknown as number)
}
