package import ArgumentParser

extension ColorChoice: ExpressibleByArgument {}

/// Options that every command which prints has.
package struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, as docs/json.md describes it.")
    package var json = false

    @Option(help: "Colour: auto, always or never.")
    package var color = ColorChoice.auto

    package init() {}

    /// The terminal as these options want it.
    package var terminal: Terminal { Terminal.standard(color: color) }
}

/// Which policy.
package struct PolicyOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("The policy file.", discussion: "Default: policy in the configuration folder."),
        completion: .file())
    package var policy: String?

    package init() {}
}
