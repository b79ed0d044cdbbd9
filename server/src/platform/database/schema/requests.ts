import { sql } from "drizzle-orm"
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from "drizzle-orm/pg-core"
import { instant } from "./identity.ts"

const tokens = (name: string) => bigint(name, { mode: "number" })

/**
 * One row per finished exchange, partitioned by day of `finished_at` (the migration says so; the query builder cannot).
 * The key is (finished_at, id): both come with the record, so a record shipped twice lands on the same row.
 */
export const requestLogs = pgTable(
  "request_logs",
  {
    id: uuid("id").notNull(),
    organizationId: uuid("organization_id").notNull(),
    projectId: uuid("project_id").notNull(),
    keyId: uuid("key_id").notNull(),
    epoch: uuid("epoch").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    environment: text("environment").notNull(),
    traceId: text("trace_id"),
    spanId: text("span_id"),
    clientRequestId: text("client_request_id"),
    startedAt: instant("started_at").notNull(),
    finishedAt: instant("finished_at").notNull(),
    endpoint: text("endpoint").notNull(),
    protocol: text("protocol").notNull(),
    operation: text("operation").notNull(),
    provider: text("provider"),
    providerUnknown: boolean("provider_unknown").notNull(),
    credentialId: uuid("credential_id"),
    credentialSource: text("credential_source"),
    modelRequested: text("model_requested"),
    modelActual: text("model_actual"),
    modelResponse: text("model_response"),
    customModelId: uuid("custom_model_id"),
    status: smallint("status").notNull(),
    errorCode: text("error_code"),
    errorCategory: text("error_category"),
    errorSource: text("error_source"),
    streaming: boolean("streaming").notNull(),
    /** Whether the request offered tools; null in rows from before that was recorded. */
    hasTools: boolean("has_tools"),
    finishReason: text("finish_reason"),
    latencyMs: doublePrecision("latency_ms").notNull(),
    gatewayMs: doublePrecision("gateway_ms"),
    timeToFirstByteMs: doublePrecision("time_to_first_byte_ms"),
    timeToFirstTokenMs: doublePrecision("time_to_first_token_ms"),
    interTokenP50Ms: doublePrecision("inter_token_p50_ms"),
    interTokenP95Ms: doublePrecision("inter_token_p95_ms"),
    inputTokens: tokens("input_tokens"),
    outputTokens: tokens("output_tokens"),
    cacheReadTokens: tokens("cache_read_tokens"),
    cacheWrite5mTokens: tokens("cache_write_5m_tokens"),
    cacheWrite1hTokens: tokens("cache_write_1h_tokens"),
    reasoningTokens: tokens("reasoning_tokens"),
    audioInputTokens: tokens("audio_input_tokens"),
    audioOutputTokens: tokens("audio_output_tokens"),
    usageSource: text("usage_source").notNull(),
    costUsd: numeric("cost_usd", { precision: 24, scale: 12 }),
    costUnknownReason: text("cost_unknown_reason"),
    priceVersion: text("price_version"),
    feature: text("feature"),
    task: text("task"),
    sessionId: text("session_id"),
    userId: text("user_id"),
    metadata: jsonb("metadata"),
    ruleId: uuid("rule_id"),
    ruleSkipped: jsonb("rule_skipped").notNull().default([]),
    attempts: integer("attempts").notNull(),
    promptBytes: bigint("prompt_bytes", { mode: "number" }).notNull(),
    promptMessages: integer("prompt_messages"),
    completionBytes: bigint("completion_bytes", { mode: "number" }).notNull(),
    quality: text("quality").array().notNull().default(sql`'{}'::text[]`),
    /** Whether the rollups have it. False for rows of a version without rollups; a job counts those in. */
    rolledUp: boolean("rolled_up").notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.finishedAt, table.id] }),
    index("request_logs_project_id").on(table.organizationId, table.projectId, table.id),
    index("request_logs_failures")
      .on(table.organizationId, table.projectId, table.id)
      .where(sql`status >= 400 OR error_category IS NOT NULL`),
    index("request_logs_unpriced").on(table.finishedAt, table.id).where(sql`cost_unknown_reason = 'no_price'`),
    index("request_logs_not_rolled_up").on(table.finishedAt, table.id).where(sql`NOT rolled_up`),
  ],
)

/**
 * The numbering of each gateway process since it started. `stored` and `rejected` grow in the transaction that stores
 * the rows, so that the account of a crash is exact on our side.
 */
export const gatewayEpochs = pgTable("gateway_epochs", {
  epoch: uuid("epoch").primaryKey(),
  instance: text("instance").notNull(),
  startedAt: instant("started_at").notNull(),
  lastHeardAt: instant("last_heard_at").notNull(),
  opened: bigint("opened", { mode: "number" }).notNull().default(0),
  received: bigint("received", { mode: "number" }).notNull().default(0),
  ceiling: bigint("ceiling", { mode: "number" }).notNull().default(0),
  stored: bigint("stored", { mode: "number" }).notNull().default(0),
  rejected: bigint("rejected", { mode: "number" }).notNull().default(0),
  dropped: jsonb("dropped").$type<Record<string, number>>().notNull().default({}),
  /** By epoch: records waiting in the spool files of this process. */
  spooled: jsonb("spooled").$type<Record<string, number>>().notNull().default({}),
  snapshotVersion: text("snapshot_version"),
  /** `live`, `ended` (a clean stop said so) or `lost` (silent, or replaced by a newer process of the same instance). */
  state: text("state").notNull().default("live"),
})
