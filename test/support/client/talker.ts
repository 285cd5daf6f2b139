/** A program that talks by lines. */
export class Talker {
  readonly #child: ReturnType<typeof Talker.spawn>
  #said = ''
  #look: () => void = () => {}

  constructor(command: readonly string[]) {
    this.#child = Talker.spawn(command)
    void this.#listen(this.#child.stdout)
    void this.#listen(this.#child.stderr)
  }

  static spawn(command: readonly string[]) {
    return Bun.spawn([...command], { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe', env: { ...process.env, NO_COLOR: '1' } })
  }

  /** Resolves with the match as soon as it has said this; rejects if it ends before. */
  hears(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        const found = pattern.exec(this.#said)
        if (found) resolve(found)
      }
      this.#look()
      void this.#child.exited.then((code) => reject(new Error(`ended with ${code} before ${pattern}:\n${this.#said}`)))
    })
  }

  writes(line: string): void {
    this.#child.stdin.write(`${line}\n`)
    void this.#child.stdin.flush()
  }

  /** End its input; its exit code. */
  async ends(): Promise<number> {
    await this.#child.stdin.end()
    return this.#child.exited
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #listen(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    for await (const part of stream) {
      this.#said += decoder.decode(part, { stream: true })
      this.#look()
    }
  }
}
