/** Bytes of a page: some eighty records. */
const pageBytes = 64 * 1024

/** Pages kept for the next records when they are empty, so that steady traffic allocates none. */
const sparePages = 4

/** A character of a JavaScript string is at most three bytes of UTF-8. */
const bytesPerCharacter = 3

interface Page {
  readonly bytes: Buffer
  /** Where each of its lines ends; the first begins at 0. */
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
    const page = this.#pageFor(line.length * bytesPerCharacter)
    const from = page.ends.at(-1) ?? 0
    page.ends.push(from + page.bytes.write(line, from))
    this.#length += 1
  }

  /** The oldest lines, at most `count`, left where they are. */
  peek(count: number): string[] {
    const lines: string[] = []
    for (const { bytes, ends, removed } of this.#pages) {
      for (let index = removed; index < ends.length; index += 1) {
        if (lines.length >= count) return lines
        lines.push(bytes.toString("utf8", ends[index - 1] ?? 0, ends[index]))
      }
    }
    return lines
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
