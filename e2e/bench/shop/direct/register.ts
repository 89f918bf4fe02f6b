/**
 * `node --import register.ts apps/orders/dist/unbundled/main.js`: an unchanged service of the shop finds direct-sidecar.ts where it asks for its sidecar. So the product
 * needs no switch that turns the mesh off, and what is measured is its very build.
 */
import { registerHooks } from 'node:module'

const direct = new URL('direct-sidecar.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === '@meshmart/sidecar' && context.parentURL !== direct ? direct : specifier, context),
})
