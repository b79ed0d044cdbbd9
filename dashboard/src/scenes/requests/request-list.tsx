import { type RefObject, useEffect, useRef, useState } from "react"
import { Failure } from "../../components/failure.tsx"
import { PageHeader } from "../../components/page-header.tsx"
import { SkeletonRows } from "../../components/skeleton.tsx"
import { useMediaQuery } from "../../hooks/use-media-query.ts"
import { FilterBar } from "./filter-bar.tsx"
import { LiveMark } from "./live-mark.tsx"
import { NewRequests } from "./new-requests.tsx"
import { NoRequests } from "./no-requests.tsx"
import { RequestDrawer } from "./request-drawer.tsx"
import type { RequestFilters } from "./request-filters.ts"
import type { ActiveCell } from "./request-grid-keys.ts"
import { RequestTable } from "./request-table.tsx"
import { TableFooter } from "./table-footer.tsx"
import { useRequestFeed } from "./use-request-feed.ts"

interface RequestListProps {
  readonly filters: RequestFilters
  readonly selectedId: string | null
  readonly onFilters: (filters: RequestFilters) => void
  readonly onOpen: (id: string) => void
  readonly onClose: () => void
}

/** The live list, its filters, and the open request beside it. */
export function RequestList({ filters, selectedId, onFilters, onOpen, onClose }: RequestListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [isAtTop, setIsAtTop] = useState(true)
  const [active, setActive] = useState<ActiveCell | null>(null)
  // Whoever has scrolled, opened or walked to a row is reading: new rows wait instead of moving it.
  const isFollowing = isAtTop && selectedId === null && active === null
  const { feed, ...list } = useRequestFeed(filters, isFollowing)
  const newestAtLoad = useNewestAtLoad(feed.isLoaded, feed.rows[0]?.id)
  // Where there is no room beside the list, the open request lies over it.
  const isCovered = useMediaQuery("(max-width: 1023.9px)") && selectedId !== null
  useFocusAfterClose(scroller, selectedId)
  const showNew = () => {
    list.showWaiting()
    setActive(null)
    scroller.current?.scrollTo({ top: 0 })
  }
  const onNearEnd = () => !list.olderError && list.loadOlder()
  return (
    <div className="relative flex h-full flex-col">
      <div inert={isCovered} className="grid shrink-0 gap-3 border-line border-b px-6 pt-4 pb-3 max-md:px-4">
        <PageHeader title="Requests" actions={<LiveMark isFollowing={isFollowing} error={list.error} />} />
        <FilterBar filters={filters} rows={feed.rows} onChange={onFilters} />
      </div>
      <div className="flex min-h-0 flex-1">
        {!feed.isLoaded ? (
          <div inert={isCovered} className="flex-1 px-6 py-4 max-md:px-4">
            {list.error ? (
              <Failure title="The requests could not be loaded" error={list.error} onRetry={list.retry} />
            ) : (
              <SkeletonRows rows={14} />
            )}
          </div>
        ) : feed.rows.length === 0 ? (
          <div inert={isCovered} className="flex-1">
            <NoRequests filters={filters} onClear={() => onFilters({})} />
          </div>
        ) : (
          <div inert={isCovered} className="relative flex min-w-0 flex-1">
            <NewRequests count={feed.waiting.length} isMore={feed.hasGap} onShow={showNew} />
            <RequestTable
              rows={feed.rows}
              scroller={scroller}
              selectedId={selectedId}
              active={active}
              newestAtLoad={newestAtLoad}
              footer={<TableFooter list={list} hasOlder={feed.olderCursor !== null} />}
              onActive={setActive}
              onOpen={onOpen}
              onClose={onClose}
              onScroll={(topPx) => setIsAtTop(topPx < 8)}
              onNearEnd={onNearEnd}
            />
          </div>
        )}
        {selectedId !== null && <RequestDrawer id={selectedId} rows={feed.rows} onOpen={onOpen} onClose={onClose} />}
      </div>
    </div>
  )
}

/** The newest id of the first page, to tell later arrivals from it; empty until there is one. */
function useNewestAtLoad(isLoaded: boolean, newest: string | undefined): string {
  const [id, setId] = useState("")
  useEffect(() => {
    if (isLoaded) setId((known) => known || newest || "")
  }, [isLoaded, newest])
  return id
}

/** Gives the focus back to the grid once what was open is closed, and the list can be reached again. */
function useFocusAfterClose(scroller: RefObject<HTMLElement | null>, selectedId: string | null): void {
  const wasOpen = useRef(false)
  useEffect(() => {
    if (wasOpen.current && selectedId === null) scroller.current?.querySelector("table")?.focus({ preventScroll: true })
    wasOpen.current = selectedId !== null
  }, [scroller, selectedId])
}
