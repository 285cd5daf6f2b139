// SQL files are imported as text, `with { type: 'text' }`, so that they travel inside the bundle and the executable.
declare module '*.sql' {
  const text: string
  export default text
}
