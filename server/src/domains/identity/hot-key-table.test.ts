import { createHash } from "node:crypto"
import { noLimits } from "@sluice/protocol/limits"
import type { KeyEntity } from "@sluice/protocol/snapshot"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type HotKey, toHotLimits } from "./hot.ts"
import { KeyTable } from "./hot-key-table.ts"

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()
const uuidOf = (text: string): string => {
  const hex = digest(`id ${text}`).toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function keyOf(id: number, secret: number, more: Partial<KeyEntity> = {}): KeyEntity {
  return {
    kind: "key",
    id: uuidOf(`key ${id}`),
    hash: digest(`secret ${secret}`).toString("hex"),
    organization_id: uuidOf("organization"),
    project_id: uuidOf(`project ${id % 10}`),
    scopes: ["gateway"],
    models: null,
    environment: "production",
    expires_at: null,
    limits: noLimits,
    ...more,
  }
}

const toHot = (entity: KeyEntity): HotKey => ({
  id: entity.id,
  organizationId: entity.organization_id,
  projectId: entity.project_id,
  scopes: entity.scopes,
  models: entity.models,
  environment: entity.environment,
  expiresAtMs: entity.expires_at,
  limits: toHotLimits(entity.limits),
})

describe("the key table", () => {
  it("gives back every attribute of a key", () => {
    const table = new KeyTable()
    const entity = keyOf(1, 1, {
      scopes: ["gateway", "passthrough"],
      models: ["gpt-4o*", "claude-sonnet-4"],
      environment: "staging",
      expires_at: 1_800_000_000_123,
      limits: { ...noLimits, requests_per_minute: 60, concurrent_requests: 2 },
    })
    table.put(entity)
    expect(table.find(digest("secret 1"))).toEqual(toHot(entity))
    expect(table.find(digest("secret 2"))).toBeNull()
    expect(table.find(Buffer.alloc(0))).toBeNull()
  })

  it("forgets a key's old secret when the key gets another", () => {
    const table = new KeyTable()
    table.put(keyOf(1, 1))
    table.put(keyOf(1, 2))
    expect(table.find(digest("secret 1"))).toBeNull()
    expect(table.find(digest("secret 2"))?.id).toBe(uuidOf("key 1"))
    expect(table.size).toBe(1)
  })

  it("behaves as a map does, whatever is put and deleted in whatever order", () => {
    const place = fc.integer({ min: 0, max: 40 })
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ put: place, secret: place, minute: fc.option(fc.integer({ min: 1, max: 3 })) }),
      },
      { weight: 2, arbitrary: fc.record({ delete: place }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new KeyTable()
        const model = new Map<string, KeyEntity>()
        for (const action of steps) {
          if ("delete" in action) {
            table.delete(uuidOf(`key ${action.delete}`))
            model.delete(uuidOf(`key ${action.delete}`))
            continue
          }
          const limits = { ...noLimits, requests_per_minute: action.minute }
          const entity = keyOf(action.put, action.secret, { limits })
          table.put(entity)
          for (const [id, other] of model) if (other.hash === entity.hash) model.delete(id)
          model.set(entity.id, entity)
        }
        expect(table.size).toBe(model.size)
        const byHash = new Map([...model.values()].map((entity) => [entity.hash, entity]))
        for (let secret = 0; secret <= 40; secret += 1) {
          const hash = digest(`secret ${secret}`)
          const expected = byHash.get(hash.toString("hex"))
          expect(table.find(hash)).toEqual(expected ? toHot(expected) : null)
        }
      }),
      { numRuns: 100 },
    )
  })

  it("holds 100,000 keys in less than 20 MB and finds one in less than 2 µs", () => {
    const table = new KeyTable()
    const count = 100_000
    const hashes: Buffer[] = []
    for (let i = 0; i < count; i += 1) {
      const hash = digest(`secret ${i}`)
      if (i % 100 === 0) hashes.push(hash)
      const id = `01900000-0000-7000-8000-${hash.toString("hex", 0, 6)}`
      table.put(keyOf(i % 10, 0, { id, hash: hash.toString("hex") }))
    }
    expect(table.size).toBe(count)
    expect(table.byteLength).toBeLessThan(20 * 1024 * 1024)
    const rounds: number[] = []
    for (let round = 0; round < 20; round += 1) {
      const begun = performance.now()
      for (const hash of hashes) if (!table.find(hash)) throw new Error("a key was lost")
      rounds.push((performance.now() - begun) / hashes.length)
    }
    expect(Math.min(...rounds) * 1000).toBeLessThan(2)
  })
})
