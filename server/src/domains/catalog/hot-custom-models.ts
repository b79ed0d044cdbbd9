import type { ProviderName } from "@sluice/protocol/providers"
import type { CustomModelEntity } from "@sluice/protocol/snapshot"

/** A model that a project brings along, as a request needs it. Ids are UUIDs. */
export interface HotCustomModel {
  readonly id: string
  readonly projectId: string
  /** What callers ask for. */
  readonly name: string
  readonly provider: ProviderName
  /** What goes to the provider in its place. */
  readonly upstreamModel: string
  /** The only credential that opens its server's door; null: see `baseUrl`. */
  readonly credentialId: string | null
  /** The root of a server that asks for no key; null with no credential: the project's usual one is used. */
  readonly baseUrl: string | null
}

const none: ReadonlyMap<string, HotCustomModel> = new Map()

/** The custom models of every project, by the name that callers ask for. */
export class CustomModelTable {
  readonly #byId = new Map<string, HotCustomModel>()
  readonly #byProject = new Map<string, Map<string, HotCustomModel>>()

  /** The project's model of that name; null when it has none. */
  find(projectId: string, name: string): HotCustomModel | null {
    return this.#byProject.get(projectId)?.get(name) ?? null
  }

  /** A project's models by name. */
  of(projectId: string): ReadonlyMap<string, HotCustomModel> {
    return this.#byProject.get(projectId) ?? none
  }

  /** Adds a model, or replaces the one with its id, whatever it was called. */
  put(entity: CustomModelEntity): void {
    this.delete(entity.id)
    const model: HotCustomModel = {
      id: entity.id,
      projectId: entity.project_id,
      name: entity.name,
      provider: entity.provider,
      upstreamModel: entity.upstream_model,
      credentialId: entity.credential_id,
      baseUrl: entity.base_url,
    }
    this.#byId.set(model.id, model)
    const others = this.#byProject.get(model.projectId)
    if (others) others.set(model.name, model)
    else this.#byProject.set(model.projectId, new Map([[model.name, model]]))
  }

  /** Takes a model away; nothing when it is not there. */
  delete(id: string): void {
    const model = this.#byId.get(id)
    if (!model) return
    this.#byId.delete(id)
    const others = this.#byProject.get(model.projectId)
    if (others?.get(model.name)?.id !== id) return
    others.delete(model.name)
    // While names are swapped, two have one for a moment: who is left has it now.
    for (const other of this.#byId.values()) {
      if (other.projectId === model.projectId && other.name === model.name) others.set(other.name, other)
    }
    if (others.size === 0) this.#byProject.delete(model.projectId)
  }
}
