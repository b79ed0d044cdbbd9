import { type FileHandle, open } from "node:fs/promises"

/** Bytes read at a time: some hundred records, so that reading a backlog never holds up requests for long. */
const windowBytes = 256 * 1024

/** Reads the records of a segment in order, a piece of the file at a time. */
export class SegmentReader {
  readonly #file: FileHandle
  /** Whole lines read and not skipped yet. */
  readonly #lines: string[] = []
  /** Where the next piece begins. */
  #position = 0

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async open(path: string): Promise<SegmentReader> {
    return new SegmentReader(await open(path, "r"))
  }

  /** The next records, at most `count`; none at the end. Fewer than there are when a piece of the file ends first. */
  async peek(count: number): Promise<readonly string[]> {
    while (this.#lines.length === 0 && (await this.#readPiece()));
    return this.#lines.slice(0, count)
  }

  /** Goes past records that `peek` gave. */
  skip(count: number): void {
    this.#lines.splice(0, count)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** False at the end. What stands after the last line end was torn by a crash. */
  async #readPiece(): Promise<boolean> {
    for (let size = windowBytes; ; size *= 2) {
      const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(size), 0, size, this.#position)
      const end = buffer.lastIndexOf(10, bytesRead - 1)
      if (bytesRead === 0 || (end < 0 && bytesRead < size)) return false
      if (end < 0) continue
      this.#position += end + 1
      for (const line of buffer.toString("utf8", 0, end).split("\n")) if (isRecord(line)) this.#lines.push(line)
      return true
    }
  }
}

/** Enough to tell a record from what a torn write leaves; control looks closer. */
const isRecord = (line: string): boolean => line.startsWith("{") && line.endsWith("}")
