import { z } from "zod"
import { type ProviderName, providerNames } from "./providers.ts"

/** Conditions of a text take globs up to this many characters. */
export const maxGlobLength = 256

/** Rules a project may have. A request looks at every enabled one in the worst case. */
export const maxRules = 100

/** Targets a split may have. */
export const maxSplitTargets = 10

/** Metadata keys a rule may ask for. */
export const maxMetadataKeys = 16

const glob = z.string().min(1).max(maxGlobLength)
const bytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/**
 * When a rule applies. Every condition that is set must hold; one that is absent or null holds for any request. Texts are
 * compared whole and with regard to case; `*` stands for any characters, also for none. A condition on something that a
 * request does not say (no feature, a metadata key it lacks) does not hold.
 */
export const RuleMatch = z.strictObject({
  /** `X-Sluice-Feature`. */
  feature: glob.nullish(),
  /** `X-Sluice-Task`. */
  task: glob.nullish(),
  /** The provider that the request would go to without any rule. */
  provider: glob.nullish(),
  /** The model that was asked for, without a `provider/` prefix. */
  model: glob.nullish(),
  /** The environment of the API key. */
  environment: glob.nullish(),
  /** Keys of `X-Sluice-Metadata` with what their values must be; numbers and booleans are compared as JSON writes them. */
  metadata: z
    .record(z.string().min(1).max(128), glob)
    .refine((keys) => Object.keys(keys).length <= maxMetadataKeys, { error: `at most ${maxMetadataKeys} keys` })
    .nullish(),
  /** The size of the request's body in bytes, both ends included. */
  prompt_bytes: z
    .strictObject({ gte: bytes.nullish(), lte: bytes.nullish() })
    .refine(({ gte, lte }) => (gte ?? 0) <= (lte ?? Number.MAX_SAFE_INTEGER), { error: "gte is larger than lte" })
    .nullish(),
  /** Whether the answer was asked for as a stream. */
  streaming: z.boolean().nullish(),
  /** Whether the request offers the model tools to call. */
  has_tools: z.boolean().nullish(),
})
export type RuleMatch = z.infer<typeof RuleMatch>

/**
 * Where a rule sends a request. Without a model it stays as it was asked for; without a provider it goes to the provider that
 * serves the model.
 */
export interface RuleTarget {
  readonly provider?: ProviderName | null | undefined
  readonly model?: string | null | undefined
}

const provider = z.enum(providerNames).nullish()
const model = z.string().min(1).max(256).nullish()

const hasTarget = (target: RuleTarget): boolean => Boolean(target.provider ?? target.model)

/** A target of a split; its share is its weight in the sum of all weights. */
export const SplitTarget = z
  .strictObject({ weight: z.number().int().min(1).max(1_000_000), provider, model })
  .refine(hasTarget, { error: "names neither a provider nor a model; give one or both" })
export type SplitTarget = z.infer<typeof SplitTarget>

/** What a rule does: one target, or a weighted split over several. */
export const RuleAction = z
  .strictObject({ provider, model, split: z.array(SplitTarget).min(1).max(maxSplitTargets).nullish() })
  .refine((action) => Boolean(action.split) !== hasTarget(action), {
    error: "takes a provider, a model or both, or else a split and nothing beside it",
  })
export type RuleAction = z.infer<typeof RuleAction>

/** Why a rule whose conditions held was passed over all the same. The request goes on as if the rule were not there. */
export const ruleSkipReasons = [
  "no_credential",
  "translation_unavailable",
  "model_not_allowed",
  "not_evaluable",
] as const
export type RuleSkipReason = (typeof ruleSkipReasons)[number]
