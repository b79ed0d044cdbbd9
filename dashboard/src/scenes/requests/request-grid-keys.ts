import type { KeyboardEvent } from "react"
import { useEffect } from "react"
import { showTip } from "../../components/tip-layer.tsx"

/** Where the keyboard stands: a row, and one of its columns when the arrows went sideways. */
export interface ActiveCell {
  readonly id: string
  /** Index among the shown columns; null for the row as a whole. */
  readonly column: number | null
}

export const rowDomId = (id: string): string => `row-${id}`
export const cellDomId = (id: string, column: string): string => `cell-${id}-${column}`

interface GridKeysOptions {
  readonly rows: readonly { readonly id: string }[]
  readonly columns: readonly { readonly id: string }[]
  readonly active: ActiveCell | null
  readonly selectedId: string | null
  readonly onActive: (active: ActiveCell | null) => void
  readonly onOpen: (id: string) => void
  readonly onClose: () => void
  readonly reveal: (index: number) => void
}

const pageRows = 12

/**
 * Keys of the grid: up and down, a page, both ends; left and right among the cells, whose tips show; Enter opens; Escape closes
 * what is open, then leaves the row.
 */
export function useGridKeys(options: GridKeysOptions): (event: KeyboardEvent<HTMLElement>) => void {
  const { rows, columns, active, selectedId, onActive, onOpen, onClose, reveal } = options
  useCellTip(active, columns)
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || rows.length === 0) return
    const from = rows.findIndex(({ id }) => id === (active?.id ?? selectedId))
    if (event.key === "Enter") {
      if (active) onOpen(active.id)
    } else if (event.key === "Escape") {
      if (selectedId !== null) onClose()
      else onActive(null)
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const row = rows[Math.max(0, from)]
      if (row) onActive({ id: row.id, column: moveColumn(active, columns.length, event.key === "ArrowRight") })
    } else {
      const to = moveRow(event.key, from, rows.length)
      const row = to === null ? undefined : rows[to]
      if (to === null || !row) return
      onActive({ id: row.id, column: active?.column ?? null })
      reveal(to)
      if (selectedId !== null) onOpen(row.id)
    }
    event.preventDefault()
  }
}

/** The row a key leads to; null when it is no key of ours. `from` is −1 when no row is active. */
export function moveRow(key: string, from: number, count: number): number | null {
  const targets = new Map([
    ["ArrowDown", from + 1],
    ["ArrowUp", from - 1],
    ["PageDown", from + pageRows],
    ["PageUp", from - pageRows],
    ["Home", 0],
    ["End", count - 1],
  ])
  const target = targets.get(key)
  return target === undefined ? null : Math.max(0, Math.min(count - 1, target))
}

/** Left of the first cell is the row as a whole. */
function moveColumn(active: ActiveCell | null, count: number, isRight: boolean): number | null {
  const from = active?.column ?? -1
  const to = isRight ? Math.min(count - 1, from + 1) : from - 1
  return to < 0 ? null : to
}

/** The active cell has no focus of its own, so its tip is asked for. */
function useCellTip(active: ActiveCell | null, columns: readonly { readonly id: string }[]): void {
  const column = active?.column === null || active === null ? undefined : columns[active.column]?.id
  const id = active?.id
  useEffect(() => {
    if (id === undefined || column === undefined) return
    const cell = document.getElementById(cellDomId(id, column))
    showTip(cell?.querySelector("[data-tip]") ?? null)
    return () => showTip(null)
  }, [id, column])
}
