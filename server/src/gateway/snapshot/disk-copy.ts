import { type FileHandle, mkdir, open, readFile, rename, stat } from "node:fs/promises"
import { dirname } from "node:path"
import { deriveKey, open as openSealed, seal } from "../../platform/crypto.ts"

/** Plain text sealed at a time, or a little more. */
const blockBytes = 64 * 1024
/** A log smaller than this is never worth a new base. */
const smallestLog = 1024 * 1024

/** What a copy holds. */
export interface LoadedCopy {
  /** The lines of its base and of the changes after it; none when there is no copy, or it was sealed for another token. */
  readonly lines: readonly string[]
  /** When control last confirmed it, in milliseconds since 1970; null when there is no copy. */
  readonly confirmedAtMs: number | null
}

/** The file that changes are added to, or the one a new base is written to. */
interface Target {
  readonly file: FileHandle
  blocks: number
  bytes: number
}

/**
 * The gateway's copy of the snapshot on disk: a base, then each change as it came, sealed with a key derived from the control
 * token. Every line of the file is a sealed block; its number is bound to it, so blocks cannot be left out or exchanged, only
 * cut off. A block torn by a crash ends the copy there, and so does the first change that could not be written. The file's
 * time of change is when control last confirmed it. Calls are not to overlap.
 */
export class DiskCopy {
  readonly #path: string
  readonly #key: Buffer
  #target: Target | null = null
  #draft: Target | null = null
  /** Of a copy found at the start: as much of it as is whole. */
  #found: { readonly blocks: number; readonly bytes: number } | null = null
  #pending: string[] = []
  #pendingBytes = 0
  #baseBytes = 0
  #isBroken = false

  /** @param path a file of this process alone; its folder is made when needed */
  constructor(path: string, controlToken: string) {
    this.#path = path
    this.#key = deriveKey(controlToken, "gateway snapshot on disk")
  }

  /** Time for a new base: the changes weigh more than the base, or one of them is missing. */
  get isOutgrown(): boolean {
    const logBytes = (this.#target?.bytes ?? 0) - this.#baseBytes
    return this.#isBroken || logBytes > Math.max(this.#baseBytes, smallestLog)
  }

  /** Reads the copy, as far as it is whole. Never throws: a copy that cannot be read is none. */
  async load(): Promise<LoadedCopy> {
    const text = await readFile(this.#path, "utf8").catch(() => "")
    const confirmedAtMs = await stat(this.#path).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    )
    const lines: string[] = []
    let blocks = 0
    let bytes = 0
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", bytes)) {
      const plain = this.#unseal(text.slice(bytes, end), blocks)
      if (plain === null) break
      for (const line of plain.split("\n")) lines.push(line)
      blocks += 1
      bytes = end + 1
    }
    this.#found = blocks > 0 ? { blocks, bytes } : null
    return { lines, confirmedAtMs }
  }

  /**
   * Goes on with the copy that `load` found: changes are added to it, behind what is whole.
   * @throws the file system's error
   */
  async resume(): Promise<void> {
    if (!this.#found || this.#target) return
    const file = await open(this.#path, "r+")
    await file.truncate(this.#found.bytes)
    this.#target = { file, ...this.#found }
    this.#baseBytes = this.#found.bytes
  }

  /**
   * Begins a new base beside the old copy, which stays until the new one is whole.
   * @throws the file system's error, as all that write; nothing is written then until another base begins
   */
  async beginBase(): Promise<void> {
    this.#pending = []
    this.#pendingBytes = 0
    await this.#discardDraft()
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    this.#draft = { file: await open(`${this.#path}.tmp`, "w", 0o600), blocks: 0, bytes: 0 }
  }

  /** Lines of the base. Nothing when it could not be begun. */
  async addToBase(lines: readonly string[]): Promise<void> {
    if (!this.#draft) return
    for (const line of lines) {
      this.#pending.push(line)
      this.#pendingBytes += line.length
    }
    if (this.#pendingBytes >= blockBytes) await this.#writePending(this.#draft)
  }

  /** The base is whole: it becomes the copy. When some of it could not be written, the old copy stays, and is out of date. */
  async endBase(): Promise<void> {
    if (this.#draft) await this.#writePending(this.#draft)
    const draft = this.#draft
    if (!draft) {
      this.#isBroken = true
      return
    }
    await draft.file.datasync()
    await rename(`${this.#path}.tmp`, this.#path)
    this.#draft = null
    const replaced = this.#target
    this.#target = draft
    this.#found = null
    this.#baseBytes = draft.bytes
    this.#isBroken = false
    await replaced?.file.close()
  }

  /** Adds one change, whole, to the copy. Nothing when there is no copy: it would miss its base. */
  async addChange(lines: readonly string[]): Promise<void> {
    if (!this.#target || this.#isBroken) return
    try {
      await this.#write(this.#target, lines)
    } catch (error) {
      // What follows would make a copy with a hole, which looks newer than it is.
      this.#isBroken = true
      throw error
    }
  }

  /** Control confirmed that the copy is the current state. */
  async confirm(nowMs: number): Promise<void> {
    if (this.#target && !this.#isBroken) await this.#target.file.utimes(nowMs / 1000, nowMs / 1000)
  }

  async close(): Promise<void> {
    await this.#discardDraft()
    await this.#target?.file.close()
    this.#target = null
  }

  async #discardDraft(): Promise<void> {
    const draft = this.#draft
    this.#draft = null
    await draft?.file.close()
  }

  async #writePending(draft: Target): Promise<void> {
    const lines = this.#pending
    this.#pending = []
    this.#pendingBytes = 0
    if (lines.length === 0) return
    try {
      await this.#write(draft, lines)
    } catch (error) {
      await this.#discardDraft().catch(() => undefined)
      this.#isBroken = true
      throw error
    }
  }

  async #write(target: Target, lines: readonly string[]): Promise<void> {
    const sealed = seal(this.#key, Buffer.from(lines.join("\n")), String(target.blocks)).toString("base64")
    const bytes = Buffer.from(`${sealed}\n`)
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await target.file.write(bytes, at, bytes.length - at, target.bytes + at)
      at += bytesWritten
    }
    target.blocks += 1
    target.bytes += bytes.length
  }

  #unseal(sealed: string, block: number): string | null {
    try {
      return openSealed(this.#key, Buffer.from(sealed, "base64"), String(block)).toString()
    } catch {
      return null
    }
  }
}
