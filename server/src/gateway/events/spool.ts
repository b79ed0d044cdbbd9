import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { isRunning, markOwn, type ProcessMark } from "./process-mark.ts"

/** A file of the spool: records of one epoch, a JSON line each. */
interface Segment {
  readonly path: string
  readonly epoch: string
  lines: number
  bytes: number
}

/** Records read back, to be acknowledged or tried again. */
export interface SpooledBatch {
  readonly lines: readonly string[]
}

export interface SpoolOptions {
  /** Holds a folder for each instance. */
  readonly folder: string
  readonly instance: string
  readonly epoch: string
  /** Bytes all segments of this instance may have together. */
  readonly maxBytes: number
  /** Bytes after which a segment is closed and another begun. */
  readonly segmentBytes?: number
}

/** Raised by `append` when the spool has its full size. */
export class SpoolFull extends Error {}

const suffix = ".ndjson"
const lockName = "owner.json"
const rejectedFolder = "rejected"

/**
 * Records that control could not take yet, in files: appended in order, read back in order, and deleted when every line of a
 * file was acknowledged. A line torn by a crash or a full disk is not a record and is skipped.
 */
export class Spool {
  readonly #options: Required<SpoolOptions>
  readonly #folder: string
  #segments: Segment[] = []
  #writer: { readonly segment: Segment; readonly file: FileHandle } | null = null
  #reading: { readonly segment: Segment; readonly lines: string[] } | null = null
  #number = 0
  #bytes = 0
  #count = 0

  private constructor(options: Required<SpoolOptions>, folder: string) {
    this.#options = options
    this.#folder = folder
  }

  /** Opens this instance's folder and takes over what dead instances left. */
  static async open(given: SpoolOptions): Promise<Spool> {
    const options = { segmentBytes: 8 * 1024 * 1024, ...given }
    const folder = await claimFolder(options.folder, options.instance)
    const spool = new Spool(options, folder)
    await adoptOrphans(options.folder, folder)
    await spool.#findSegments()
    return spool
  }

