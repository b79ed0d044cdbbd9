import type { Period } from "@sluice/protocol/api/figures"
import type { OverviewSummary } from "@sluice/protocol/api/overview"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { api } from "../../api.ts"
import { controlColours } from "../../components/field.tsx"
import { formatCount } from "../../format/count.ts"
import { formatUsd } from "../../format/money.ts"
import { formatUtc } from "../../format/time.ts"
import { useMay } from "../../hooks/use-me.ts"
import { periodWords } from "./rule-search.ts"
import { replayQuery } from "./use-rules.ts"

/** How much of the traffic rules sent elsewhere, and what the rules as they stand would make of its cost. */
export function RoutedShare() {
  const mayRead = useMay("figures:read")
  const mayReplay = useMay("routing-rule:replay")
  return (
    <dl className="grid grid-cols-3 divide-x divide-line rounded-lg border border-line bg-surface max-md:grid-cols-1 max-md:divide-x-0 max-md:divide-y">
      {mayRead && <PeriodShare />}
      {mayReplay && <ReplayFigures />}
    </dl>
  )
}

function PeriodShare() {
  const { period = "last_24h" } = useSearch({ from: "/rules" })
  const { data, error } = useQuery({
    queryKey: ["overview", period],
    queryFn: ({ signal }) => api.getOverview({ period }, signal),
    refetchInterval: 60_000,
  })
  const summary = data?.summary
  return (
    <Figure
      name={
        <>
          Routed, <PeriodPicker period={period} />
        </>
      }
      note={error ? error.message : summary ? describeShare(summary) : data?.pending_reason}
    >
      {summary?.current.rule_routed_share == null ? "–" : toPercent(summary.current.rule_routed_share)}
    </Figure>
  )
}

/** What the share is compared with; where there is none, until when no request was counted. */
function describeShare({ current, previous, as_of }: OverviewSummary): string {
  if (current.rule_routed_share === null) return `no request was counted until ${formatUtc(as_of)}`
  const before = previous.rule_routed_share
  return `${before === null ? "no requests" : toPercent(before)} in the same time before`
}

function PeriodPicker({ period }: { readonly period: Period }) {
  const navigate = useNavigate({ from: "/rules" })
  return (
    <select
      aria-label="Period"
      value={period}
      onChange={(event) => {
        const chosen = event.target.value as Period
        void navigate({ search: (now) => ({ ...now, period: chosen }), replace: true })
      }}
      className={`${controlColours} h-6 rounded-md border px-1 text-xs`}
    >
      {Object.entries(periodWords).map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  )
}

function ReplayFigures() {
  const { data, error } = useQuery(replayQuery)
  const cost = data?.cost
  const difference = cost && cost.requests > 0 ? formatUsd(cost.difference_usd) : null
  const requests = data?.requests ?? 0
  return (
    <>
      <Figure
        name={`Would be routed, of the last ${formatCount(requests)} requests`}
        note={error?.message ?? "if every rule were enabled"}
      >
        {requests === 0 || !data ? "–" : toPercent(data.routed / requests)}
      </Figure>
      <Figure name="Change of their cost, estimate" note={`${formatCount(cost?.requests ?? 0)} have a known price`}>
        {difference === null ? "–" : signed(difference)}
      </Figure>
    </>
  )
}

const toPercent = (share: number): string => `${Math.round(share * 1000) / 10} %`

const signed = (text: string): string => (text.startsWith("−") || text === "$0" ? text : `+${text}`)

interface FigureProps {
  readonly name: ReactNode
  /** What it is compared with, or why it is not known. */
  readonly note: string | null | undefined
  readonly children: string
}

function Figure({ name, note, children }: FigureProps) {
  return (
    <div className="px-4 py-2.5">
      <dt className="min-h-6 text-ink-mute text-xs leading-6">{name}</dt>
      <dd>
        <span className="figures font-medium text-lg">{children}</span>
        {note && <span className="block text-ink-mute text-xs">{note}</span>}
      </dd>
    </div>
  )
}
