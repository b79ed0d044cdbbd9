import { bigint, boolean, index, jsonb, numeric, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core"
import { instant } from "./identity.ts"

const count = (name: string) => bigint(name, { mode: "number" }).notNull().default(0)

/** Sums that no counter bounds: a provider may claim any number of tokens. */
const sum = (name: string) => numeric(name)

/**
 * What requests are told apart by. An empty text is "none told"; `*_other` marks the one row of all values beyond those
 * that are counted apart.
 */
const series = () => ({
  feature: text("feature").notNull(),
  featureOther: boolean("feature_other").notNull(),
  model: text("model").notNull(),
  modelOther: boolean("model_other").notNull(),
  provider: text("provider").notNull(),
  keyId: uuid("key_id").notNull(),
})

const scope = () => ({
  organizationId: uuid("organization_id").notNull(),
  projectId: uuid("project_id").notNull(),
})

/**
 * Sums over requests, by minute, hour and day: the same requests three times. Partitioned by `grain` (the migration says
 * so), because minutes are forgotten first. Sums are null until something was told.
 */
export const metricRollups = pgTable(
  "metric_rollups",
  {
    ...scope(),
    /** `minute`, `hour` or `day`. */
    grain: text("grain").notNull(),
    bucket: instant("bucket").notNull(),
    ...series(),
    requests: count("requests"),
    errors: count("errors"),
    errorsAuth: count("errors_auth"),
    errorsRateLimit: count("errors_rate_limit"),
    errorsInvalidRequest: count("errors_invalid_request"),
    errorsContextLength: count("errors_context_length"),
    errorsContentFilter: count("errors_content_filter"),
    errorsTimeout: count("errors_timeout"),
    errorsProvider5xx: count("errors_provider_5xx"),
    errorsNetwork: count("errors_network"),
    errorsClientCancelled: count("errors_client_cancelled"),
    errorsInternal: count("errors_internal"),
    streaming: count("streaming"),
    ruleRouted: count("rule_routed"),
    providerUnknown: count("provider_unknown"),
    /** Another model answered than was asked for, and no rule said so. */
    drifted: count("drifted"),
    usageUnknown: count("usage_unknown"),
    usageEstimated: count("usage_estimated"),
    costNoPrice: count("cost_no_price"),
    costNoUsage: count("cost_no_usage"),
    costNoProvider: count("cost_no_provider"),
    firstTokens: count("first_tokens"),
    inputTokens: sum("input_tokens"),
    outputTokens: sum("output_tokens"),
    cacheReadTokens: sum("cache_read_tokens"),
    cacheWriteTokens: sum("cache_write_tokens"),
    reasoningTokens: sum("reasoning_tokens"),
    /** Input tokens of requests whose provider told how many of them its cache had. */
    cacheToldTokens: sum("cache_told_tokens"),
    costUsd: sum("cost_usd"),
    latencyUs: sum("latency_us"),
    firstTokenUs: sum("first_token_us"),
  },
  (table) => [
    primaryKey({
      name: "metric_rollups_pk",
      columns: [
        table.organizationId,
        table.projectId,
        table.grain,
        table.bucket,
        table.feature,
        table.featureOther,
        table.model,
        table.modelOther,
        table.provider,
        table.keyId,
      ],
    }),
  ],
)

/** Durations as DDSketches: alternately a bin's key and its count, by the key. */
const bins = (name: string) => bigint(name, { mode: "number" }).array().notNull().default([])

/**
 * Durations by hour and day, of each series and (`total`) of all together; what `metric_sketch_deltas` held goes here every
 * minute.
 */
export const metricSketches = pgTable(
  "metric_sketches",
  {
    ...scope(),
    /** `hour` or `day`. */
    grain: text("grain").notNull(),
    /** All series of the bucket together; the series' own columns say nothing then. */
    total: boolean("total").notNull(),
    bucket: instant("bucket").notNull(),
    ...series(),
    latency: bins("latency"),
    firstToken: bins("first_token"),
  },
  (table) => [
    primaryKey({
      name: "metric_sketches_pk",
      columns: [
        table.organizationId,
        table.projectId,
        table.grain,
        table.total,
        table.bucket,
        table.feature,
        table.featureOther,
        table.model,
        table.modelOther,
        table.provider,
        table.keyId,
      ],
    }),
  ],
)

/**
 * Durations that arrived and are not merged yet: appended with the rows they belong to, so that ingest reads and rewrites no
 * sketch. A row also says that its project changed; one without durations says only that.
 */
export const metricSketchDeltas = pgTable(
  "metric_sketch_deltas",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    ...scope(),
    /** The hour. */
    bucket: instant("bucket").notNull(),
    ...series(),
    latency: bins("latency"),
    firstToken: bins("first_token"),
  },
  (table) => [index("metric_sketch_deltas_scope").on(table.organizationId, table.projectId, table.bucket)],
)

/** Sums by hour over one dimension at a time: `task`, `user` or `session`. */
export const dimensionRollups = pgTable(
  "dimension_rollups",
  {
    ...scope(),
    dimension: text("dimension").notNull(),
    hour: instant("hour").notNull(),
    /** Empty: none told. */
    value: text("value").notNull(),
    /** The one row of all values beyond those that are counted apart. */
    other: boolean("other").notNull(),
    requests: count("requests"),
    errors: count("errors"),
    usageUnknown: count("usage_unknown"),
    usageEstimated: count("usage_estimated"),
    costUnknown: count("cost_unknown"),
    inputTokens: sum("input_tokens"),
    outputTokens: sum("output_tokens"),
    costUsd: sum("cost_usd"),
    latencyUs: sum("latency_us"),
  },
  (table) => [
    primaryKey({
      name: "dimension_rollups_pk",
      columns: [table.organizationId, table.projectId, table.dimension, table.hour, table.value, table.other],
    }),
  ],
)

/** Values that are counted apart in a bucket; when there are enough, later ones are `other`. */
export const rollupValues = pgTable(
  "rollup_values",
  {
    ...scope(),
    /** `feature` and `model` by day; `task`, `user` and `session` by hour. */
    dimension: text("dimension").notNull(),
    bucket: instant("bucket").notNull(),
    value: text("value").notNull(),
  },
  (table) => [
    primaryKey({
      name: "rollup_values_pk",
      columns: [table.organizationId, table.projectId, table.dimension, table.bucket, table.value],
    }),
  ],
)

/** What the Overview shows: one row for each project and period, reckoned every minute. */
export const dashboardSummaries = pgTable(
  "dashboard_summaries",
  {
    ...scope(),
    period: text("period").notNull(),
    computedAt: instant("computed_at").notNull(),
    /** Nothing in the period, nor in the one before: it need not be reckoned again until something arrives. */
    empty: boolean("empty").notNull(),
    /** How often something arrived for the project, and how much of that the summary has seen. */
    changes: count("changes"),
    seenChanges: count("seen_changes"),
    summary: jsonb("summary").notNull(),
  },
  (table) => [
    primaryKey({ name: "dashboard_summaries_pk", columns: [table.organizationId, table.projectId, table.period] }),
  ],
)
