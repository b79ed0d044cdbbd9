import type { RequestBody } from "@sluice/protocol/api/requests"
import type { ReactNode } from "react"
import { Unknown } from "../../components/unknown.tsx"
import { formatCount } from "../../format/count.ts"
import { formatDuration } from "../../format/duration.ts"
import { formatUsd } from "../../format/money.ts"
import { usageSourceWords, whyNoCost, whyNoFirstToken, whyNoTokens } from "./unknown-reasons.ts"

interface OfRequest {
  readonly request: RequestBody
}

/** What it cost; the exact amount on hover. */
export function Cost({ request }: OfRequest) {
  const text = request.cost_usd === null ? null : formatUsd(request.cost_usd)
  if (text === null) return <Unknown because={whyNoCost(request)} />
  const price = request.price_version ? `\nPrices of ${request.price_version}` : ""
  return (
    <Figure
      isEstimate={request.usage_source === "estimated"}
      tip={`$${request.cost_usd} exactly, tokens ${usageSourceWords[request.usage_source]}${price}`}
    >
      {text}
    </Figure>
  )
}

/** Tokens that went in and came out. */
export function Tokens({ request }: OfRequest) {
  const { input_tokens: input, output_tokens: output } = request.usage
  if (input === null && output === null) return <Unknown because={whyNoTokens(request)} />
  return (
    <Figure
      isEstimate={request.usage_source === "estimated"}
      tip={`Input and output tokens, ${usageSourceWords[request.usage_source]}`}
    >
      {input === null ? "–" : formatCount(input)}
      <span className="px-1 text-ink-mute">→</span>
      {output === null ? "–" : formatCount(output)}
    </Figure>
  )
}

/** How long the caller waited for the first token. */
export function FirstToken({ request }: OfRequest) {
  const ms = request.time_to_first_token_ms
  return ms === null ? <Unknown because={whyNoFirstToken(request)} /> : formatDuration(ms)
}

interface FigureProps {
  readonly isEstimate: boolean
  readonly tip: string
  readonly children: ReactNode
}

function Figure({ isEstimate, tip, children }: FigureProps) {
  return (
    <span data-tip={tip}>
      {isEstimate && <span className="pr-1 text-ink-mute text-xs">est.</span>}
      {children}
    </span>
  )
}
