import type { OverviewSummary } from "@sluice/protocol/api/overview"
import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { api } from "../../api.ts"
import { Failure } from "../../components/failure.tsx"
import { PageHeader } from "../../components/page-header.tsx"
import { PeriodPicker } from "../../components/period-picker.tsx"
import { Skeleton } from "../../components/skeleton.tsx"
import { defaultPeriod, describePeriod, type PeriodSearch, toZoom } from "../../period.ts"
import { FigureCards } from "./figure-cards.tsx"
import { NothingHappened } from "./nothing-happened.tsx"
import { OverviewCharts } from "./overview-charts.tsx"
import { RecentFailures } from "./recent-failures.tsx"
import { SummaryNotes } from "./summary-notes.tsx"
import { TopList } from "./top-list.tsx"

/** A summary is reckoned once a minute; the first one is waited for. */
const askEveryMs = 15_000
const askForFirstEveryMs = 2000

/** What the project did in a period, against the one before. Period and zoom are in the URL. */
export function Overview() {
  const search = useSearch({ from: "/overview" })
  const navigate = useNavigate()
  const period = search.period ?? defaultPeriod
  const { data, error, refetch } = useQuery({
    queryKey: ["overview", period],
    queryFn: ({ signal }) => api.getOverview({ period }, signal),
    refetchInterval: ({ state }) => (state.data?.summary ? askEveryMs : askForFirstEveryMs),
    placeholderData: keepPreviousData,
  })
  const summary = data?.summary ?? null
  const show = (next: PeriodSearch) => void navigate({ to: "/overview", search: next })
  return (
    <div className="mx-auto grid max-w-7xl gap-4 px-6 py-5 max-md:px-4">
      <PageHeader title="Overview" actions={<PeriodPicker value={search} onChange={show} />} />
      {error && !data ? (
        <Failure title="The overview could not be loaded" error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading />
      ) : (
        <>
          <SummaryNotes body={data} error={error} />
          {summary && summary.current.requests + summary.previous.requests === 0 ? (
            <NothingHappened period={data.period} />
          ) : (
            <>
              {summary ? (
                <FigureCards summary={summary} period={describePeriod(data.period).words} />
              ) : (
                <CardsSkeleton />
              )}
              <OverviewCharts
                period={search}
                onZoom={(range) => {
                  const zoom = toZoom(range)
                  if (zoom) show({ ...search, ...zoom })
                }}
                onWhole={() => show(search.period ? { period: search.period } : {})}
              />
              {summary && <Details summary={summary} />}
            </>
          )}
        </>
      )}
    </div>
  )
}

function Details({ summary }: { readonly summary: OverviewSummary }) {
  return (
    <>
      <div className="grid grid-cols-3 gap-4 max-lg:grid-cols-1">
        <TopList dimension="feature" title="Top features" items={summary.top_features} />
        <TopList dimension="model" title="Top models" items={summary.top_models} />
        <TopList dimension="provider" title="Top providers" items={summary.top_providers} />
      </div>
      <RecentFailures failures={summary.recent_failures} />
    </>
  )
}

function Loading() {
  return (
    <div role="status" className="grid gap-4">
      <span className="sr-only">Loading…</span>
      <CardsSkeleton />
      <div className="grid grid-cols-2 gap-4 max-lg:grid-cols-1">
        {["requests", "errors", "cost", "latency"].map((chart) => (
          <Skeleton key={chart} className="h-60" />
        ))}
      </div>
    </div>
  )
}

const CardsSkeleton = () => <Skeleton className="h-42 max-lg:h-96" />
