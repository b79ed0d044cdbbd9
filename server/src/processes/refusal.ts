/**
 * Why a command does not do what it was asked, in words for the person who asked; shown without a stack trace. Everything
 * else that ends a command is a fault of ours and is shown whole.
 */
export class Refusal extends Error {}
