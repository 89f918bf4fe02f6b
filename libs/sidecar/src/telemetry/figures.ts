/** Figures that are read when Prometheus asks, and cost nothing until then: what a process knows of itself, and what its application has to tell. */

export interface Figure {
  readonly help: string
  readonly type: 'gauge' | 'counter'
  readonly read: () => number
}

/** By metric name. */
export class Figures {
  readonly #byName = new Map<string, Figure>()

  /** @throws Error where the name is taken, or is none of Prometheus's data model */
  add(name: string, figure: Figure): void {
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is no metric name`)
    if (this.#byName.has(name)) throw new Error(`the metric ${name} is there already`)
    this.#byName.set(name, figure)
  }

  /** Lines of Prometheus's text format 0.0.4. */
  lines(): string[] {
    return [...this.#byName].flatMap(([name, { help, type, read }]) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      `${name} ${read()}`,
    ])
  }
}
