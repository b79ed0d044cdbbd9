import type { LastUseStore } from "./last-use-store.ts"

/** An exchange as far as it tells what was used when. */
export interface Used {
  readonly key_id: string
  readonly credential_id: string | null
  /** RFC 3339. */
  readonly finished_at: string
}

/** Remembers when keys and credentials were last used, and writes it now and then rather than with every request. */
export interface LastUse {
  note(used: Used): void
  /** Writes what was noted since; what cannot be written is kept for the next time. */
  flush(): Promise<void>
}

/** Remembers when keys and credentials were last used, to be written now and then and not with every request. */
export function createLastUse(store: LastUseStore): LastUse {
  let keys = new Map<string, number>()
  let credentials = new Map<string, number>()
  return {
    note(used) {
      const at = Date.parse(used.finished_at)
      raise(keys, used.key_id, at)
      if (used.credential_id !== null) raise(credentials, used.credential_id, at)
    },
    async flush() {
      if (keys.size === 0 && credentials.size === 0) return
      const noted = { keys, credentials }
      keys = new Map()
      credentials = new Map()
      try {
        await store.write(noted)
      } catch (error) {
        for (const [id, at] of noted.keys) raise(keys, id, at)
        for (const [id, at] of noted.credentials) raise(credentials, id, at)
        throw error
      }
    },
  }
}

function raise(latest: Map<string, number>, id: string, at: number): void {
  if (at > (latest.get(id) ?? Number.NEGATIVE_INFINITY)) latest.set(id, at)
}
