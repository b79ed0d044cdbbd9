import type { ErrorCategory, ErrorSource } from "@sluice/protocol/error-codes"
import type { QualityFlag, UsageSource } from "@sluice/protocol/exchange-record"
import type { CostUnknownReason } from "../catalog/index.ts"

/** A stored exchange. Ids are UUIDs, durations milliseconds, money exact decimal text in USD; null: not known. */
export interface Request {
  readonly id: string
  readonly projectId: string
  readonly keyId: string
  readonly keyName: string | null
  readonly environment: string
  readonly traceId: string | null
  readonly clientRequestId: string | null
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly endpoint: string
  readonly operation: string
  readonly provider: string | null
  readonly providerUnknown: boolean
  readonly credentialId: string | null
  readonly credentialSource: "stored" | "environment" | "caller" | null
  readonly modelRequested: string | null
  readonly modelActual: string | null
  readonly modelResponse: string | null
  readonly customModelId: string | null
  readonly status: number
  readonly errorCode: string | null
  readonly errorCategory: ErrorCategory | null
  readonly errorSource: ErrorSource | null
  readonly streaming: boolean
  readonly hasTools: boolean | null
  readonly finishReason: string | null
  readonly latencyMs: number
  readonly gatewayMs: number | null
  readonly timeToFirstByteMs: number | null
  readonly timeToFirstTokenMs: number | null
  readonly interTokenP50Ms: number | null
  readonly interTokenP95Ms: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly cacheReadTokens: number | null
  readonly cacheWrite5mTokens: number | null
  readonly cacheWrite1hTokens: number | null
  readonly reasoningTokens: number | null
  readonly usageSource: UsageSource
  readonly costUsd: string | null
  readonly costUnknownReason: CostUnknownReason | null
  readonly priceVersion: string | null
  readonly feature: string | null
  readonly task: string | null
  readonly sessionId: string | null
  readonly userId: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly ruleId: string | null
  readonly ruleSkipped: readonly { readonly rule_id: string; readonly reason: string }[]
  readonly attempts: number
  readonly promptBytes: number
  readonly promptMessages: number | null
  readonly completionBytes: number
  readonly quality: readonly QualityFlag[]
}

/** Which requests a list shows; null: any. `feature` and `status` as `RequestsQuery` describes them. */
export interface RequestFilters {
  readonly feature: string | null
  readonly model: string | null
  readonly provider: string | null
  readonly status: string | null
}

/** HTTP statuses from the first to the last, both included. */
export interface StatusRange {
  readonly from: number
  readonly to: number
}

/** What `status` asks for: `429`, a class such as `4xx`, or `error` (400 and above). */
export function toStatusRange(status: string): StatusRange {
  if (status === "error") return { from: 400, to: 599 }
  const leading = Number(status.charAt(0)) * 100
  return status.endsWith("xx") ? { from: leading, to: leading + 99 } : { from: Number(status), to: Number(status) }
}

/** The value of `feature` that finds requests without one. */
export const untagged = "untagged"
