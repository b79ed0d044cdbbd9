import { randomFillSync } from "node:crypto"

const poolBytes = 4096
const pool = Buffer.alloc(poolBytes)
let used = poolBytes

/** Ten random bytes from a pool that is refilled a page at a time, because a system call per id costs microseconds. */
function takeRandom(): number {
  if (used + 10 > poolBytes) {
    randomFillSync(pool)
    used = 0
  }
  const at = used
  used += 10
  return at
}

/**
 * A UUIDv7 (RFC 9562 §5.7): 48 bits of `nowMs`, then 74 random bits. Made here and not in the database, because
 * PostgreSQL before 18 has no `uuidv7()`.
 */
export function createUuid(nowMs: number): string {
  const at = takeRandom()
  const time = Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, "0")
  const random = pool.toString("hex", at, at + 10)
  const variant = ((Number.parseInt(random.charAt(3), 16) & 0x3) | 0x8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
}
