import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { Download, Tags } from "lucide-react"
import { Button } from "../../components/button.tsx"
import { EmptyState } from "../../components/empty-state.tsx"
import { Failure } from "../../components/failure.tsx"
import { PageHeader } from "../../components/page-header.tsx"
import { PeriodPicker } from "../../components/period-picker.tsx"
import { SkeletonRows } from "../../components/skeleton.tsx"
import { useMediaQuery } from "../../hooks/use-media-query.ts"
import { describePeriod, toZoom } from "../../period.ts"
import { download, toBreakdownCsv } from "./breakdown-csv.ts"
import { type BreakdownSearch, defaultSorting, dimensionList } from "./breakdown-search.ts"
import { BreakdownTable } from "./breakdown-table.tsx"
import { DimensionTabs } from "./dimension-tabs.tsx"
import { describePrevious, useBreakdown } from "./use-breakdown.ts"
import { ValueDrawer } from "./value-drawer.tsx"

/** Where requests and money go: the values of a dimension, and one of them open beside the list. All of it is in the URL. */
export function Features() {
  const search = useSearch({ from: "/features" })
  const navigate = useNavigate()
  const { by = "feature", sort = defaultSorting, value } = search
  const list = useBreakdown({ by, sort, search })
  const isCovered = useMediaQuery("(max-width: 1279.9px)") && value !== undefined
  const { noun } = dimensionList.find((known) => known.by === by) ?? dimensionList[0]
  const show = (next: BreakdownSearch, replace = false) => void navigate({ to: "/features", search: next, replace })
  const { value: _, ...withoutValue } = search
  const { period: __, from: ___, to: ____, ...withoutPeriod } = search
  return (
    <div className="relative flex h-full min-h-0">
      <div inert={isCovered} className="min-w-0 flex-1 overflow-y-auto px-6 py-5 max-md:px-4">
        <div className="mx-auto grid max-w-7xl gap-4">
          <PageHeader
            title="Features"
            actions={
              <div className="flex flex-wrap items-center gap-2">
                <PeriodPicker value={search} onChange={(period) => show({ ...withoutPeriod, ...period })} />
                <Button
                  disabled={list.rows.length === 0}
                  onClick={() => download(toBreakdownCsv(by, list.rows), `sluice-${by}s.csv`)}
                >
                  <Download aria-hidden /> CSV
                </Button>
              </div>
            }
          >
            Where requests and money go, by feature, model, API key and more.
          </PageHeader>
          <DimensionTabs by={by} search={search} />
          {list.error && !list.first ? (
            <Failure title={`The ${noun}s could not be loaded`} error={list.error} onRetry={list.retry} />
          ) : !list.first ? (
            <SkeletonRows rows={10} />
          ) : list.rows.length === 0 ? (
            <NoValues period={describePeriod(search.period).words} isZoomed={search.from !== undefined} />
          ) : (
            <>
              <BreakdownTable
                by={by}
                noun={noun}
                rows={list.rows}
                sort={sort}
                isStale={list.isStale}
                isComparable={list.isComparable}
                before={describePrevious(search)}
                selected={value}
                search={search}
              />
              {list.error && <p className="text-warn text-xs">Not updating: {list.error.message}</p>}
              {list.hasMore && (
                <Button className="justify-self-center" disabled={list.isLoadingMore} onClick={list.loadMore}>
                  {list.isLoadingMore ? "Loading…" : "Show more"}
                </Button>
              )}
            </>
          )}
        </div>
      </div>
      {value !== undefined && (
        <ValueDrawer
          key={`${by} ${value}`}
          by={by}
          value={value}
          period={search}
          isComparable={list.isComparable}
          row={list.rows.find(({ filter }) => filter === value) ?? null}
          onZoom={(range) => {
            const zoom = toZoom(range)
            if (zoom) show({ ...search, ...zoom })
          }}
          onClose={() => show(withoutValue)}
        />
      )}
    </div>
  )
}

function NoValues({ period, isZoomed }: { readonly period: string; readonly isZoomed: boolean }) {
  return (
    <EmptyState
      icon={Tags}
      title={isZoomed ? "No requests in this time" : `No requests in the last ${period}`}
      action={
        <Link to="/quickstart" className="font-medium text-accent underline underline-offset-2">
          Open the Quickstart
        </Link>
      }
    >
      <p>
        Every request counts here within seconds. To see which part of an application it is from, send the header{" "}
        <code className="font-mono text-xs">X-Sluice-Feature: search</code> with it; X-Sluice-Task, -User and -Session
        say more.
      </p>
    </EmptyState>
  )
}
