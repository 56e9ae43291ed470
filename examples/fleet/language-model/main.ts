import { onStop, serveChild } from '../runtime/child.ts'
import { completionRoutes } from './completions.ts'

onStop(async () => undefined)
const { ready } = await serveChild(completionRoutes())
ready()
