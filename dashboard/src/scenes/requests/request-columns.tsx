import type { RequestBody } from "@sluice/protocol/api/requests"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { StatusBadge } from "../../components/status-badge.tsx"
import { Timestamp } from "../../components/timestamp.tsx"
import { Unknown } from "../../components/unknown.tsx"
import { formatDuration } from "../../format/duration.ts"
import { Cost, FirstToken, Tokens } from "./figures.tsx"
import { ModelName } from "./model-name.tsx"
import { whyNoFeature, whyNoProvider } from "./unknown-reasons.ts"

export interface RequestColumn {
  readonly id: string
  readonly title: string
  /** The narrowest it can be, in pixels. */
  readonly minPx: number
  /** Its part of the room that is left; 0 stays as it is. */
  readonly grow: number
  /** Which columns leave first when there is no room: the highest. 0 never leaves. */
  readonly rank: number
  readonly isNumeric: boolean
  readonly cell: (request: RequestBody, now: number) => ReactNode
}

/** Every column of the table, in its order. Narrow tables drop the least needed first; the drawer has them all. */
export const requestColumns: readonly RequestColumn[] = [
  {
    id: "time",
    title: "Time",
    minPx: 112,
    grow: 0,
    rank: 0,
    isNumeric: false,
    cell: ({ id, started_at }, now) => (
      // A real link, so that a request opens in a tab of its own as any other page does.
      <Link
        to="/requests/$requestId"
        params={{ requestId: id }}
        search={(search) => search}
        tabIndex={-1}
        onClick={(event) => event.stopPropagation()}
        className="hover:underline"
      >
        <Timestamp at={started_at} now={now} />
      </Link>
    ),
  },
  {
    id: "status",
    title: "Status",
    minPx: 48,
    grow: 0,
    rank: 0,
    isNumeric: false,
    cell: ({ status }) => <StatusBadge status={status} />,
  },
  {
    id: "model",
    title: "Model",
    minPx: 144,
    grow: 2,
    rank: 0,
    isNumeric: false,
    cell: (request) => <ModelName request={request} />,
  },
  {
    id: "provider",
    title: "Provider",
    minPx: 80,
    grow: 0,
    rank: 3,
    isNumeric: false,
    cell: ({ provider }) => provider ?? <Unknown because={whyNoProvider} />,
  },
  {
    id: "feature",
    title: "Feature",
    minPx: 112,
    grow: 1,
    rank: 1,
    isNumeric: false,
    cell: ({ feature }) =>
      feature ?? (
        <span data-tip={whyNoFeature} className="text-ink-mute">
          untagged
        </span>
      ),
  },
  {
    id: "latency",
    title: "Latency",
    minPx: 64,
    grow: 0,
    rank: 0,
    isNumeric: true,
    cell: ({ latency_ms }) => formatDuration(latency_ms),
  },
  {
    id: "first-token",
    title: "First token",
    minPx: 76,
    grow: 0,
    rank: 4,
    isNumeric: true,
    cell: (request) => <FirstToken request={request} />,
  },
  {
    id: "tokens",
    title: "Tokens in → out",
    minPx: 132,
    grow: 0,
    rank: 2,
    isNumeric: true,
    cell: (request) => <Tokens request={request} />,
  },
  {
    id: "cost",
    title: "Cost",
    minPx: 100,
    grow: 0,
    rank: 0,
    isNumeric: true,
    cell: (request) => <Cost request={request} />,
  },
]

/** Room between two columns, and on both sides of all of them; as `request-table.tsx` draws them. */
const gapPx = 12
const sidesPx = 48

/** The columns a table of that width has room for, in their order. */
export function columnsFor(widthPx: number): readonly RequestColumn[] {
  let rank = Math.max(...requestColumns.map((column) => column.rank))
  let shown = requestColumns
  while (rank > 0 && leastWidth(shown) > widthPx) {
    rank -= 1
    shown = requestColumns.filter((column) => column.rank <= rank)
  }
  return shown
}

/** Below this width, in pixels, a request is a card of two lines instead of a row. */
export const cardsBelowPx = leastWidth(requestColumns.filter(({ rank }) => rank === 0))

/** The narrowest a table of these columns can be, in pixels. */
export function leastWidth(columns: readonly RequestColumn[]): number {
  return columns.reduce((sum, { minPx }) => sum + minPx + gapPx, sidesPx - gapPx)
}

/** The columns' tracks, for `grid-template-columns`. */
export function toTracks(columns: readonly RequestColumn[]): string {
  return columns.map(({ minPx, grow }) => (grow > 0 ? `minmax(${minPx}px, ${grow}fr)` : `${minPx}px`)).join(" ")
}
