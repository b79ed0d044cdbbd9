import type { UsageRecord } from "@sluice/protocol/exchange-record"
import type { RoutingKnowledge } from "./routing-knowledge.ts"

/** A recorded request, as far as rules and prices go. */
export interface RecordedRequest {
  readonly id: string
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly environment: string
  readonly operation: string
  readonly provider: string | null
  readonly credentialSource: "stored" | "environment" | "caller" | null
  readonly modelRequested: string | null
  readonly modelActual: string | null
  readonly modelResponse: string | null
  readonly customModelId: string | null
  readonly feature: string | null
  readonly task: string | null
  readonly sessionId: string | null
  readonly userId: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly streaming: boolean
  readonly hasTools: boolean | null
  readonly promptBytes: number
  readonly ruleId: string | null
  readonly costUsd: string | null
  readonly usage: UsageRecord
  readonly usageSource: string
}

/** Where a request can go. The project's own models go by the name that callers ask for. */
export interface RoutePlace {
  readonly provider: string
  readonly model: string
}

/** The name under which it was sent. */
export function wentAs(request: RecordedRequest, { customModels }: RoutingKnowledge): string | null {
  if (request.customModelId === null) return request.modelActual
  for (const [name, { id }] of customModels) if (id === request.customModelId) return name
  return request.modelActual
}
