import type {
  EvaluationBody,
  ReplayBody,
  ReplayCostBody,
  RoutingRuleBody,
  SkippedRuleBody,
} from "@sluice/protocol/api/routing-rules"
import { idPrefixes, toPublicId } from "@sluice/protocol/ids"
import { providerNames } from "@sluice/protocol/providers"
import { RuleAction, RuleMatch, ruleSkipReasons } from "@sluice/protocol/routing-rule"
import { z } from "zod"
import type { Evaluation, JudgedRule, Replay } from "../../domains/routing/index.ts"
import { idSchema, timeSchema } from "../schemas.ts"

const ruleId = idSchema(idPrefixes.routingRule)
const count = z.number().int().min(0)
const provider = z.enum(providerNames).nullable()
const place = z.strictObject({ provider: z.string(), model: z.string() })
const skipped = z.array(z.strictObject({ rule_id: ruleId, reason: z.enum(ruleSkipReasons) }))

/** A routing rule in answers. */
export const RoutingRuleSchema = z
  .strictObject({
    id: ruleId,
    name: z.string(),
    priority: z.number().int(),
    enabled: z.boolean(),
    match: RuleMatch,
    action: RuleAction,
    warnings: z.array(
      z.strictObject({ code: z.enum(["no_credential", "translation_unavailable"]), message: z.string() }),
    ),
    version: z.number().int(),
    created_at: timeSchema,
    updated_at: timeSchema,
  })
  .meta({ id: "RoutingRule" })

/** A dry run in answers. */
export const EvaluationSchema = z
  .strictObject({
    rule_id: ruleId.nullable(),
    provider,
    model: z.string().nullable(),
    rule_skipped: skipped,
    considered: z.array(z.strictObject({ rule_id: ruleId, matched: z.boolean(), reason: z.string() })),
  })
  .meta({ id: "RoutingEvaluation" })

/** Money that may be below zero: an exact decimal in USD. */
const signedMoney = z.string().regex(/^-?\d+(\.\d*[1-9])?$/)

const costSchema = z.strictObject({
  requests: count,
  without_rules_usd: signedMoney,
  with_rules_usd: signedMoney,
  difference_usd: signedMoney,
})

/** A replay in answers. */
export const ReplaySchema = z
  .strictObject({
    requests: count,
    not_routable: count,
    from: timeSchema.nullable(),
    to: timeSchema.nullable(),
    routed: count,
    routed_when_recorded: count,
    estimate: z.literal(true),
    cost: costSchema,
    rules: z.array(
      z.strictObject({
        rule_id: ruleId,
        caught: count,
        caught_when_recorded: count,
        skipped: z.array(z.strictObject({ reason: z.enum(ruleSkipReasons), requests: count })),
        undecided: count,
        routes: z.array(z.strictObject({ from: place, to: place, requests: count })),
        cost: costSchema,
      }),
    ),
    sample: z.array(
      z.strictObject({
        request_id: idSchema(idPrefixes.request),
        started_at: timeSchema,
        rule_id: ruleId.nullable(),
        from: place,
        to: place,
        rule_skipped: skipped,
      }),
    ),
  })
  .meta({ id: "RoutingReplay" })

/** Every field of a rule that may leave. */
export const presentRoutingRule = ({ rule, warnings }: JudgedRule): RoutingRuleBody => ({
  id: toPublicId("routingRule", rule.id),
  name: rule.name,
  priority: rule.priority,
  enabled: rule.enabled,
  match: rule.match,
  action: rule.action,
  warnings: warnings.map(({ code, message }) => ({ code, message })),
  version: rule.version,
  created_at: rule.createdAt.toISOString(),
  updated_at: rule.updatedAt.toISOString(),
})

/** A decision about a described request. */
export const presentEvaluation = (evaluation: Evaluation): EvaluationBody => ({
  rule_id: evaluation.rule ? toPublicId("routingRule", evaluation.rule.id) : null,
  provider: evaluation.provider,
  model: evaluation.model,
  rule_skipped: presentSkipped(evaluation.skipped),
  considered: evaluation.considered.map(({ ruleId: id, matched, reason }) => ({
    rule_id: toPublicId("routingRule", id),
    matched,
    reason,
  })),
})

/** Decisions about recorded requests. */
export const presentReplay = (replay: Replay): ReplayBody => ({
  requests: replay.requests,
  not_routable: replay.notRoutable,
  from: replay.from?.toISOString() ?? null,
  to: replay.to?.toISOString() ?? null,
  routed: replay.routed,
  routed_when_recorded: replay.routedWhenRecorded,
  estimate: true,
  cost: presentCost(replay.cost),
  rules: replay.rules.map((rule) => ({
    rule_id: toPublicId("routingRule", rule.ruleId),
    caught: rule.caught,
    caught_when_recorded: rule.caughtWhenRecorded,
    skipped: rule.skipped.map(({ reason, requests }) => ({ reason, requests })),
    undecided: rule.undecided,
    routes: rule.routes.map(({ from, to, requests }) => ({ from, to, requests })),
    cost: presentCost(rule.cost),
  })),
  sample: replay.sample.map((request) => ({
    request_id: toPublicId("request", request.id),
    started_at: request.startedAt.toISOString(),
    rule_id: request.ruleId === null ? null : toPublicId("routingRule", request.ruleId),
    from: request.from,
    to: request.to,
    rule_skipped: presentSkipped(request.skipped),
  })),
})

const presentSkipped = (list: Evaluation["skipped"]): SkippedRuleBody[] =>
  list.map(({ rule, reason }) => ({ rule_id: rule.publicId, reason }))

const presentCost = (cost: Replay["cost"]): ReplayCostBody => ({
  requests: cost.requests,
  without_rules_usd: cost.withoutRulesUsd,
  with_rules_usd: cost.withRulesUsd,
  difference_usd: cost.differenceUsd,
})
