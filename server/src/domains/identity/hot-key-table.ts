import type { KeyEntity } from "@sluice/protocol/snapshot"
import type { HotKey } from "./hot.ts"

/** What many keys have in common, kept once. */
interface KeyTraits {
  readonly organizationId: string
  readonly projectId: string
  readonly scopes: readonly string[]
  readonly models: readonly string[] | null
  readonly environment: string
  readonly limits: HotKey["limits"]
}

const hashBytes = 32
const idBytes = 16
const firstCapacity = 64
const emptySlot = 0
const deletedSlot = 1
const usedSlot = 2

/**
 * Keys by the SHA-256 of their secret: an open-addressing table over typed arrays, because a Map of objects costs some 440
 * bytes a key and this costs under 130. The hash is already uniform, so its first bytes are the position; all 32 are
 * compared. What keys share is kept once, in `#traits`.
 */
export class KeyTable {
  #capacity = firstCapacity
  #state = new Uint8Array(firstCapacity)
  #hashes = Buffer.alloc(firstCapacity * hashBytes)
  #ids = Buffer.alloc(firstCapacity * idBytes)
  #expiries = new Float64Array(firstCapacity)
  #traitOf = new Uint32Array(firstCapacity)
  #size = 0
  #filled = 0
  readonly #traits: KeyTraits[] = []
  readonly #traitIndex = new Map<string, number>()
  /** Slot by id, for changes and deletions, which name a key by it. Built when first needed. */
  #slots: Map<string, number> | null = null

  get size(): number {
    return this.#size
  }

  /** The key with this hash; null when there is none. */
  find(hash: Buffer): HotKey | null {
    const slot = this.#seek(hash)
    return slot < 0 ? null : this.#read(slot)
  }

  /** Adds a key, or replaces the one with the same id. */
  put(entity: KeyEntity): void {
    this.delete(entity.id)
    if ((this.#filled + 1) * 4 > this.#capacity * 3) this.#grow()
    const hash = Buffer.from(entity.hash, "hex")
    const known = this.#seek(hash)
    const slot = known < 0 ? this.#vacancy(hash) : known
    if (known < 0) {
      if (this.#state[slot] === emptySlot) this.#filled += 1
      this.#size += 1
    } else this.#slots?.delete(this.#readId(slot))
    this.#state[slot] = usedSlot
    hash.copy(this.#hashes, slot * hashBytes)
    this.#ids.write(entity.id.replaceAll("-", ""), slot * idBytes, "hex")
    this.#expiries[slot] = entity.expires_at ?? Number.POSITIVE_INFINITY
    this.#traitOf[slot] = this.#intern(entity)
    this.#slots?.set(entity.id, slot)
  }

  /** Takes a key away by its id; nothing when it is not there. */
  delete(id: string): void {
    if (this.#size === 0) return
    this.#slots ??= this.#indexIds()
    const slot = this.#slots.get(id)
    if (slot === undefined) return
    this.#slots.delete(id)
    this.#state[slot] = deletedSlot
    this.#hashes.fill(0, slot * hashBytes, (slot + 1) * hashBytes)
    this.#size -= 1
  }

  /** Ends a bulk load: gives back what only changes by id need. */
  compact(): void {
    this.#slots = null
  }

  #seek(hash: Buffer): number {
    let slot = hash.readUInt32LE(0) % this.#capacity
    for (;;) {
      const state = this.#state[slot]
      if (state === emptySlot) return -1
      const at = slot * hashBytes
      if (state === usedSlot && hash.compare(this.#hashes, at, at + hashBytes) === 0) return slot
      slot = slot + 1 === this.#capacity ? 0 : slot + 1
    }
  }

  #vacancy(hash: Buffer): number {
    let slot = hash.readUInt32LE(0) % this.#capacity
    while (this.#state[slot] === usedSlot) slot = slot + 1 === this.#capacity ? 0 : slot + 1
    return slot
  }

  #read(slot: number): HotKey {
    const traits = this.#traits[this.#traitOf[slot] as number] as KeyTraits
    const expiry = this.#expiries[slot] as number
    return { ...traits, id: this.#readId(slot), expiresAtMs: expiry === Number.POSITIVE_INFINITY ? null : expiry }
  }

  #readId(slot: number): string {
    const hex = this.#ids.toString("hex", slot * idBytes, (slot + 1) * idBytes)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  #intern(entity: KeyEntity): number {
    const { organization_id, project_id, scopes, models, environment, limits } = entity
    const text = JSON.stringify([organization_id, project_id, scopes, models, environment, limits])
    const known = this.#traitIndex.get(text)
    if (known !== undefined) return known
    this.#traits.push({
      organizationId: organization_id,
      projectId: project_id,
      scopes,
      models,
      environment,
      limits: {
        requestsPerMinute: limits.requests_per_minute,
        tokensPerMinute: limits.tokens_per_minute,
        concurrentStreams: limits.concurrent_streams,
      },
    })
    this.#traitIndex.set(text, this.#traits.length - 1)
    return this.#traits.length - 1
  }

  #indexIds(): Map<string, number> {
    const slots = new Map<string, number>()
    for (let slot = 0; slot < this.#capacity; slot += 1) {
      if (this.#state[slot] === usedSlot) slots.set(this.#readId(slot), slot)
    }
    return slots
  }

  /** Moves every key into a larger table (or one of the same size, when it is full of deleted ones). */
  #grow(): void {
    const old = {
      state: this.#state,
      hashes: this.#hashes,
      ids: this.#ids,
      expiries: this.#expiries,
      traitOf: this.#traitOf,
    }
    const capacity = this.#size * 2 > this.#capacity ? this.#capacity * 2 : this.#capacity
    this.#capacity = capacity
    this.#state = new Uint8Array(capacity)
    this.#hashes = Buffer.alloc(capacity * hashBytes)
    this.#ids = Buffer.alloc(capacity * idBytes)
    this.#expiries = new Float64Array(capacity)
    this.#traitOf = new Uint32Array(capacity)
    for (let from = 0; from < old.state.length; from += 1) {
      if (old.state[from] !== usedSlot) continue
      const hash = old.hashes.subarray(from * hashBytes, (from + 1) * hashBytes)
      const slot = this.#vacancy(hash)
      this.#state[slot] = usedSlot
      hash.copy(this.#hashes, slot * hashBytes)
      old.ids.copy(this.#ids, slot * idBytes, from * idBytes, (from + 1) * idBytes)
      this.#expiries[slot] = old.expiries[from] as number
      this.#traitOf[slot] = old.traitOf[from] as number
    }
    this.#filled = this.#size
    if (this.#slots) this.#slots = this.#indexIds()
  }
}
