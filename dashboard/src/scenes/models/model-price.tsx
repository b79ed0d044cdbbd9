import { formatUsd } from "../../format/money.ts"

interface ModelPriceProps {
  readonly price: {
    readonly input_per_million_usd: string | null
    readonly output_per_million_usd: string | null
  } | null
  /** Tokens; null: not known. */
  readonly contextWindow: number | null
}

/** What a million tokens cost, in and out, and how many fit. */
export function ModelPrice({ price, contextWindow }: ModelPriceProps) {
  return (
    <span className="figures shrink-0 text-ink-soft text-xs">
      {price ? `${usd(price.input_per_million_usd)} in · ${usd(price.output_per_million_usd)} out` : "price unknown"}
      {contextWindow !== null && ` · ${contextWindow.toLocaleString("en")} tokens`}
    </span>
  )
}

const usd = (exact: string | null): string => (exact === null ? "—" : (formatUsd(exact) ?? "—"))
