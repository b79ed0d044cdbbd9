import type { RuleEntity } from "@sluice/protocol/snapshot"
import { compareRules, compileRule, type HotRule } from "./hot-rule.ts"

const none: readonly HotRule[] = []

/** The enabled rules of every project, each project's in the order in which they are tried. */
export class RuleTable {
  readonly #rules = new Map<string, HotRule>()
  readonly #byProject = new Map<string, readonly HotRule[]>()

  /** Rules of all projects. */
  get size(): number {
    return this.#rules.size
  }

  /** A project's rules in order; the same array until one of them changes. */
  of(projectId: string): readonly HotRule[] {
    return this.#byProject.get(projectId) ?? none
  }

  /** Adds a rule, or replaces the one with its id. */
  put(entity: RuleEntity): void {
    this.delete(entity.id)
    const rule = compileRule(entity)
    this.#rules.set(rule.id, rule)
    this.#byProject.set(rule.projectId, [...this.of(rule.projectId), rule].sort(compareRules))
  }

  /** Takes a rule away; nothing when it is not there. */
  delete(id: string): void {
    const rule = this.#rules.get(id)
    if (!rule) return
    this.#rules.delete(id)
    const left = this.of(rule.projectId).filter((other) => other.id !== id)
    if (left.length > 0) this.#byProject.set(rule.projectId, left)
    else this.#byProject.delete(rule.projectId)
  }
}
