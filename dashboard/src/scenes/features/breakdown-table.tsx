import type { Dimension } from "@sluice/protocol/api/figures"
import { Link } from "@tanstack/react-router"
import { ArrowDown, ArrowUp } from "lucide-react"
import type { KeyboardEvent } from "react"
import { classNames } from "../../components/class-names.ts"
import { type BreakdownColumn, columnsOf } from "./breakdown-columns.tsx"
import type { BreakdownRow } from "./breakdown-row.ts"
import { type BreakdownSearch, type BreakdownSorting, toggleSorting } from "./breakdown-search.ts"

interface BreakdownTableProps {
  readonly by: Dimension
  readonly noun: string
  readonly rows: readonly BreakdownRow[]
  readonly sort: BreakdownSorting
  /** True while what is shown is of another question, and its answer on the way. */
  readonly isStale: boolean
  /** Whether a value that is not in the period before surely had no request there. */
  readonly isComparable: boolean
  /** What the period before is called. */
  readonly before: string
  readonly selected: string | undefined
  readonly search: BreakdownSearch
}

/** The values, sorted by what is pressed. Up and down go from value to value; Enter opens one. */
export function BreakdownTable(props: BreakdownTableProps) {
  const { by, noun, rows, isStale, selected, search } = props
  const columns = columnsOf(by)
  return (
    <section
      aria-label={`Figures by ${noun}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
      tabIndex={0}
      className="overflow-x-auto rounded-lg border border-line bg-surface"
    >
      <table aria-busy={isStale} className={classNames("figures w-full text-right", isStale && "opacity-60")}>
        <thead className="text-ink-mute text-xs">
          <tr className="border-line border-b">
            <th scope="col" className="sticky left-0 z-10 bg-surface px-3.5 py-2 text-left font-medium capitalize">
              {noun}
            </th>
            {columns.map((column) => (
              <ColumnHead key={column.title} column={column} {...props} />
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={walk}>
          {rows.map((row) => (
            <tr
              key={row.key}
              className={classNames(
                "border-line not-last:border-b",
                row.filter !== null && row.filter === selected ? "bg-selected" : "hover:bg-hover",
              )}
            >
              <th scope="row" className="max-w-64 min-w-36 truncate px-3.5 py-2 text-left font-normal">
                <RowName row={row} search={search} />
              </th>
              {columns.map(({ title, cell }) => (
                <td key={title} className="whitespace-nowrap px-2.5 py-2">
                  {cell(row, props)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface ColumnHeadProps extends Pick<BreakdownTableProps, "sort" | "search"> {
  readonly column: BreakdownColumn
}

function ColumnHead({ column: { title, tip, field }, sort, search }: ColumnHeadProps) {
  const isSorted = field !== undefined && (sort === field || sort === `-${field}`)
  const isDescending = sort.startsWith("-")
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (isDescending ? "descending" : "ascending") : undefined}
      className="whitespace-nowrap px-2.5 py-2 font-medium"
    >
      {field ? (
        <Link
          to="/features"
          search={{ ...search, sort: toggleSorting(sort, field) }}
          replace
          data-tip={tip}
          className={classNames("inline-flex items-baseline gap-0.5 hover:text-ink", isSorted && "text-ink")}
        >
          {isSorted &&
            (isDescending ? (
              <ArrowDown aria-hidden className="size-3 self-center" />
            ) : (
              <ArrowUp aria-hidden className="size-3 self-center" />
            ))}
          {title}
        </Link>
      ) : (
        <span data-tip={tip}>{title}</span>
      )}
    </th>
  )
}

function RowName({ row, search }: { readonly row: BreakdownRow; readonly search: BreakdownSearch }) {
  const { title, explanation, filter } = row
  const tip = explanation ?? (title.length > 30 ? title : undefined)
  if (filter === null) {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what explains a row must be reachable by keyboard
      <span data-tip={tip} tabIndex={0} className="dotted-hint text-ink-mute">
        {title}
      </span>
    )
  }
  return (
    <Link
      to="/features"
      search={{ ...search, value: filter }}
      data-tip={tip}
      className={classNames(
        "font-medium hover:text-accent hover:underline",
        explanation && "dotted-hint text-ink-mute",
      )}
    >
      {title}
    </Link>
  )
}

/** Up and down lead to the name in the row above or below. */
function walk(event: KeyboardEvent<HTMLTableSectionElement>): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0
  if (by === 0) return
  const names = [...event.currentTarget.querySelectorAll<HTMLElement>("th a, th [tabindex]")]
  const next = names[names.indexOf(document.activeElement as HTMLElement) + by]
  if (!next) return
  event.preventDefault()
  next.focus()
}
