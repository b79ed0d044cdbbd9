import type { BreakdownsBody } from "@sluice/protocol/api/breakdowns"
import type { Dimension } from "@sluice/protocol/api/figures"
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query"
import { useMemo } from "react"
import { api } from "../../api.ts"
import { defaultPeriod, describePeriod, type PeriodSearch } from "../../period.ts"
import { toRows } from "./breakdown-row.ts"
import type { BreakdownSorting } from "./breakdown-search.ts"

const pageSize = 50
const askEveryMs = 30_000

interface BreakdownQuestion {
  readonly by: Dimension
  readonly sort: BreakdownSorting
  readonly search: PeriodSearch
}

/** The values of a dimension with those of the period before, kept up to date; more of them when asked for. */
export function useBreakdown({ by, sort, search }: BreakdownQuestion) {
  const span = toSpan(search)
  const list = useInfiniteQuery({
    queryKey: ["breakdown", by, sort, span],
    queryFn: ({ pageParam, signal }) =>
      api.listBreakdown(
        { dimension: by, sort, ...span, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: askEveryMs,
    placeholderData: keepPreviousData,
  })
  const first = list.data?.pages[0] ?? null
  const before = usePrevious(by, search, first)
  const pages = list.data?.pages
  const rows = useMemo(
    () =>
      toRows(
        by,
        (pages ?? []).flatMap(({ data }) => data),
        before.data?.data ?? [],
      ),
    [by, pages, before.data],
  )
  return {
    rows,
    first,
    /** Whether the period before is known of every value that is not in it. */
    isComparable: before.data !== undefined && !before.data.has_more,
    isStale: list.isPlaceholderData,
    error: list.error,
    retry: () => void list.refetch(),
    hasMore: list.hasNextPage,
    isLoadingMore: list.isFetchingNextPage,
    loadMore: () => void list.fetchNextPage(),
  }
}

/** The most that one page holds. The period before is asked for by its busiest values, whatever the list is sorted by. */
const mostOfPage = 200

/** The span of the same length before; asked for again only when the list's own span has moved by a hundredth. */
function usePrevious(by: Dimension, search: PeriodSearch, first: BreakdownsBody | null) {
  const to = first ? Date.parse(first.from) : 0
  const lengthMs = first ? Date.parse(first.to) - to : 0
  return useQuery({
    queryKey: [
      "breakdown-before",
      by,
      search.period ?? defaultPeriod,
      search.from ?? "",
      Math.round(to / (lengthMs / 100 || 1)),
    ],
    queryFn: ({ signal }) =>
      api.listBreakdown(
        {
          dimension: by,
          from: new Date(to - lengthMs).toISOString(),
          to: new Date(to).toISOString(),
          limit: mostOfPage,
        },
        signal,
      ),
    enabled: first !== null,
    placeholderData: keepPreviousData,
  })
}

const toSpan = ({ period = defaultPeriod, from, to }: PeriodSearch) =>
  from !== undefined && to !== undefined ? { from, to } : { period }

/** What the period before is called. */
export function describePrevious({ period, from }: PeriodSearch): string {
  return from === undefined ? `the ${describePeriod(period).words} before` : "the time of the same length before"
}
