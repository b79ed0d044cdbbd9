import { createHash } from "node:crypto"

/** One row's values as the database writes them in text, in the order of the columns' names. */
export type Row = readonly (string | null)[]

/** How many rows there are, and a sum over their contents that does not depend on their order. */
export interface TableSum {
  readonly rows: number
  /** 32 hexadecimal digits. */
  readonly checksum: string
}

const modulus = 1n << 128n

/**
 * Adds rows up: the first 128 bits of each row's SHA-256, summed. A sum, unlike an exclusive or, notices a row that is
 * there twice.
 */
export class RowChecksum {
  #rows = 0
  #sum = 0n

  /** @param line the row as JSON, as `toLine` gives it */
  add(line: string): void {
    const digest = createHash("sha256").update(line).digest()
    this.#rows += 1
    this.#sum += (digest.readBigUInt64BE(0) << 64n) | digest.readBigUInt64BE(8)
  }

  get total(): TableSum {
    return { rows: this.#rows, checksum: (this.#sum % modulus).toString(16).padStart(32, "0") }
  }
}

/** A row as one line of JSON: what is written, and what is summed. */
export const toLine = (row: Row): string => JSON.stringify(row)

/** Whether two tables hold the same rows. */
export const isSameSum = (a: TableSum, b: TableSum): boolean => a.rows === b.rows && a.checksum === b.checksum
