import type { ProviderName } from "@sluice/protocol/providers"
import { compareCredentials, type HotCredential } from "../../domains/identity/hot.ts"

/** Provider → credentials in the order they are tried. */
export type ProjectCredentials = ReadonlyMap<ProviderName, readonly HotCredential[]>

/**
 * Credentials by who may use them. What one project can use, its own and those it inherits, is put together at its first
 * question after a change and remembered.
 */
export class CredentialIndex {
  readonly #byId = new Map<string, HotCredential>()
  /** By the project's id, or the organization's, or `""` for those offered to every one. */
  readonly #byOwner = new Map<string, Set<HotCredential>>()
  readonly #byProject = new Map<string, ProjectCredentials>()

  /** What a project of an organization can use. */
  of(projectId: string, organizationId: string | null): ProjectCredentials {
    const known = this.#byProject.get(projectId)
    if (known) return known
    const found = new Map<ProviderName, HotCredential[]>()
    for (const owner of [projectId, organizationId, everyone]) {
      if (owner === null) continue
      for (const credential of this.#byOwner.get(owner) ?? []) {
        const others = found.get(credential.provider)
        if (others) others.push(credential)
        else found.set(credential.provider, [credential])
      }
    }
    for (const credentials of found.values()) credentials.sort(compareCredentials)
    this.#byProject.set(projectId, found)
    return found
  }

  /** One that a project of an organization can use; null when there is none with this id. */
  find(id: string, projectId: string, organizationId: string | null): HotCredential | null {
    const credential = this.#byId.get(id)
    if (!credential) return null
    const owner = ownerOf(credential)
    return owner === projectId || owner === organizationId || owner === everyone ? credential : null
  }

  /** Adds a credential, or replaces the one with its id. */
  put(credential: HotCredential): void {
    this.delete(credential.id)
    this.#byId.set(credential.id, credential)
    const owner = ownerOf(credential)
    const others = this.#byOwner.get(owner)
    if (others) others.add(credential)
    else this.#byOwner.set(owner, new Set([credential]))
    this.forget()
  }

  /** Takes a credential away; nothing when it is not there. */
  delete(id: string): void {
    const credential = this.#byId.get(id)
    if (!credential) return
    this.#byId.delete(id)
    const owner = ownerOf(credential)
    const others = this.#byOwner.get(owner)
    others?.delete(credential)
    if (others?.size === 0) this.#byOwner.delete(owner)
    this.forget()
  }

  /** To be called when a project may have come to belong to another organization. */
  forget(): void {
    this.#byProject.clear()
  }
}

const everyone = ""

const ownerOf = ({ projectId, organizationId }: HotCredential): string => projectId ?? organizationId ?? everyone
