import type { Dimension } from "@sluice/protocol/api/figures"
import { toCsv } from "../../format/csv.ts"
import type { BreakdownRow } from "./breakdown-row.ts"

/** What is shown, as CSV: exact amounts, durations in milliseconds, shares between 0 and 1; unknown is empty. */
export function toBreakdownCsv(dimension: Dimension, rows: readonly BreakdownRow[]): string {
  return toCsv([
    [
      dimension,
      "name",
      "requests",
      "requests_share",
      "requests_before",
      "errors",
      "error_rate",
      "cost_usd",
      "cost_unknown_requests",
      "cost_estimated_requests",
      "input_tokens",
      "output_tokens",
      "latency_ms_p50",
      "latency_ms_p95",
      "latency_ms_mean",
    ],
    ...rows.map(({ title, item, previous }) => [
      item.value ?? title,
      title,
      item.requests,
      item.requests_share,
      previous?.requests ?? null,
      item.errors,
      item.error_rate,
      item.cost.usd,
      item.cost.unknown_requests,
      item.cost.estimated_requests,
      item.tokens.input,
      item.tokens.output,
      item.latency_ms?.p50 ?? null,
      item.latency_ms?.p95 ?? null,
      item.latency_ms_mean,
    ]),
  ])
}

/** Hands a text to the browser as a file. */
export function download(text: string, fileName: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }))
  const link = document.createElement("a")
  link.href = url
  link.download = fileName
  link.click()
  URL.revokeObjectURL(url)
}
