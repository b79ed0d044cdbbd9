import {
  type CustomModelDeps,
  createCustomModel,
  deleteCustomModel,
  getCustomModel,
  listCustomModels,
  updateCustomModel,
} from "./manage-custom-models.ts"
import { type TestCustomModelDeps, testCustomModel } from "./test-custom-model.ts"

/** The verbs of custom models with what they use filled in. */
export type CustomModels = ReturnType<typeof createCustomModels>

/** Puts the verbs of custom models together for a process. */
export const createCustomModels = (deps: CustomModelDeps & TestCustomModelDeps) => ({
  list: (...rest: Rest<typeof listCustomModels>) => listCustomModels(deps, ...rest),
  get: (...rest: Rest<typeof getCustomModel>) => getCustomModel(deps, ...rest),
  create: (...rest: Rest<typeof createCustomModel>) => createCustomModel(deps, ...rest),
  update: (...rest: Rest<typeof updateCustomModel>) => updateCustomModel(deps, ...rest),
  delete: (...rest: Rest<typeof deleteCustomModel>) => deleteCustomModel(deps, ...rest),
  test: (...rest: Rest<typeof testCustomModel>) => testCustomModel(deps, ...rest),
})

/** A verb's arguments after what it uses. */
type Rest<Verb extends (deps: never, ...rest: never[]) => unknown> = Verb extends (
  deps: never,
  ...rest: infer Arguments
) => unknown
  ? Arguments
  : never
