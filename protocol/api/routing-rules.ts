import { z } from "zod"
import { type ProviderName, providerNames } from "../providers.ts"
import { maxRules, RuleAction, RuleMatch, type RuleSkipReason } from "../routing-rule.ts"

/** Something that will keep a rule from doing what it says, as far as is known now. */
export interface RuleWarning {
  readonly code: "no_credential" | "translation_unavailable"
  /** A sentence for people: what, and what to do. */
  readonly message: string
}

/** A routing rule as the API shows it: of `match` and `action` only what is set. */
export interface RoutingRuleBody {
  readonly id: string
  readonly name: string
  readonly priority: number
  readonly enabled: boolean
  readonly match: RuleMatch
  readonly action: RuleAction
  readonly warnings: readonly RuleWarning[]
  /** Grows with every change; in quotation marks it is the rule's `ETag`, to be sent back as `If-Match`. */
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
}

const name = z.string().trim().min(1).max(100)

/** Largest priority. */
export const maxPriority = 1_000_000

const priority = z.number().int().min(0).max(maxPriority)

/** `POST routing-rules`. Without a priority the rule comes behind all others. */
export const CreateRoutingRule = z.strictObject({
  name,
  priority: priority.nullish(),
  enabled: z.boolean().default(true),
  match: RuleMatch.default({}),
  action: RuleAction,
})
export type CreateRoutingRule = z.infer<typeof CreateRoutingRule>

/** `PATCH routing-rules/{id}`: what is given replaces what there was, `match` and `action` as a whole. */
export const UpdateRoutingRule = z.strictObject({
  name: name.optional(),
  priority: priority.optional(),
  enabled: z.boolean().optional(),
  match: RuleMatch.optional(),
  action: RuleAction.optional(),
})
export type UpdateRoutingRule = z.infer<typeof UpdateRoutingRule>

/** `POST routing-rules/reorder`: every rule of the project, once, in the wanted order. */
export const ReorderRoutingRules = z.strictObject({ ids: z.array(z.string().max(64)).min(1).max(maxRules) })
export type ReorderRoutingRules = z.infer<typeof ReorderRoutingRules>

const text = z.string().min(1).max(256).nullish()

/** `POST routing-rules/evaluate`: a request in the fields of `match`. Without a provider it is found as the gateway would. */
export const EvaluateRoutingRules = z.strictObject({
  feature: text,
  task: text,
  provider: z.enum(providerNames).nullish(),
  model: text,
  environment: text,
  metadata: z.record(z.string().min(1).max(128), z.union([z.string().max(2048), z.number(), z.boolean()])).nullish(),
  prompt_bytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish(),
  streaming: z.boolean().default(false),
  has_tools: z.boolean().default(false),
  /** What a split keeps at one target: the session, else the user. Without both, chance decides. */
  session: text,
  user: text,
})
export type EvaluateRoutingRules = z.infer<typeof EvaluateRoutingRules>

/** A rule whose conditions held, and why it was passed over. */
export interface SkippedRuleBody {
  readonly rule_id: string
  readonly reason: RuleSkipReason
}

/** What the rules would do with a request. `provider` and `model` are null where the description does not say. */
export interface EvaluationBody {
  /** Null: no rule applies, the request goes where it would have gone. */
  readonly rule_id: string | null
  readonly provider: ProviderName | null
  readonly model: string | null
  readonly rule_skipped: readonly SkippedRuleBody[]
  /** Every rule in order; `reason` is a sentence for people. */
  readonly considered: readonly { readonly rule_id: string; readonly matched: boolean; readonly reason: string }[]
}

/** Requests a replay looks at, at most. */
export const maxReplayed = 1000

/** `POST routing-rules/replay`: the newest recorded requests, taken through the rules as they are now. */
export const ReplayRoutingRules = z.strictObject({
  limit: z.number().int().min(1).max(maxReplayed).default(200),
  /** Takes rules that are not enabled as if they were. */
  include_disabled: z.boolean().default(false),
})
export type ReplayRoutingRules = z.infer<typeof ReplayRoutingRules>

/** A place a request can go to. */
export interface RoutePlaceBody {
  readonly provider: string
  readonly model: string
}

/** What rules would have changed of the bill; requests whose price is not known at both places are left out. */
export interface ReplayCostBody {
  /** Requests that are in these figures. */
  readonly requests: number
  readonly without_rules_usd: string
  readonly with_rules_usd: string
  /** With rules less without; below zero is a saving. */
  readonly difference_usd: string
}

/** What a replay found. Every figure of money is an estimate: another model counts and writes other tokens. */
export interface ReplayBody {
  readonly requests: number
  /** Of these, how many reached no provider or named no model, so that rules do not come into it. */
  readonly not_routable: number
  /** Starts of the oldest and the newest; null when there are none. */
  readonly from: string | null
  readonly to: string | null
  /** How many a rule would catch now, and how many one did when they were made. */
  readonly routed: number
  readonly routed_when_recorded: number
  readonly estimate: true
  readonly cost: ReplayCostBody
  readonly rules: readonly {
    readonly rule_id: string
    readonly caught: number
    readonly caught_when_recorded: number
    readonly skipped: readonly { readonly reason: RuleSkipReason; readonly requests: number }[]
    /** Requests from before tools were recorded, about which a condition on tools cannot be decided. */
    readonly undecided: number
    /** Where caught requests would go, most frequent first. */
    readonly routes: readonly {
      readonly from: RoutePlaceBody
      readonly to: RoutePlaceBody
      readonly requests: number
    }[]
    readonly cost: ReplayCostBody
  }[]
  /** Some of the requests that a rule would catch or had to pass over, newest first. */
  readonly sample: readonly {
    readonly request_id: string
    readonly started_at: string
    readonly rule_id: string | null
    readonly from: RoutePlaceBody
    readonly to: RoutePlaceBody
    readonly rule_skipped: readonly SkippedRuleBody[]
  }[]
}