  /** Records waiting. */
  get count(): number {
    return this.#count
  }

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
   * Adds records of this process's epoch. All of them are in the file when it resolves, none when it throws.
   * @throws SpoolFull at the size limit; the file system's error otherwise
   */
  async append(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""))
    if (this.#bytes + bytes.length > this.#options.maxBytes) throw new SpoolFull("the spool has its full size")
    const { segment, file } = await this.#openWriter()
    try {
      await writeWhole(file, bytes, segment.bytes)
    } catch (error) {
      await this.#abandonTornWriter()
      throw error
    }
    segment.bytes += bytes.length
    segment.lines += lines.length
    this.#bytes += bytes.length
    this.#count += lines.length
    if (segment.bytes >= this.#options.segmentBytes) await this.#closeWriter()
  }

  /** The oldest records, at most `count` of one file; null when there are none. The same until they are acknowledged. */
  async read(count: number): Promise<SpooledBatch | null> {
    while (!this.#reading || this.#reading.lines.length === 0) {
      if (this.#reading) await this.#finishReading()
      const [oldest] = this.#segments
      if (!oldest) return null
      if (this.#writer?.segment === oldest) {
        if (oldest.lines === 0) return null
        await this.#closeWriter()
      }
      const lines = (await readFile(oldest.path, "utf8")).split("\n").filter(isWholeRecord)
      this.#count += lines.length - oldest.lines
      oldest.lines = lines.length
      this.#reading = { segment: oldest, lines }
    }
    return { lines: this.#reading.lines.slice(0, count) }
  }

  /** The first `count` records that `read` gave are stored (or set aside); their file goes when it was the last of it. */
  async acknowledge(count: number): Promise<void> {
    if (!this.#reading) return
    this.#reading.lines.splice(0, count)
    this.#reading.segment.lines -= count
    this.#count -= count
    if (this.#reading.lines.length === 0) await this.#finishReading()
  }

  /** Keeps records that can never be stored where a person can look at them. */
  async setAside(lines: readonly string[]): Promise<void> {
    const folder = join(this.#options.folder, rejectedFolder)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = join(folder, `${this.#options.instance}-${this.#options.epoch}${suffix}`)
    await writeFile(path, lines.map((line) => `${line}\n`).join(""), { flag: "a", mode: 0o600 })
  }

  async close(): Promise<void> {
    await this.#closeWriter()
    await rm(join(this.#folder, lockName), { force: true })
  }

  async #openWriter(): Promise<{ readonly segment: Segment; readonly file: FileHandle }> {
    if (this.#writer) return this.#writer
    this.#number += 1
    const name = `${this.#options.epoch}_${String(this.#number).padStart(8, "0")}${suffix}`
    const segment: Segment = { path: join(this.#folder, name), epoch: this.#options.epoch, lines: 0, bytes: 0 }
    const file = await open(segment.path, "wx", 0o600)
    this.#writer = { segment, file }
    this.#segments.push(segment)
    return this.#writer
  }

  /** Part of a batch may stand in the file: nothing is to follow it there, and its whole lines are not acknowledged twice. */
  async #abandonTornWriter(): Promise<void> {
    const writer = this.#writer
    if (!writer) return
    await writer.file.truncate(writer.segment.bytes).catch(() => undefined)
    await this.#closeWriter().catch(() => undefined)
    if (writer.segment.lines > 0) return
    this.#segments = this.#segments.filter((segment) => segment !== writer.segment)
    await rm(writer.segment.path, { force: true }).catch(() => undefined)
  }

  async #closeWriter(): Promise<void> {
    const writer = this.#writer
    this.#writer = null
    await writer?.file.close()
  }

  async #finishReading(): Promise<void> {
    const done = this.#reading
    this.#reading = null
    if (!done) return
    this.#segments = this.#segments.filter((segment) => segment !== done.segment)
    this.#bytes -= done.segment.bytes
    await rm(done.segment.path, { force: true })
  }

  async #findSegments(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(suffix)).sort()
    for (const name of names) {
      const path = join(this.#folder, name)
      const { size } = await stat(path)
      const lines = countLines(await readFile(path))
      if (lines === 0) {
        await rm(path, { force: true })
        continue
      }
      this.#segments.push({ path, epoch: name.slice(0, name.indexOf("_")), lines, bytes: size })
      this.#bytes += size
      this.#count += lines
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

function isWholeRecord(line: string): boolean {
  if (line === "") return false
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1
  return lines
}

/** This instance's folder, or one beside it when a live process has that already. */
async function claimFolder(root: string, instance: string): Promise<string> {
  for (const name of [instance, `${instance}-${process.pid}`]) {
    const folder = join(root, name)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if (await isOwned(folder)) continue
    await writeFile(join(folder, lockName), JSON.stringify(await markOwn()), { mode: 0o600 })
    return folder
  }
  throw new Error(`the spool folders of ${instance} belong to other processes`)
}

async function isOwned(folder: string): Promise<boolean> {
  try {
    const mark = JSON.parse(await readFile(join(folder, lockName), "utf8")) as ProcessMark
    return mark.pid !== process.pid && (await isRunning(mark))
  } catch {
    return false
  }
}

/** Moves the segments of instances that no longer run into our folder. A rename succeeds for one process only. */
async function adoptOrphans(root: string, own: string): Promise<void> {
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const folder = join(root, entry.name)
    if (!entry.isDirectory() || folder === own || entry.name === rejectedFolder || (await isOwned(folder))) continue
    for (const name of await readdir(folder).catch(() => [])) {
      if (name.endsWith(suffix)) await rename(join(folder, name), join(own, name)).catch(() => undefined)
    }
    await rm(folder, { recursive: true, force: true })
  }
}
