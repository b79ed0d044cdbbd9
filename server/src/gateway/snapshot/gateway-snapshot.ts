import type { ProviderName } from "@sluice/protocol/providers"
import type { CredentialEntity, SnapshotEntity } from "@sluice/protocol/snapshot"
import {
  type CatalogIndex,
  CustomModelTable,
  emptyCatalog,
  type HotCustomModel,
  indexCatalog,
} from "../../domains/catalog/hot.ts"
import {
  type HotCredential,
  type HotKey,
  type HotOrganization,
  type HotProject,
  KeyTable,
  toHotLimits,
} from "../../domains/identity/hot.ts"
import { type HotRule, RuleTable } from "../../domains/routing/hot.ts"
import type { Clock } from "../../platform/clock.ts"
import { CredentialIndex, type ProjectCredentials } from "./credential-index.ts"

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
  readonly #credentials = new CredentialIndex()
  readonly #baseUrls = new Map<string, string>()
  readonly #rules = new RuleTable()
  readonly #customModels = new CustomModelTable()
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

  /** Credentials a project can use for a provider, its own before inherited ones, in the order they are tried. */
  credentials(projectId: string, provider: ProviderName): readonly HotCredential[] {
    return this.#credentialsOf(projectId).get(provider) ?? []
  }

  /** Whether more than one project can use a credential. */
  isShared({ projectId, organizationId }: HotCredential): boolean {
    if (projectId !== null) return false
    let users = 0
    for (const project of this.#projects.values()) {
      if (organizationId === null || project.organizationId === organizationId) users += 1
    }
    return users > 1
  }

  /** Whether a project has any credential for a provider. */
  hasCredential(projectId: string, provider: ProviderName): boolean {
    return this.#credentialsOf(projectId).has(provider)
  }

  /** One credential that a project can use; null when there is none with this id. */
  findCredential(projectId: string, id: string): HotCredential | null {
    return this.#credentials.find(id, projectId, this.#projects.get(projectId)?.organizationId ?? null)
  }

  /** A project's one credential for a provider of a kind; null when there is none or several. */
  onlyCredential(projectId: string, isOfKind: (provider: ProviderName) => boolean): HotCredential | null {
    let only: HotCredential | null = null
    for (const [provider, credentials] of this.#credentialsOf(projectId)) {
      if (!isOfKind(provider)) continue
      if (only !== null || credentials.length > 1) return null
      only = credentials[0] ?? null
    }
    return only
  }

  /** Providers a project has any credential for. */
  providersOf(projectId: string): ReadonlySet<string> {
    return new Set(this.#credentialsOf(projectId).keys())
  }

  /** The one provider a project has credentials for; null when there are none or several. */
  onlyProvider(projectId: string): ProviderName | null {
    const providers = this.#credentialsOf(projectId)
    if (providers.size !== 1) return null
    const [only] = providers.keys()
    return only ?? null
  }

  /** A project's enabled routing rules in the order in which they are tried. */
  rules(projectId: string): readonly HotRule[] {
    return this.#rules.of(projectId)
  }

  #credentialsOf(projectId: string): ProjectCredentials {
    return this.#credentials.of(projectId, this.#projects.get(projectId)?.organizationId ?? null)
  }

  /** A project's own model of that name; null when it has none. */
  customModel(projectId: string, name: string): HotCustomModel | null {
    return this.#customModels.find(projectId, name)
  }

  /** A project's own models by name. */
  customModels(projectId: string): ReadonlyMap<string, HotCustomModel> {
    return this.#customModels.of(projectId)
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
        this.#organizations.set(entity.id, {
          id: entity.id,
          disabled: entity.disabled,
          limits: toHotLimits(entity.limits),
        })
        break
      case "project":
        this.#projects.set(entity.id, {
          id: entity.id,
          organizationId: entity.organization_id,
          defaultProvider: entity.default_provider,
          responseHeaders: entity.response_headers,
        })
        this.#credentials.forget()
        break
      case "credential":
        this.#credentials.put(toHotCredential(entity))
        break
      case "provider":
        this.#baseUrls.set(entity.id, entity.base_url)
        break
      case "catalog":
        this.#catalog = indexCatalog(entity)
        break
      case "custom_model":
        this.#customModels.put(entity)
        break
      case "rule":
        this.#rules.put(entity)
        break
    }
  }

  /** Takes an entity away; nothing when it is not there, or its kind is not known. */
  delete(kind: string, id: string): void {
    if (kind === "key") this.#keys.delete(id)
    else if (kind === "organization") this.#organizations.delete(id)
    else if (kind === "project") this.#projects.delete(id)
    else if (kind === "credential") this.#credentials.delete(id)
    else if (kind === "provider") this.#baseUrls.delete(id)
    else if (kind === "catalog") this.#catalog = emptyCatalog
    else if (kind === "custom_model") this.#customModels.delete(id)
    else if (kind === "rule") this.#rules.delete(id)
  }
}

const toHotCredential = (entity: CredentialEntity): HotCredential => ({
  id: entity.id,
  organizationId: entity.organization_id,
  projectId: entity.project_id,
  provider: entity.provider,
  source: entity.source,
  baseUrl: entity.base_url,
  sealed: entity.sealed,
  priority: entity.priority,
  headers: entity.headers,
  options: entity.options ?? {},
})
