import type { ProviderName } from "@sluice/protocol/providers"
import type { CredentialEntity, SnapshotEntity } from "@sluice/protocol/snapshot"
import { type CatalogIndex, emptyCatalog, indexCatalog } from "../../domains/catalog/hot.ts"
import {
  compareCredentials,
  type HotCredential,
  type HotKey,
  type HotOrganization,
  type HotProject,
  KeyTable,
} from "../../domains/identity/hot.ts"
import type { Clock } from "../../platform/clock.ts"

/** Opens a sealed credential; throws when it was sealed for another token. */
export type Unseal = (sealed: string, credentialId: string) => string

/**
 * Everything a request needs to know, in memory. Control's changes are applied one entity at a time; each takes effect for
 * the next look-up.
 */
export class GatewaySnapshot {
  readonly #unseal: Unseal
  readonly #clock: Clock
  readonly #keys = new KeyTable()
  readonly #organizations = new Map<string, HotOrganization>()
  readonly #projects = new Map<string, HotProject>()
  readonly #credentials = new Map<string, HotCredential>()
  /** Project → provider → credentials in the order they are tried. */
  readonly #byProject = new Map<string, Map<ProviderName, HotCredential[]>>()
  readonly #baseUrls = new Map<string, string>()
  readonly #secrets = new WeakMap<HotCredential, string>()
  #catalog: CatalogIndex = emptyCatalog
  #confirmedAt: number
  /** Control's name for this state; comparable only for equality. */
  version: string
  /** `disk` until control has confirmed it. */
  source: "live" | "disk"

  /** @param options.confirmedAt when control last said that this is current, in milliseconds since 1970; now unless given */
  constructor(options: {
    readonly unseal: Unseal
    readonly clock: Clock
    readonly version: string
    readonly source: "live" | "disk"
    readonly confirmedAt?: number
  }) {
    this.#unseal = options.unseal
    this.#clock = options.clock
    this.version = options.version
    this.source = options.source
    this.#confirmedAt = options.confirmedAt ?? options.clock.now()
  }

  /** The catalog, as it is now. */
  get catalog(): CatalogIndex {
    return this.#catalog
  }

  /** Keys known. */
  get keyCount(): number {
    return this.#keys.size
  }

  /** Seconds since control last confirmed that this is the current state. */
  ageSeconds(): number {
    return Math.max(0, Math.round((this.#clock.now() - this.#confirmedAt) / 1000))
  }

  /** Control said so now. */
  confirm(): void {
    this.#confirmedAt = this.#clock.now()
    this.source = "live"
  }

  /** The key with this SHA-256 (32 bytes); null when there is none. Whether it may pass is for the caller to say. */
  findKey(hash: Buffer): HotKey | null {
    return this.#keys.find(hash)
  }

  /** An organization that a key names. */
  organization(id: string): HotOrganization | null {
    return this.#organizations.get(id) ?? null
  }

  /** A project that a key names, with its settings. */
  project(id: string): HotProject | null {
    return this.#projects.get(id) ?? null
  }

  /** A project's credentials for a provider, in the order they are tried. */
  credentials(projectId: string, provider: ProviderName): readonly HotCredential[] {
    return this.#byProject.get(projectId)?.get(provider) ?? []
  }

  /** Providers a project has any credential for. */
  providersOf(projectId: string): ReadonlySet<string> {
    return new Set(this.#byProject.get(projectId)?.keys() ?? [])
  }

  /** The one provider a project has credentials for; null when there are none or several. */
  onlyProvider(projectId: string): ProviderName | null {
    const providers = this.#byProject.get(projectId)
    if (providers?.size !== 1) return null
    const [only] = providers.keys()
    return only ?? null
  }

  /** A provider's root where the installation overrides it. */
  providerBaseUrl(provider: ProviderName): string | null {
    return this.#baseUrls.get(provider) ?? null
  }

  /**
   * A credential's secret in clear; opened once.
   * @throws Error when it was sealed for another token
   */
  unsealSecret(credential: HotCredential): string {
    const known = this.#secrets.get(credential)
    if (known !== undefined) return known
    const secret = this.#unseal(credential.sealed, credential.id)
    this.#secrets.set(credential, secret)
    return secret
  }

  /** Adds an entity, or replaces the one of its kind and id. */
  put(entity: SnapshotEntity): void {
    switch (entity.kind) {
      case "key":
        this.#keys.put(entity)
        break
      case "organization":
        this.#organizations.set(entity.id, { id: entity.id, disabled: entity.disabled })
        break
      case "project":
        this.#projects.set(entity.id, {
          id: entity.id,
          organizationId: entity.organization_id,
          defaultProvider: entity.default_provider,
          responseHeaders: entity.response_headers,
        })
        break
      case "credential":
        this.#putCredential(entity)
        break
      case "provider":
        this.#baseUrls.set(entity.id, entity.base_url)
        break
      case "catalog":
        this.#catalog = indexCatalog(entity)
        break
    }
  }

  /** Takes an entity away; nothing when it is not there, or its kind is not known. */
  delete(kind: string, id: string): void {
    if (kind === "key") this.#keys.delete(id)
    else if (kind === "organization") this.#organizations.delete(id)
    else if (kind === "project") this.#projects.delete(id)
    else if (kind === "credential") this.#deleteCredential(id)
    else if (kind === "provider") this.#baseUrls.delete(id)
    else if (kind === "catalog") this.#catalog = emptyCatalog
  }

  #putCredential(entity: CredentialEntity): void {
    this.#deleteCredential(entity.id)
    const credential: HotCredential = {
      id: entity.id,
      projectId: entity.project_id,
      provider: entity.provider,
      source: entity.source,
      baseUrl: entity.base_url,
      sealed: entity.sealed,
      priority: entity.priority,
      headers: entity.headers,
    }
    this.#credentials.set(entity.id, credential)
    const providers = this.#byProject.get(entity.project_id) ?? new Map<ProviderName, HotCredential[]>()
    this.#byProject.set(entity.project_id, providers)
    providers.set(entity.provider, [...(providers.get(entity.provider) ?? []), credential].sort(compareCredentials))
  }

  #deleteCredential(id: string): void {
    const credential = this.#credentials.get(id)
    if (!credential) return
    this.#credentials.delete(id)
    const providers = this.#byProject.get(credential.projectId)
    const left = (providers?.get(credential.provider) ?? []).filter((other) => other.id !== id)
    if (left.length > 0) providers?.set(credential.provider, left)
    else providers?.delete(credential.provider)
    if (providers?.size === 0) this.#byProject.delete(credential.projectId)
  }
}
