import type { EnvironmentUse, LastUseStore } from "./last-use-store.ts"

/** An exchange as far as it tells what was used when. */
export interface Used {
  readonly organization_id: string
  readonly project_id: string
  readonly key_id: string
  readonly credential_id: string | null
  readonly credential_source: string | null
  readonly provider: string | null
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
  let environment = new Map<string, EnvironmentUse>()
  const noteEnvironment = (use: EnvironmentUse) => {
    const key = `${use.project_id} ${use.provider}`
    if (use.at > (environment.get(key)?.at ?? Number.NEGATIVE_INFINITY)) environment.set(key, use)
  }
  return {
    note(used) {
      const at = Date.parse(used.finished_at)
      const { organization_id, project_id, provider } = used
      raise(keys, used.key_id, at)
      if (used.credential_source === "environment") {
        if (provider !== null) noteEnvironment({ organization_id, project_id, provider, at })
      } else if (used.credential_id !== null) raise(credentials, used.credential_id, at)
    },
    async flush() {
      if (keys.size === 0 && credentials.size === 0 && environment.size === 0) return
      const noted = { keys, credentials, environment: [...environment.values()] }
      keys = new Map()
      credentials = new Map()
      environment = new Map()
      try {
        await store.write(noted)
      } catch (error) {
        for (const [id, at] of noted.keys) raise(keys, id, at)
        for (const [id, at] of noted.credentials) raise(credentials, id, at)
        for (const use of noted.environment) noteEnvironment(use)
        throw error
      }
    },
  }
}

function raise(latest: Map<string, number>, id: string, at: number): void {
  if (at > (latest.get(id) ?? Number.NEGATIVE_INFINITY)) latest.set(id, at)
}
