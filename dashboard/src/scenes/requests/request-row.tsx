import type { RequestBody } from "@sluice/protocol/api/requests"
import type { CSSProperties } from "react"
import { classNames } from "../../components/class-names.ts"
import { RequestCard } from "./request-card.tsx"
import type { RequestColumn } from "./request-columns.tsx"
import { type ActiveCell, cellDomId, rowDomId } from "./request-grid-keys.ts"

interface RequestRowProps {
  readonly request: RequestBody
  readonly now: number
  /** Null for a card. */
  readonly columns: readonly RequestColumn[] | null
  readonly layout: CSSProperties
  readonly index: number
  readonly isSelected: boolean
  /** Where the keyboard stands in this row; null when it is elsewhere. */
  readonly active: ActiveCell | null
  readonly isArriving: boolean
  readonly onOpen: (id: string) => void
}

const activeLook = "outline-2 outline-accent -outline-offset-2"

/** One request, as a row of cells or as a card. The grid around it handles the keys. */
export function RequestRow(props: RequestRowProps) {
  const { request, now, columns, layout, index, isSelected, active, isArriving, onOpen } = props
  return (
    <tr
      id={rowDomId(request.id)}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={layout}
      onClick={() => onOpen(request.id)}
      onKeyDown={(event) => event.key === "Enter" && onOpen(request.id)}
      className={classNames(
        "absolute inset-x-0 top-0 cursor-pointer items-center gap-x-3 border-line border-b",
        columns ? "grid px-6" : "flex px-4",
        isSelected ? "bg-selected" : "hover:bg-hover",
        isArriving && "animate-arrive",
        active?.column === null && activeLook,
      )}
    >
      {columns ? (
        columns.map(({ id, isNumeric, cell }, position) => (
          <td
            key={id}
            id={cellDomId(request.id, id)}
            className={classNames(
              "truncate rounded-sm",
              isNumeric && "figures text-right",
              active?.column === position && activeLook,
            )}
          >
            {cell(request, now)}
          </td>
        ))
      ) : (
        <td className="flex min-w-0 flex-1">
          <RequestCard request={request} now={now} />
        </td>
      )}
    </tr>
  )
}
