import type { CountedRow } from "../requests/index.ts"

/** A stored exchange as far as rollups count it. */
export type RollupRow = CountedRow

/** Whether a request failed: refused or failed with a status, or its answer broke off. */
export const isFailure = (row: Pick<RollupRow, "status" | "error_category">): boolean =>
  row.status >= 400 || row.error_category !== null
