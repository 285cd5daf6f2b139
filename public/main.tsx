import { render } from 'preact'
import { startState } from './state/start.ts'
import { App } from './view/app.tsx'
import { startViewport } from './view/viewport.ts'

startViewport()
startState()
render(<App />, document.getElementById('app') as HTMLElement)
