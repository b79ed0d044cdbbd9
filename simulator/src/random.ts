import { createHash } from "node:crypto"

/** A reproducible source of numbers: the same seed gives the same sequence on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer, both ends included. */
  integer(min: number, max: number): number
  /** One element; the list is not empty. */
  pick<T>(list: readonly T[]): T
  /** Standard normal. */
  normal(): number
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string
}

/**
 * A generator seeded with the SHA-256 of the parts. The algorithm is sfc32 (Chris Doty-Humphrey, PractRand): small, fast
 * and good enough for traffic; nothing secret is made with it.
 */
export function createRandom(...parts: readonly (string | Uint8Array)[]): Random {
  const hash = createHash("sha256")
  // A length before each part, so that ("ab", "c") and ("a", "bc") are different seeds.
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  const digest = hash.digest()
  return new SmallRandom(digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), digest.readInt32LE(12))
}

class SmallRandom implements Random {
  #a: number
  #b: number
  #c: number
  #counter: number

  constructor(a: number, b: number, c: number, counter: number) {
    this.#a = a
    this.#b = b
    this.#c = c
    this.#counter = counter
  }

  next(): number {
    return this.#word() / 4294967296
  }

  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  pick<T>(list: readonly T[]): T {
    return list[this.integer(0, list.length - 1)]!
  }

  normal(): number {
    // Box and Muller; 1 - next() keeps the logarithm's argument above zero.
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next())
  }

  hex(digits: number): string {
    let text = ""
    while (text.length < digits) text += this.#word().toString(16).padStart(8, "0")
    return text.slice(0, digits)
  }

  #word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}
