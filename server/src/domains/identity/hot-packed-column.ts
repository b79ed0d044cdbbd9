/** Rows there is room for at first; a power of two. */
const firstRows = 16

/**
 * Byte strings of one width, packed, each found by its content: rows in one buffer, and an open-addressing index of four
 * bytes a slot. The last four bytes of a value are its hash, so they must be evenly spread, as those of a digest and of a
 * random UUID are. Rows are numbered without gaps: taking one away moves the last into its place.
 */
export class PackedColumn {
  readonly #width: number
  #bytes: Buffer
  /** Row + 1 by slot; 0 is an empty slot. At most half are used. */
  #slots = new Int32Array(firstRows * 2)
  #count = 0

  /** @param width bytes of a value, at least four */
  constructor(width: number) {
    this.#width = width
    this.#bytes = Buffer.alloc(firstRows * width)
  }

  /** Rows in use. */
  get count(): number {
    return this.#count
  }

  /** Bytes of memory held. */
  get byteLength(): number {
    return this.#bytes.byteLength + this.#slots.byteLength
  }

  /** The row that holds this value; -1 when none does. A value of another width is never found. */
  find(value: Buffer): number {
    if (value.length !== this.#width) return -1
    const mask = this.#slots.length - 1
    for (let slot = value.readUInt32LE(this.#width - 4) & mask; ; slot = (slot + 1) & mask) {
      const row = (this.#slots[slot] as number) - 1
      if (row < 0) return -1
      const at = row * this.#width
      if (value.compare(this.#bytes, at, at + this.#width) === 0) return row
    }
  }

  /** Adds a value that is not there yet, and gives its row: the first free one. */
  push(value: Buffer): number {
    const row = this.#count
    if (row * this.#width === this.#bytes.length) this.#growRows()
    if ((row + 1) * 2 > this.#slots.length) this.#growIndex()
    value.copy(this.#bytes, row * this.#width, 0, this.#width)
    this.#count += 1
    this.#link(row)
    return row
  }

  /** Takes a row away; the last row moves into its place. */
  remove(row: number): void {
    const last = this.#count - 1
    this.#unlink(this.#slotOf(row))
    if (row !== last) {
      const slot = this.#slotOf(last)
      this.#bytes.copyWithin(row * this.#width, last * this.#width, (last + 1) * this.#width)
      this.#slots[slot] = row + 1
    }
    this.#bytes.fill(0, last * this.#width, (last + 1) * this.#width)
    this.#count = last
  }

  /** A row's value in hexadecimal. */
  hex(row: number): string {
    return this.#bytes.toString("hex", row * this.#width, (row + 1) * this.#width)
  }

  #homeOf(row: number): number {
    return this.#bytes.readUInt32LE((row + 1) * this.#width - 4) & (this.#slots.length - 1)
  }

  #slotOf(row: number): number {
    const mask = this.#slots.length - 1
    let slot = this.#homeOf(row)
    while (this.#slots[slot] !== row + 1) slot = (slot + 1) & mask
    return slot
  }

  #link(row: number): void {
    const mask = this.#slots.length - 1
    let slot = this.#homeOf(row)
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = row + 1
  }

  /** Empties a slot and closes the gap (Knuth 6.4, algorithm R), so that no marks of deleted rows lengthen a search. */
  #unlink(emptied: number): void {
    const mask = this.#slots.length - 1
    let gap = emptied
    for (let slot = (gap + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#homeOf((this.#slots[slot] as number) - 1)
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue
      this.#slots[gap] = this.#slots[slot] as number
      gap = slot
    }
    this.#slots[gap] = 0
  }

  #growRows(): void {
    const rows = this.#bytes.length / this.#width
    const larger = Buffer.alloc(Math.ceil(rows * 1.5) * this.#width)
    this.#bytes.copy(larger)
    this.#bytes = larger
  }

  #growIndex(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let row = 0; row < this.#count; row += 1) this.#link(row)
  }
}
