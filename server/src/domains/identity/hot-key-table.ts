import type { KeyEntity } from "@sluice/protocol/snapshot"
import type { HotKey } from "./hot.ts"
import { toHotLimits } from "./hot-limits.ts"
import { PackedColumn } from "./hot-packed-column.ts"

/** What many keys have in common, kept once. */
interface KeyTraits {
  readonly organizationId: string
  readonly projectId: string
  readonly scopes: readonly string[]
  readonly models: readonly string[] | null
  readonly environment: string
  readonly limits: HotKey["limits"]
}

interface SharedTraits extends KeyTraits {
  readonly text: string
  /** Keys that have them. */
  users: number
}

const hashBytes = 32
const idBytes = 16

/**
 * Keys by the SHA-256 of their secret, in typed arrays: a Map of objects costs some 440 bytes a key and this under 120. All
 * 32 bytes of a hash are compared. What keys share (project, scopes, models, environment, limits) is kept once, for as long
 * as a key has it. Finding, adding and deleting cost the same whatever the size, but for the copying when the table grows.
 */
export class KeyTable {
  readonly #hashes = new PackedColumn(hashBytes)
  readonly #ids = new PackedColumn(idBytes)
  #expiries = new Float64Array(16)
  #traitOf = new Uint32Array(16)
  readonly #traits: SharedTraits[] = []
  readonly #freeTraits: number[] = []
  readonly #traitIndex = new Map<string, number>()

  /** Keys held. */
  get size(): number {
    return this.#hashes.count
  }

  /** Bytes of memory held, without what keys share. */
  get byteLength(): number {
    return this.#hashes.byteLength + this.#ids.byteLength + this.#expiries.byteLength + this.#traitOf.byteLength
  }

  /** The key with this hash (32 bytes); null when there is none. */
  find(hash: Buffer): HotKey | null {
    const row = this.#hashes.find(hash)
    if (row < 0) return null
    const { organizationId, projectId, scopes, models, environment, limits } = this.#traits[
      this.#traitOf[row] as number
    ] as SharedTraits
    const expiry = this.#expiries[row] as number
    const expiresAtMs = expiry === Number.POSITIVE_INFINITY ? null : expiry
    return {
      id: toUuid(this.#ids.hex(row)),
      organizationId,
      projectId,
      scopes,
      models,
      environment,
      expiresAtMs,
      limits,
    }
  }

  /** Adds a key, or replaces the one with the same id or the same hash. */
  put(entity: KeyEntity): void {
    const hash = Buffer.from(entity.hash, "hex")
    this.delete(entity.id)
    this.#remove(this.#hashes.find(hash))
    const row = this.#hashes.push(hash)
    this.#ids.push(toBytes(entity.id))
    if (row === this.#expiries.length) this.#grow()
    this.#expiries[row] = entity.expires_at ?? Number.POSITIVE_INFINITY
    this.#traitOf[row] = this.#share(entity)
  }

  /** Takes a key away by its id; nothing when it is not there. */
  delete(id: string): void {
    this.#remove(this.#ids.find(toBytes(id)))
  }

  #remove(row: number): void {
    if (row < 0) return
    const last = this.#hashes.count - 1
    this.#hashes.remove(row)
    this.#ids.remove(row)
    this.#release(this.#traitOf[row] as number)
    this.#expiries[row] = this.#expiries[last] as number
    this.#traitOf[row] = this.#traitOf[last] as number
  }

  #grow(): void {
    const rows = Math.ceil(this.#expiries.length * 1.5)
    const expiries = new Float64Array(rows)
    expiries.set(this.#expiries)
    this.#expiries = expiries
    const traitOf = new Uint32Array(rows)
    traitOf.set(this.#traitOf)
    this.#traitOf = traitOf
  }

  #share(entity: KeyEntity): number {
    const { organization_id, project_id, scopes, models, environment, limits } = entity
    const text = JSON.stringify([organization_id, project_id, scopes, models, environment, limits])
    const known = this.#traitIndex.get(text)
    if (known !== undefined) {
      const shared = this.#traits[known] as SharedTraits
      shared.users += 1
      return known
    }
    const place = this.#freeTraits.pop() ?? this.#traits.length
    this.#traits[place] = {
      text,
      users: 1,
      organizationId: organization_id,
      projectId: project_id,
      scopes,
      models,
      environment,
      limits: toHotLimits(limits),
    }
    this.#traitIndex.set(text, place)
    return place
  }

  #release(place: number): void {
    const shared = this.#traits[place] as SharedTraits
    shared.users -= 1
    if (shared.users > 0) return
    this.#traitIndex.delete(shared.text)
    this.#freeTraits.push(place)
  }
}

const toBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll("-", ""), "hex")

const toUuid = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
