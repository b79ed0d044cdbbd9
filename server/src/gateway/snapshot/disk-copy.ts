import { type FileHandle, mkdir, open, readFile, rename } from "node:fs/promises"
import { dirname } from "node:path"
import { deriveKey, open as openSealed, seal } from "../../platform/crypto.ts"

/** Plain text sealed at a time. */
const blockBytes = 64 * 1024

/**
 * The gateway's copy of the snapshot on disk: a base, then each change as it came, sealed with a key derived from the control
 * token. Every line is a sealed block; its number is bound to it, so blocks cannot be left out or exchanged, only cut off.
 * A block torn by a crash ends the copy there.
 */
export class DiskCopy {
  readonly #path: string
  readonly #key: Buffer
  #file: FileHandle | null = null
  #blocks = 0
  #pending: string[] = []
  #pendingBytes = 0
  #draft: { readonly file: FileHandle; blocks: number; bytes: number } | null = null
  #baseBytes = 0
  #logBytes = 0

  constructor(path: string, controlToken: string) {
    this.#path = path
    this.#key = deriveKey(controlToken, "gateway snapshot on disk")
  }

  /** Whether the changes weigh more than the base: time for a new base. */
  get isOutgrown(): boolean {
    return this.#logBytes > Math.max(this.#baseBytes, 1024 * 1024)
  }

  /** The lines of the copy, as far as it is whole; none when there is no copy or it was sealed for another token. */
  async load(): Promise<readonly string[]> {
    const text = await readFile(this.#path, "utf8").catch(() => "")
    const lines: string[] = []
    let block = 0
    for (const sealed of text.split("\n")) {
      if (sealed === "") break
      try {
        const plain = openSealed(this.#key, Buffer.from(sealed, "base64"), String(block)).toString()
        lines.push(...plain.split("\n"))
      } catch {
        break
      }
      block += 1
    }
    return lines
  }

  /** Begins a new base beside the old copy, which stays until the new one is whole. */
  async beginBase(): Promise<void> {
    await this.#draft?.file.close()
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    this.#draft = { file: await open(`${this.#path}.tmp`, "w", 0o600), blocks: 0, bytes: 0 }
    this.#pending = []
    this.#pendingBytes = 0
  }

  /** A line of the base. */
  async addToBase(line: string): Promise<void> {
    this.#pending.push(line)
    this.#pendingBytes += line.length
    if (this.#pendingBytes >= blockBytes) await this.#writeDraft()
  }

  /** The base is whole: it becomes the copy. */
  async endBase(): Promise<void> {
    await this.#writeDraft()
    const draft = this.#draft
    if (!draft) return
    this.#draft = null
    await draft.file.sync()
    await this.#file?.close()
    await rename(`${this.#path}.tmp`, this.#path)
    this.#file = draft.file
    this.#blocks = draft.blocks
    this.#baseBytes = draft.bytes
    this.#logBytes = 0
  }

  /** Adds one change, whole, to the copy. Nothing when there is no base yet in this process. */
  async addChange(lines: readonly string[]): Promise<void> {
    if (!this.#file) return
    const block = this.#seal(lines, this.#blocks)
    await this.#file.appendFile(block)
    this.#blocks += 1
    this.#logBytes += block.length
  }

  async close(): Promise<void> {
    await this.#draft?.file.close()
    await this.#file?.close()
    this.#draft = null
    this.#file = null
  }

  async #writeDraft(): Promise<void> {
    const draft = this.#draft
    if (!draft || this.#pending.length === 0) return
    const block = this.#seal(this.#pending, draft.blocks)
    this.#pending = []
    this.#pendingBytes = 0
    await draft.file.appendFile(block)
    draft.blocks += 1
    draft.bytes += block.length
  }

  #seal(lines: readonly string[], block: number): string {
    return `${seal(this.#key, Buffer.from(lines.join("\n")), String(block)).toString("base64")}\n`
  }
}
