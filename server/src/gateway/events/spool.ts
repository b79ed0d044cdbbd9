import { type FileHandle, mkdir, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { SegmentReader } from "./segment-reader.ts"
import { leaveSpoolFolder, openSpoolFolder, rejectedFolder, segmentSuffix } from "./spool-folder.ts"

/** A file of the spool: records of one epoch, a JSON line each. */
interface Segment {
  readonly path: string
  readonly epoch: string
  /** Records not acknowledged yet. */
  lines: number
  bytes: number
}

/** Records read back, to be acknowledged or tried again. All are of one epoch. */
export interface SpooledBatch {
  readonly epoch: string
  readonly lines: readonly string[]
}

export interface SpoolOptions {
  /** Holds a folder for each gateway process. */
  readonly folder: string
  readonly instance: string
  /** The numbering of this process; its segments are named by it. */
  readonly epoch: string
  /** Bytes all segments of this process may have together. */
  readonly maxBytes: number
  /** Bytes after which a segment is closed and another begun; 8 MiB unless given. */
  readonly segmentBytes?: number
}

/** Raised by `append` when the spool has its full size. */
export class SpoolFull extends Error {}

/**
 * Records that control could not take yet, in files: appended in order, read back in order, and a file deleted when every
 * line of it was acknowledged. A line torn by a crash is not a record and is skipped. Calls are not to overlap, except
 * that the counts can be read at any time.
 */
export class Spool {
  readonly #options: Required<SpoolOptions>
  readonly #folder: string
  readonly #segments: Segment[] = []
  #writer: { readonly segment: Segment; readonly file: FileHandle } | null = null
  #reading: { readonly segment: Segment; readonly reader: SegmentReader } | null = null
  #number = 0
  #bytes = 0

  private constructor(options: Required<SpoolOptions>, folder: string) {
    this.#options = options
    this.#folder = folder
  }

  /**
   * Opens this process's folder and takes over what dead processes left.
   * @throws the file system's error when the folder cannot be made or read
   */
  static async open(given: SpoolOptions): Promise<Spool> {
    const options = { segmentBytes: 8 * 1024 * 1024, ...given }
    const spool = new Spool(options, await openSpoolFolder(options.folder, options.instance))
    await spool.#findSegments()
    return spool
  }

  /** Records waiting. */
  get count(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.lines, 0)
  }

  /** Bytes of disk in use. */
  get bytes(): number {
    return this.#bytes
  }

  /** Records waiting, by epoch. */
  get byEpoch(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { epoch, lines } of this.#segments) if (lines > 0) counts[epoch] = (counts[epoch] ?? 0) + lines
    return counts
  }

  /**
   * Adds records of this process's epoch. All of them are on the disk when it resolves, none is counted when it throws.
   * @throws SpoolFull at the size limit; the file system's error otherwise
   */
  async append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return
    const bytes = Buffer.from(`${lines.join("\n")}\n`)
    if (this.#bytes + bytes.length > this.#options.maxBytes) throw new SpoolFull("the spool has its full size")
    const { segment, file } = await this.#openWriter()
    try {
      await writeWhole(file, bytes, segment.bytes)
      await file.datasync()
    } catch (error) {
      await this.#abandonTornWriter()
      throw error
    }
    segment.bytes += bytes.length
    segment.lines += lines.length
    this.#bytes += bytes.length
    if (segment.bytes >= this.#options.segmentBytes) await this.#closeWriter()
  }

  /**
   * The oldest records, at most `count`; null when there are none. The same ones until they are acknowledged.
   * @throws the file system's error when they cannot be read
   */
  async read(count: number): Promise<SpooledBatch | null> {
    for (;;) {
      const [oldest] = this.#segments
      if (!oldest || oldest.lines === 0) {
        if (!oldest || this.#writer?.segment === oldest) return null
        await this.#forgetOldest()
        continue
      }
      // A file that is read grows no more: what comes next begins another.
      if (this.#writer?.segment === oldest) await this.#closeWriter()
      this.#reading ??= { segment: oldest, reader: await SegmentReader.open(oldest.path) }
      const lines = await this.#reading.reader.peek(count)
      if (lines.length > 0) return { epoch: oldest.epoch, lines }
      await this.#forgetOldest()
    }
  }

  /** The first `count` records that `read` gave are stored, or set aside; their file goes when it was the last of it. */
  async acknowledge(count: number): Promise<void> {
    const reading = this.#reading
    if (!reading) return
    reading.reader.skip(count)
    reading.segment.lines = Math.max(0, reading.segment.lines - count)
    if (reading.segment.lines === 0) await this.#forgetOldest()
  }

  /** Keeps records that can never be stored where a person can look at them, a JSON line each, under `rejected`. */
  async setAside(lines: readonly string[]): Promise<void> {
    const folder = join(this.#options.folder, rejectedFolder)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = join(folder, `${this.#options.instance}-${this.#options.epoch}${segmentSuffix}`)
    await writeFile(path, lines.map((line) => `${line}\n`).join(""), { flag: "a", mode: 0o600 })
  }

  /** Closes its files; what waits stays on the disk, for the next process that starts. */
  async close(): Promise<void> {
    await this.#closeWriter()
    await this.#reading?.reader.close()
    this.#reading = null
    await leaveSpoolFolder(this.#folder)
  }

  async #openWriter(): Promise<{ readonly segment: Segment; readonly file: FileHandle }> {
    if (this.#writer) return this.#writer
    this.#number += 1
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const name = `${this.#options.epoch}_${String(this.#number).padStart(8, "0")}${segmentSuffix}`
    const segment: Segment = { path: join(this.#folder, name), epoch: this.#options.epoch, lines: 0, bytes: 0 }
    const file = await open(segment.path, "wx", 0o600)
    this.#writer = { segment, file }
    this.#segments.push(segment)
    return this.#writer
  }

  /** Part of a batch may stand in the file: it is cut off again, and nothing is to follow it there. */
  async #abandonTornWriter(): Promise<void> {
    const writer = this.#writer
    if (!writer) return
    await writer.file.truncate(writer.segment.bytes).catch(() => undefined)
    await this.#closeWriter().catch(() => undefined)
    if (writer.segment.lines > 0 || this.#reading?.segment === writer.segment) return
    this.#segments.splice(this.#segments.indexOf(writer.segment), 1)
    await rm(writer.segment.path, { force: true }).catch(() => undefined)
  }

  async #closeWriter(): Promise<void> {
    const writer = this.#writer
    this.#writer = null
    await writer?.file.close()
  }

  async #forgetOldest(): Promise<void> {
    const reading = this.#reading
    this.#reading = null
    const oldest = this.#segments.shift()
    if (!oldest) return
    this.#bytes -= oldest.bytes
    await reading?.reader.close()
    await rm(oldest.path, { force: true })
  }

  async #findSegments(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(segmentSuffix)).sort()
    for (const name of names) {
      const path = join(this.#folder, name)
      const { size } = await stat(path)
      const lines = countLines(await readFile(path))
      const epoch = name.slice(0, name.indexOf("_"))
      if (epoch === this.#options.epoch) this.#number = Number.parseInt(name.slice(epoch.length + 1), 10)
      this.#segments.push({ path, epoch, lines, bytes: size })
      this.#bytes += size
    }
  }
}

/** `write` may take less than it was given. */
async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
  }
}

function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1
  return lines
}
