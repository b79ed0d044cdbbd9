import type { RequestBody } from "@sluice/protocol/api/requests"
import { useVirtualizer } from "@tanstack/react-virtual"
import { type CSSProperties, type ReactNode, type RefObject, useCallback, useEffect, useMemo } from "react"
import { classNames } from "../../components/class-names.ts"
import { useNow } from "../../hooks/use-now.ts"
import { useWidth } from "../../hooks/use-width.ts"
import { cardsBelowPx, columnsFor, type RequestColumn, toTracks } from "./request-columns.tsx"
import { type ActiveCell, cellDomId, rowDomId, useGridKeys } from "./request-grid-keys.ts"
import { RequestRow } from "./request-row.tsx"

const headerPx = 32
const rowPx = 36
const cardPx = 62
/** Rows from the end at which the next page is asked for. */
const lookAhead = 15

interface RequestTableProps {
  readonly rows: readonly RequestBody[]
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly selectedId: string | null
  readonly active: ActiveCell | null
  /** Rows newer than this arrived while the reader was looking. */
  readonly newestAtLoad: string
  readonly footer: ReactNode
  readonly onActive: (active: ActiveCell | null) => void
  readonly onOpen: (id: string) => void
  readonly onClose: () => void
  readonly onScroll: (topPx: number) => void
  readonly onNearEnd: () => void
}

/**
 * The rows, of which only the visible ones exist. The grid keeps the focus and names its active cell, so that a row that
 * leaves the window never takes the focus with it.
 */
export function RequestTable(props: RequestTableProps) {
  const { rows, scroller, selectedId, active, onActive, onOpen, onNearEnd } = props
  const now = useNow(60_000)
  const width = useWidth(scroller)
  const isCards = width > 0 && width < cardsBelowPx
  const columns = useMemo(() => columnsFor(width), [width])
  // Keys differ between the layouts, so that the sizes of one are not taken for those of the other.
  const keyOf = useCallback(
    (index: number) => `${isCards ? "card" : "row"}-${rows[index]?.id ?? index}`,
    [rows, isCards],
  )
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isCards ? cardPx : rowPx),
    getItemKey: keyOf,
    overscan: 12,
    // The sticky head lies over the first rows of what is visible.
    scrollPaddingEnd: isCards ? 0 : headerPx,
  })
  const items = virtualizer.getVirtualItems()
  const lastIndex = items.at(-1)?.index ?? -1
  useEffect(() => {
    if (lastIndex >= 0 && lastIndex >= rows.length - lookAhead) onNearEnd()
  }, [lastIndex, rows.length, onNearEnd])
  const onKeyDown = useGridKeys({ ...props, columns: isCards ? [] : columns, reveal: virtualizer.scrollToIndex })
  return (
    <div
      ref={scroller}
      onScroll={(event) => props.onScroll(event.currentTarget.scrollTop)}
      className="min-h-0 min-w-0 flex-1 overflow-y-auto overflow-x-hidden"
    >
      <table
        {...gridProps(active ? domIdOf(active, columns) : undefined)}
        aria-label="Requests, newest first"
        aria-rowcount={-1}
        onKeyDown={onKeyDown}
        onBlur={() => selectedId === null && onActive(null)}
        className="block -outline-offset-2"
      >
        {!isCards && <RequestTableHead columns={columns} />}
        <tbody className="relative block" style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ index, start, size }) => {
            const request = rows[index]
            return (
              request && (
                <RequestRow
                  key={request.id}
                  request={request}
                  now={now}
                  columns={isCards ? null : columns}
                  layout={{ ...tracksOf(columns), height: size, transform: `translateY(${start}px)` }}
                  index={index}
                  isSelected={request.id === selectedId}
                  active={active?.id === request.id ? active : null}
                  isArriving={index < 12 && props.newestAtLoad !== "" && request.id > props.newestAtLoad}
                  onOpen={onOpen}
                />
              )
            )
          })}
        </tbody>
      </table>
      {props.footer}
    </div>
  )
}

function RequestTableHead({ columns }: { readonly columns: readonly RequestColumn[] }) {
  return (
    <thead className="sticky top-0 z-10 block bg-canvas">
      <tr
        className="grid h-8 items-center gap-x-3 border-line border-b px-6 text-ink-mute text-xs"
        style={tracksOf(columns)}
      >
        {columns.map(({ id, title, isNumeric }) => (
          <th
            key={id}
            scope="col"
            className={classNames("truncate font-normal", isNumeric ? "text-right" : "text-left")}
          >
            {title}
          </th>
        ))}
      </tr>
    </thead>
  )
}

/** A table whose cells are walked through (WAI-ARIA's grid pattern); HTML has no element for it. */
function gridProps(activeId: string | undefined) {
  return { role: "grid", tabIndex: 0, "aria-activedescendant": activeId } as const
}

function tracksOf(columns: readonly RequestColumn[]): CSSProperties {
  return { gridTemplateColumns: toTracks(columns) }
}

function domIdOf(active: ActiveCell, columns: readonly { readonly id: string }[]): string {
  const column = active.column === null ? undefined : columns[active.column]
  return column ? cellDomId(active.id, column.id) : rowDomId(active.id)
}
