/** What the page of models shows; lives in its URL. Absent: the catalog, and all of it. */
export interface ModelFilters {
  readonly tab?: "custom"
  readonly provider?: string
  readonly state?: "live" | "retired"
  /** Part of a name. */
  readonly q?: string
}

/** The filters of a URL. Never throws: what is not one is left out. */
export function readModelFilters(search: Readonly<Record<string, unknown>>): ModelFilters {
  const text = (name: string): string => {
    const value = search[name]
    return typeof value === "string" && value.length <= 256 ? value.trim() : ""
  }
  const state = text("state")
  return {
    ...(text("tab") === "custom" && { tab: "custom" }),
    ...(text("provider") !== "" && { provider: text("provider") }),
    ...((state === "live" || state === "retired") && { state }),
    ...(text("q") !== "" && { q: text("q") }),
  }
}

/** Whether a model of the catalog is among what is asked for. */
export function isShown(
  model: { readonly id: string; readonly title: string; readonly provider: string; readonly deprecated: boolean },
  { provider, state, q }: ModelFilters,
): boolean {
  if (provider !== undefined && model.provider !== provider) return false
  if (state !== undefined && model.deprecated !== (state === "retired")) return false
  const part = q?.toLowerCase() ?? ""
  return model.id.toLowerCase().includes(part) || model.title.toLowerCase().includes(part)
}
