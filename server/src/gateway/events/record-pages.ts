/** Bytes of a page: some eighty records. */
const pageBytes = 64 * 1024

/** Pages kept for the next records when they are empty, so that steady traffic allocates none. */
const sparePages = 4

const comma = 0x2c

/** A character of a JavaScript string is at most three bytes of UTF-8. */
const bytesPerCharacter = 3

interface Page {
  readonly bytes: Buffer
  /** Where each of its lines ends, a comma behind it included; the first begins at 0. */
  readonly ends: number[]
  /** Lines at its front that were removed. */
  removed: number
}

/**
 * Lines of text in the order they came, as bytes in a few large pages. Thousands of records wait here for a quarter of a
 * second each: as objects or strings they would be what every garbage collection has to look at and to copy.
 */
export class RecordPages {
  readonly #pages: Page[] = []
  readonly #spare: Buffer[] = []
  #length = 0

  /** Lines held. */
  get length(): number {
    return this.#length
  }

  /** Adds a line at the end. */
  add(line: string): void {
    const page = this.#pageFor(line.length * bytesPerCharacter + 1)
    const from = page.ends.at(-1) ?? 0
    const end = from + page.bytes.write(line, from)
    page.bytes[end] = comma
    page.ends.push(end + 1)
    this.#length += 1
  }

  /** The oldest lines, at most `count`, left where they are. */
  peek(count: number): string[] {
    const lines: string[] = []
    for (const { bytes, ends, removed } of this.#pages) {
      for (let index = removed; index < ends.length; index += 1) {
        if (lines.length >= count) return lines
        lines.push(bytes.toString("utf8", ends[index - 1] ?? 0, (ends[index] as number) - 1))
      }
    }
    return lines
  }

  /**
   * The same lines with commas between them, as pieces of the pages themselves: nothing is made of them on the way to a
   * socket. The pieces hold until lines are removed, so they are to be copied before anything is waited for.
   */
  peekJoined(count: number): { readonly count: number; readonly pieces: readonly Buffer[] } {
    const pieces: Buffer[] = []
    let left = Math.min(count, this.#length)
    const taken = left
    for (const { bytes, ends, removed } of this.#pages) {
      const held = Math.min(left, ends.length - removed)
      if (held === 0) continue
      left -= held
      const end = ends[removed + held - 1] as number
      pieces.push(bytes.subarray(ends[removed - 1] ?? 0, left === 0 ? end - 1 : end))
      if (left === 0) break
    }
    return { count: taken, pieces }
  }

  /** Forgets the oldest `count` lines. */
  remove(count: number): void {
    let left = Math.min(count, this.#length)
    this.#length -= left
    for (let page = this.#pages[0]; page && left > 0; page = this.#pages[0]) {
      const held = page.ends.length - page.removed
      page.removed += Math.min(held, left)
      if (held > left) return
      left -= held
      this.#pages.shift()
      if (page.bytes.length === pageBytes && this.#spare.length < sparePages) this.#spare.push(page.bytes)
    }
  }

  #pageFor(bytes: number): Page {
    const last = this.#pages.at(-1)
    if (last && last.bytes.length - (last.ends.at(-1) ?? 0) >= bytes) return last
    const page: Page = { bytes: this.#allocate(bytes), ends: [], removed: 0 }
    this.#pages.push(page)
    return page
  }

  #allocate(bytes: number): Buffer {
    if (bytes > pageBytes) return Buffer.allocUnsafeSlow(bytes)
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(pageBytes)
  }
}
