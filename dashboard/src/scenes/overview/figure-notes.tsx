import type { CostFigures, TokenFigures } from "@sluice/protocol/api/figures"
import type { OverviewSummary } from "@sluice/protocol/api/overview"
import { CircleCheck, TriangleAlert } from "lucide-react"
import { formatCount, formatQuantity } from "../../format/count.ts"
import { formatDuration } from "../../format/duration.ts"

/** How sure the sum is: what has no known cost is not in it, and some of it may be an estimate. */
export function CostNote({ cost }: { readonly cost: CostFigures }) {
  const { no_price, no_usage, no_provider } = cost.unknown_by_reason
  const reasons = [
    no_price > 0 && `${formatCount(no_price)} without a known price`,
    no_usage > 0 && `${formatCount(no_usage)} without known tokens`,
    no_provider > 0 && `${formatCount(no_provider)} that reached no provider`,
  ].filter((reason) => reason !== false)
  if (cost.unknown_requests === 0 && cost.estimated_requests === 0) return "exact, of every request"
  return (
    <>
      {cost.estimated_requests > 0 && (
        <span
          className="dotted-hint"
          data-tip={`The tokens of ${formatQuantity(cost.estimated_requests, "request")} were counted here, not by the provider.`}
        >
          estimate
        </span>
      )}
      {cost.estimated_requests > 0 && cost.unknown_requests > 0 && " · "}
      {cost.unknown_requests > 0 && (
        <span className="dotted-hint" data-tip={`Not in the sum: ${reasons.join(", ")}.`}>
          {formatCount(cost.unknown_requests)} unknown
        </span>
      )}
    </>
  )
}

/** The other percentiles, and where the P95 stands against the organization's target. */
export function LatencyNote({ summary: { current, latency_target: target } }: { readonly summary: OverviewSummary }) {
  const { p50, p99 } = current.latency_ms
  const isOver = target.status === "over"
  const Icon = isOver ? TriangleAlert : CircleCheck
  return (
    <>
      {p50 !== null && p99 !== null && (
        <span className="block">
          P50 {formatDuration(p50)} · P99 {formatDuration(p99)}
        </span>
      )}
      {(isOver || target.status === "within") && target.p95_ms !== null && (
        <span className={isOver ? "flex items-center gap-1 text-bad" : "flex items-center gap-1 text-good"}>
          <Icon aria-hidden className="size-3" />
          {isOver ? "over" : "within"} the {formatDuration(target.p95_ms)} target
        </span>
      )}
    </>
  )
}

/** Tokens by kind, as far as providers told. */
export function TokensNote({ tokens }: { readonly tokens: TokenFigures }) {
  const { input, output, cache_read, cache_write, reasoning, unknown_requests } = tokens
  if (input === null && output === null) return null
  const kinds = [
    cache_read !== null && `${formatCount(cache_read)} of the input read from a cache`,
    cache_write !== null && `${formatCount(cache_write)} of the input written to a cache`,
    reasoning !== null && `${formatCount(reasoning)} of the output for reasoning`,
    unknown_requests > 0 && `not known for ${formatQuantity(unknown_requests, "request")}`,
  ].filter((kind) => kind !== false)
  return (
    <span data-tip={kinds.length > 0 ? kinds.join("\n") : undefined} className={kinds.length > 0 ? "dotted-hint" : ""}>
      {input === null ? "–" : formatCount(input)} in · {output === null ? "–" : formatCount(output)} out
    </span>
  )
}
