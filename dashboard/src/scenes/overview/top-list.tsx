import type { TopItem } from "@sluice/protocol/api/overview"
import { Link } from "@tanstack/react-router"
import { ChangeMark } from "../../components/change-mark.tsx"
import { Unknown } from "../../components/unknown.tsx"
import { toChange } from "../../format/change.ts"
import { formatCount, formatQuantity } from "../../format/count.ts"
import { formatUsd } from "../../format/money.ts"
import { formatShare } from "../../format/share.ts"

interface TopListProps {
  readonly dimension: "feature" | "model" | "provider"
  readonly title: string
  readonly items: readonly TopItem[]
}

/** The busiest values of a dimension, with bars to compare them by; each leads to its requests. */
export function TopList({ dimension, title, items }: TopListProps) {
  const most = Math.max(1, ...items.map(({ requests }) => requests))
  return (
    <section aria-label={title} className="min-w-0 rounded-lg border border-line bg-surface">
      <div className="flex h-10 items-center justify-between px-3.5">
        <h2 className="font-medium">{title}</h2>
        <Link to="/features" search={{ by: dimension }} className="text-ink-mute text-xs hover:text-accent">
          All {dimension}s
        </Link>
      </div>
      {items.length === 0 ? (
        <p className="px-3.5 pb-3 text-ink-mute">No request in this period.</p>
      ) : (
        <ul className="pb-1.5">
          {items.slice(0, 6).map((item) => (
            <li key={`${item.other} ${item.value}`} className="grid gap-1 px-3.5 py-1.5">
              <div className="flex items-baseline gap-3">
                <span className="mr-auto min-w-0 truncate">
                  <ItemName dimension={dimension} item={item} />
                </span>
                <Compared item={item} />
                <span className="figures shrink-0 text-right">{formatCount(item.requests)}</span>
              </div>
              <div aria-hidden className="h-1.5 rounded-full bg-sunken">
                <div
                  className="h-full min-w-px rounded-full bg-chart-1"
                  style={{ width: `${(item.requests / most) * 100}%` }}
                />
              </div>
              <p className="figures flex justify-between text-ink-mute text-xs">
                <span>
                  <Money item={item} />
                </span>
                <span className={item.errors > 0 ? "" : "invisible"}>
                  {formatQuantity(item.errors, "error")}
                  {item.error_rate !== null && ` (${formatShare(item.error_rate)})`}
                </span>
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

interface OfItem {
  readonly item: TopItem
}

function ItemName({ dimension, item }: OfItem & Pick<TopListProps, "dimension">) {
  if (item.other) return <span data-tip="All values beyond those that are counted apart">other</span>
  if (item.value === null && dimension !== "feature") {
    return <span data-tip={`Requests that ended before a ${dimension} was known`}>none</span>
  }
  const value = item.value ?? "untagged"
  return (
    <Link to="/requests" search={{ [dimension]: value }} className="font-medium hover:text-accent hover:underline">
      {value}
    </Link>
  )
}

function Money({ item }: OfItem) {
  const text = item.cost_usd === null ? null : formatUsd(item.cost_usd)
  if (text === null) return <Unknown because="None of these requests has a known cost." />
  if (item.cost_unknown_requests === 0) return text
  return (
    <span
      className="dotted-hint"
      data-tip={`${formatQuantity(item.cost_unknown_requests, "request")} of unknown cost left out`}
    >
      {text}
    </span>
  )
}

function Compared({ item }: OfItem) {
  const change = toChange(item.requests, item.previous.requests)
  const before = `${formatQuantity(item.previous.requests, "request")} in the period before`
  if (!change) {
    return (
      <span className="text-ink-mute text-xs" data-tip={before}>
        new
      </span>
    )
  }
  return <ChangeMark change={change} before={before} />
}
