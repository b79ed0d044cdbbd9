/** Something that takes bytes from strangers, and what must hold for whatever bytes they are. */
export interface FuzzTarget {
  /** Also the folder of its corpus, if it has one. */
  readonly name: string
  /** Inputs to begin with, beside those of the corpus. */
  readonly seeds: readonly Buffer[]
  /** Words of its grammar. */
  readonly tokens: readonly string[]
  /** @throws when something does not hold; a promise is awaited */
  check(input: Buffer): void | Promise<void>
  /** What can only be seen over many inputs: memory, what is still open. @throws when it does not hold */
  afterwards?(): void | Promise<void>
  close?(): Promise<void>
}
